"""The projects that are open: one bridge per workspace root."""

import asyncio
from collections.abc import Sequence

from companion.front.port import Join
from companion.messages import OpenDocument
from lsp.bridge import Bridge, Listener
from lsp.from_proto import document_bytes
from lsp.session import Session
from lsp.uris import Root


class Projects:
    """Opens and closes bridges as roots come and go. On the loop's thread."""

    def __init__(self, session: Session, join: Join, *, close_timeout: float) -> None:
        self.listeners: list[Listener] = []
        self._session = session
        self._join = join
        self._close_timeout = close_timeout
        self._bridges: dict[Root, Bridge] = {}
        self._leaving: set[asyncio.Task[None]] = set()

    @property
    def bridges(self) -> Sequence[Bridge]:
        return tuple(self._bridges.values())

    def at(self, root: Root) -> Bridge | None:
        return self._bridges.get(root)

    def open(self, root: Root) -> None:
        """Join the root's engine; again, if it could not be joined before. Does nothing for a root that has one."""
        known = self._bridges.get(root)
        if known is not None and known.standing != "failed":
            return
        bridge = self._bridges[root] = Bridge(root, self._join(root.real), self.listeners)
        for listener in self.listeners:
            listener.stood(bridge)
        bridge.start(lambda: self._documents(root))

    def close(self, root: Root) -> None:
        """Leave the root's engine, in the background."""
        bridge = self._bridges.pop(root, None)
        if bridge is not None:
            task = asyncio.create_task(bridge.close(within=self._close_timeout))
            self._leaving.add(task)
            task.add_done_callback(self._leaving.discard)

    async def close_all(self) -> None:
        """Leave every engine; takes little more than the budget of one."""
        for root in list(self._bridges):
            self.close(root)
        if self._leaving:
            await asyncio.wait(self._leaving, timeout=2 * self._close_timeout)

    def _documents(self, root: Root) -> list[OpenDocument]:
        return [OpenDocument(path, d.version, document_bytes(d.text)) for path, d in self._session.of(root)]
