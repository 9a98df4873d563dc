"""``textDocument/publishDiagnostics``: what the boards say, where the editor's text has it now."""

import functools
from dataclasses import dataclass, field

from lsprotocol import types

from companion.messages import (
    CaughtUp,
    Change,
    EngineEvent,
    ItemFinished,
    ItemsGone,
    Proposal,
    ProposalsGone,
    RunFinished,
    Welcome,
)
from lsp.bridge import Bridge
from lsp.document import split
from lsp.findings import Finding, Findings, findings
from lsp.options import Options
from lsp.publisher import Publisher
from lsp.session import Home, Session
from lsp.ticker import Throttle, Timer
from lsp.to_proto import Sheet, diagnostic
from lsp.uris import Root


class Diagnostics:
    """Law: after the last round the editor shows just what the boards say; nothing is sent that it shows already."""

    def __init__(self, session: Session, publisher: Publisher, timer: Timer, options: Options) -> None:
        self._session = session
        self._publisher = publisher
        self._options = options
        self._projects: dict[Root, _Project] = {}
        self._throttle = Throttle(timer, options.publish_interval, self.round)

    def heard(self, bridge: Bridge, event: EngineEvent) -> None:
        """Results speak of the text that is on disk when their change is announced: see `lsp.linemap`."""
        match event:
            case Welcome():
                self._session.restart(bridge.root)
            case Change():
                self._session.anchor(bridge.root, event.files, event.generation)
            case ItemFinished() | ItemsGone() | Proposal() | ProposalsGone() | CaughtUp():
                self._throttle.poke()
            case RunFinished():
                self._throttle.poke()
                self._throttle.now()
            case _:
                pass

    def stood(self, bridge: Bridge) -> None:
        known = self._projects.get(bridge.root)
        if known is None:
            self._projects[bridge.root] = _Project(bridge)
        elif bridge.standing != "closed":
            known.bridge = bridge
        self._throttle.poke()

    def touched(self, home: Home) -> None:
        """The document of this path was opened, changed or closed: its lines may be elsewhere now."""
        if project := self._projects.get(home.root):
            project.touched.add(home.path)
            self._throttle.poke()

    def round(self) -> None:
        """Publish what differs from what is shown; as much of it as one round may."""
        for root, project in list(self._projects.items()):
            self._look(project)
            for path in sorted(project.stale)[: self._options.most_published]:
                project.stale.remove(path)
                self._publish(project, path)
            if project.stale:
                self._throttle.poke()
            elif project.bridge.standing == "closed":
                del self._projects[root]

    def _look(self, project: _Project) -> None:
        found, old = self._said(project), project.found
        project.stale |= {path for path in found.keys() | old.keys() if found.get(path) != old.get(path)}
        project.stale |= {path for path, all_ in found.items() if project.touched & _places(path, all_)}
        project.found, project.touched = found, set()

    def _said(self, project: _Project) -> Findings:
        match project.bridge.standing:
            case "joined":
                return findings(project.bridge.board, most_related=self._options.most_related)
            case "joining" | "lost":
                return project.found  # a board that is being filled says nothing yet
            case "failed" | "closed":
                return {}

    def _publish(self, project: _Project, path: str) -> None:
        root = project.bridge.root
        owner = (root, path)
        document = self._session.at(root, path)
        uri = document.uri if document else root.uri_for(path)
        before = project.uris.pop(path, uri)
        if before != uri:
            self._publisher.put(owner, before, ())
        diagnostics = [self._diagnostic(root, finding) for finding in project.found.get(path, ())]
        if diagnostics:
            project.uris[path] = uri
        self._publisher.put(owner, uri, diagnostics)

    def _diagnostic(self, root: Root, finding: Finding) -> types.Diagnostic:
        locate = functools.partial(self._location, root)
        return diagnostic(finding, self._range(root, finding), locate=locate, can=self._session.can)

    def _range(self, root: Root, finding: Finding) -> types.Range:
        encoding, document = self._session.can.encoding, self._session.at(root, finding.path)
        first, last = finding.line - 1, finding.end_line - 1
        if document is None:
            text = self._session.read(root.absolute(finding.path))
            return Sheet(() if text is None else split(text), encoding).span(first, last)
        now = document.history.now
        return Sheet(document.lines, encoding).span(now(first, finding.generation), now(last, finding.generation))

    def _location(self, root: Root, path: str, line: int, generation: int) -> types.Location:
        document = self._session.at(root, path)
        if document is None:
            return types.Location(root.uri_for(path), Sheet((), "utf-16").span(line - 1, line - 1))
        line = document.history.now(line - 1, generation)
        return types.Location(document.uri, Sheet(document.lines, self._session.can.encoding).span(line, line))


@dataclass(slots=True)
class _Project:
    """What is shown of one root."""

    bridge: Bridge
    found: Findings = field(default_factory=dict[str, tuple[Finding, ...]])
    uris: dict[str, str] = field(default_factory=dict[str, str])
    """Where each path's diagnostics were published."""
    touched: set[str] = field(default_factory=set[str])
    """Paths whose document was opened, changed or closed since the last round."""
    stale: set[str] = field(default_factory=set[str])
    """Paths that may be shown otherwise than they should."""


def _places(path: str, all_: tuple[Finding, ...]) -> set[str]:
    """Paths whose text decides where these findings, and what they refer to, are."""
    return {path, *(related.path for finding in all_ for related in finding.related)}
