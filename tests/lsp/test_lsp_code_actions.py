"""Proposals as edits: applied in the editor they give the proposed text; where they would not, there are none."""

import codecs
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lspkit import EVERYTHING, Json, Served, change, open_document, proposal, served, span
from lsprotocol import types

from companion.core.diff import diff
from companion.core.text import content_hash
from companion.messages import Proposal
from lsp.document import Document
from lsp.from_proto import apply_changes
from lsp.positions import Encoding
from lsp.to_proto import text_edits

QUIET: Json = {k: v for k, v in EVERYTHING.items() if k not in {"window", "experimental"}}
OLD = "def f(a):\n    if a:\n        return '😀'\n"
NEW = "def f(a):\n    if not a:\n        return None\n    return '😀'\n"


def asked(server: Served, uri: str, where: Json, **context: object) -> list[Json]:
    params: Json = {"textDocument": {"uri": uri}, "range": where, "context": {"diagnostics": [], **context}}
    actions = server.editor.call("textDocument/codeAction", params)
    assert isinstance(actions, list)
    return actions  # pyright: ignore[reportUnknownVariableType] - JSON


def offered(server: Served, root: Path, *proposals: Proposal, text: str = OLD) -> str:
    """Open a document of this text, and let the engine propose; the document's URI."""
    uri = open_document(server.editor, root / "a.py", text, version=3)
    server.play(root, *proposals)
    server.editor.notification("textDocument/publishDiagnostics")
    return uri


def test_a_proposal_as_an_action(tmp_path: Path) -> None:
    with served() as server:
        server.open(tmp_path, QUIET)
        uri = offered(server, tmp_path, proposal("a.py", OLD, NEW, line=2, end_line=3))
        (action,) = asked(server, uri, span(2, 0, 2, 0))
        assert action["title"] == "Guard clause (not verified)"
        assert action["kind"] == "refactor.rewrite"
        assert "isPreferred" not in action
        (edit,) = action["edit"]["documentChanges"]
        assert edit["textDocument"] == {"uri": uri, "version": 3}
        change(server.editor, uri, 4, *[{"range": e["range"], "text": e["newText"]} for e in reversed(edit["edits"])])
        server.editor.notification("textDocument/publishDiagnostics")
        assert asked(server, uri, span(2, 0, 2, 0)) == []


@pytest.mark.parametrize(
    ("verdict", "title", "preferred"),
    [
        ("verified", "Guard clause · 14 tests pass", True),
        ("weak", "Guard clause · 14 tests pass, 2 of 3 changed lines run", None),
    ],
)
def test_evidence(tmp_path: Path, verdict: str, title: str, preferred: object) -> None:
    with served() as server:
        server.open(tmp_path, QUIET)
        uri = offered(server, tmp_path, proposal("a.py", OLD, NEW, verdict=verdict))
        (action,) = asked(server, uri, span(0, 0, 0, 0))
        assert (action["title"], action.get("isPreferred")) == (title, preferred)


@pytest.mark.parametrize(
    ("where", "context", "count"),
    [
        (span(1, 0, 1, 0), {}, 1),
        (span(2, 5, 2, 5), {}, 1),
        (span(3, 0, 3, 0), {}, 0),
        (span(0, 0, 0, 3), {}, 0),
        (span(9, 0, 0, 0), {}, 1),
        (span(1, 0, 1, 0), {"only": ["refactor"]}, 1),
        (span(1, 0, 1, 0), {"only": ["refactor.rewrite"]}, 1),
        (span(1, 0, 1, 0), {"only": [""]}, 1),
        (span(1, 0, 1, 0), {"only": ["quickfix", "source"]}, 0),
        (span(1, 0, 1, 0), {"only": ["refactor.rewrite.x", "refactor.re"]}, 0),
        (span(1, 0, 1, 0), {"only": []}, 0),
    ],
)
def test_what_is_asked_for(tmp_path: Path, where: Json, context: Json, count: int) -> None:
    with served() as server:
        server.open(tmp_path, QUIET)
        uri = offered(server, tmp_path, proposal("a.py", OLD, NEW, line=2, end_line=3))
        assert len(asked(server, uri, where, **context)) == count


