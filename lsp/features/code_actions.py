"""``textDocument/codeAction``: proposals as edits of exactly the text that they were made for."""

import codecs
from collections.abc import Iterable

from lsprotocol import types

from companion.core.text import content_hash
from companion.messages import Proposal
from lsp.document import Document
from lsp.findings import evidence
from lsp.from_proto import lines, source_bytes
from lsp.projects import Projects
from lsp.protocol import Protocol
from lsp.session import Session
from lsp.to_proto import text_edits

KIND = types.CodeActionKind.RefactorRewrite


class CodeActions:
    """Offers nothing that could be applied to another text: no action is better than a wrong edit."""

    def __init__(self, session: Session, projects: Projects) -> None:
        self._session = session
        self._projects = projects

    def register(self, protocol: Protocol) -> None:
        protocol.on(types.TEXT_DOCUMENT_CODE_ACTION, self.code_action)

    def code_action(self, params: types.CodeActionParams) -> list[types.CodeAction]:
        """Actions for the proposals about the lines that are chosen."""
        uri = params.text_document.uri
        document, home = self._session.documents.get(uri), self._session.home(uri)
        bridge = self._projects.at(home.root) if home else None
        if document is None or home is None or bridge is None or not self._wanted(params.context):
            return []
        known = [p for p in bridge.board.proposals.values() if p.path == home.path and p.verdict != "rejected"]
        hashes = _hashes(document.text) if known else set[str]()
        chosen = lines(params.range)
        fitting = [p for p in known if p.hash in hashes and p.line < chosen.stop and chosen.start <= p.end_line]
        return [self._action(p, document, params.context.diagnostics) for p in sorted(fitting, key=_place)]

    def _wanted(self, context: types.CodeActionContext) -> bool:
        return self._session.can.code_actions and (context.only is None or any(map(_includes, context.only)))

    def _action(
        self, proposal: Proposal, document: Document, diagnostics: Iterable[types.Diagnostic]
    ) -> types.CodeAction:
        edits = text_edits(proposal.edits, document.text, self._session.can.encoding)
        versioned = types.OptionalVersionedTextDocumentIdentifier(document.uri, document.version)
        change = types.TextDocumentEdit(versioned, edits)
        return types.CodeAction(
            title=title(proposal),
            kind=KIND,
            diagnostics=[d for d in diagnostics if d.data == proposal.id] or None,
            is_preferred=(proposal.verdict == "verified") or None if self._session.can.preferred_actions else None,
            edit=types.WorkspaceEdit(document_changes=[change]),
        )


def title(proposal: Proposal) -> str:
    """What it does, and what the tests said of it."""
    if proposal.verdict == "unverified":
        return f"{proposal.title} (not verified)"
    return f"{proposal.title} · {evidence(proposal)}"


def _includes(only: str) -> bool:
    """Kinds are hierarchical: ``refactor`` asks for ``refactor.rewrite`` too, and the empty kind for everything."""
    return only in {"", KIND.value} or KIND.value.startswith(f"{only}.")


def _hashes(text: str) -> set[str]:
    """Content hashes of the files that an editor shows as this text: it hides a byte-order mark."""
    data = source_bytes(text)
    return {content_hash(data), content_hash(codecs.BOM_UTF8 + data)}


def _place(proposal: Proposal) -> tuple[int, str]:
    return proposal.line, proposal.id
