"""``textDocument/hover`` over a test function: its state, why it ran last, and what it stands on."""

import re
from collections.abc import Sequence

from lsprotocol import types

from companion.errors import CompanionError
from companion.messages import EngineEvent, Explanation, ItemFinished, RequestExplanation, Selected
from lsp.bridge import Bridge
from lsp.markdown import summary
from lsp.options import Options
from lsp.projects import Projects
from lsp.protocol import Protocol
from lsp.session import Session

DEFINITION = re.compile(r"(\s*)(?:async\s+)?(def|class)\s+(\w+)")


class Hover:
    """Remembers why items ran, as far as it was told since it joined."""

    def __init__(self, session: Session, projects: Projects, options: Options) -> None:
        self._session, self._projects, self._timeout = session, projects, options.engine_timeout
        self._why: dict[tuple[Bridge, str], str] = {}

    def register(self, protocol: Protocol) -> None:
        protocol.on(types.TEXT_DOCUMENT_HOVER, self.hover)

    def heard(self, bridge: Bridge, event: EngineEvent) -> None:
        """See `lsp.bridge.Listener`."""
        if isinstance(event, Selected):
            self._why.update({(bridge, item.id): item.why for item in event.items})

    def stood(self, bridge: Bridge) -> None:
        """See `lsp.bridge.Listener`."""
        if bridge.standing == "closed":
            self._why = {key: why for key, why in self._why.items() if key[0] is not bridge}

    async def hover(self, params: types.HoverParams) -> types.Hover | None:
        """Nothing over what is no test that has run."""
        uri = params.text_document.uri
        document, home = self._session.documents.get(uri), self._session.home(uri)
        bridge = self._projects.at(home.root) if home else None
        if document is None or home is None or bridge is None:
            return None
        name = qualified(document.lines, params.position.line)
        results = _items(bridge, f"{home.path}::{name}") if name else []
        if not results:
            return None
        why = next((self._why[bridge, of.id] for of in results if (bridge, of.id) in self._why), "")
        text = summary(results, why, await self._explained(bridge, results[0].id))
        return types.Hover(types.MarkupContent(types.MarkupKind.Markdown, text))

    async def _explained(self, bridge: Bridge, item: str) -> Explanation | None:
        """Without the engine's answer there is less to say."""
        try:
            answer = await bridge.request(lambda number: RequestExplanation(number, item), within=self._timeout)
        except CompanionError:
            return None
        return answer if isinstance(answer, Explanation) else None


def qualified(lines: Sequence[str], at: int) -> str:
    """What pytest calls the function that this line defines, ``TestIt::test_a``; empty where it defines none."""
    found = DEFINITION.match(lines[at]) if 0 <= at < len(lines) else None
    if found is None or found[2] != "def":
        return ""
    names, depth = [found[3]], len(found[1])
    for line in reversed(lines[:at]):
        outer = DEFINITION.match(line)
        if outer is not None and len(outer[1]) < depth:
            if outer[2] == "def":
                return ""
            names.append(outer[3])
            depth = len(outer[1])
    return "::".join(reversed(names))


def _items(bridge: Bridge, node_id: str) -> list[ItemFinished]:
    """The item, or all that its parameters make of it."""
    results = bridge.board.results
    own = [results[node_id]] if node_id in results else []
    return own or [result for name, result in results.items() if name.startswith(f"{node_id}[")]