def test_another_text_is_never_edited(tmp_path: Path) -> None:
    with served() as server:
        server.open(tmp_path, QUIET)
        uri = offered(server, tmp_path, proposal("a.py", OLD, NEW))
        change(server.editor, uri, 4, {"range": span(2, 18, 2, 18), "text": " "})
        server.barrier()
        assert asked(server, uri, span(0, 0, 0, 0)) == []
        change(server.editor, uri, 5, {"range": span(2, 18, 2, 19), "text": ""})
        server.barrier()
        assert len(asked(server, uri, span(0, 0, 0, 0))) == 1


def test_a_file_with_a_byte_order_mark(tmp_path: Path) -> None:
    with served() as server:
        server.open(tmp_path, QUIET)
        on_disk = content_hash(codecs.BOM_UTF8 + OLD.encode())
        uri = offered(server, tmp_path, replace(proposal("a.py", OLD, NEW), hash=on_disk))
        assert len(asked(server, uri, span(0, 0, 0, 0))) == 1


def test_the_hint_that_an_action_answers(tmp_path: Path) -> None:
    with served() as server:
        server.open(tmp_path, QUIET)
        uri = open_document(server.editor, tmp_path / "a.py", OLD)
        server.play(tmp_path, proposal("a.py", OLD, NEW, line=2, end_line=3))
        (hint,) = server.editor.notification("textDocument/publishDiagnostics")["diagnostics"]
        assert (hint["severity"], hint["source"], hint["range"]) == (4, "companion", span(1, 4, 2, 19))
        (action,) = asked(server, uri, span(1, 0, 1, 0), diagnostics=[hint, {**hint, "data": "other"}])
        assert action["diagnostics"] == [hint]


def test_an_editor_that_takes_operations_on_files_takes_versioned_edits(tmp_path: Path) -> None:
    workspace = {"workspaceEdit": {"resourceOperations": ["rename"]}}
    with served() as server:
        server.open(tmp_path, {"textDocument": QUIET["textDocument"], "workspace": workspace})
        assert len(asked(server, offered(server, tmp_path, proposal("a.py", OLD, NEW)), span(0, 0, 0, 0))) == 1


@pytest.mark.parametrize("missing", ["codeAction", "documentChanges"])
def test_an_editor_that_cannot_take_versioned_edits(tmp_path: Path, missing: str) -> None:
    text = {k: v for k, v in QUIET["textDocument"].items() if k != missing}
    edits = {"workspaceEdit": {"documentChanges": missing != "documentChanges"}}
    with served() as server:
        answer = server.open(tmp_path, {"textDocument": text, "workspace": edits})
        assert "codeActionProvider" not in answer["capabilities"]
        assert asked(server, offered(server, tmp_path, proposal("a.py", OLD, NEW)), span(0, 0, 0, 0)) == []


def test_rejected_proposals_and_documents_that_are_not_open(tmp_path: Path) -> None:
    with served() as server:
        server.open(tmp_path, QUIET)
        shown, rejected = proposal("a.py", OLD, NEW), proposal("a.py", OLD, NEW, number=2, verdict="rejected")
        uri = offered(server, tmp_path, shown, rejected)
        assert len(asked(server, uri, span(0, 0, 0, 0))) == 1
        assert asked(server, (tmp_path / "b.py").as_uri(), span(0, 0, 0, 0)) == []
        assert asked(server, "untitled:1", span(0, 0, 0, 0)) == []


TEXTS = st.lists(st.sampled_from(["a", "é", "😀", "\n", "\r\n", "\r", "\f", "\u2028", "\x85"]), max_size=20).map(
    "".join
)


@given(TEXTS, TEXTS, st.sampled_from(["utf-8", "utf-16", "utf-32"]))
def test_edits_applied_by_an_editor_give_the_proposed_text(old: str, new: str, encoding: Encoding) -> None:
    document = Document("file:///a.py", 1, old)
    for edit in reversed(text_edits(diff(old, new), old, encoding)):
        apply_changes(document, [types.TextDocumentContentChangePartial(edit.range, edit.new_text)], encoding)
    assert document.text == new
