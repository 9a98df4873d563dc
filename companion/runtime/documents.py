"""Which contents each agent has been given, so that afterwards only differences cross."""

from dataclasses import replace

from companion.core.filechange import content_after
from companion.core.text import content_hash
from companion.messages import AgentName, FileChange, FilesChanged


class Crossed:
    """The host's copy of changed files' contents, and what each agent knows of them."""

    def __init__(self) -> None:
        self._known: dict[AgentName, dict[str, str]] = {}
        self._contents: dict[str, tuple[str, bytes]] = {}

    def take(self, message: FilesChanged) -> FilesChanged:
        """The watcher's message, with views made into bytes: its memory goes back to it when we return."""
        return replace(message, changes=tuple(self._take(change) for change in message.changes))

    def give(self, agent: AgentName, change: FileChange) -> FileChange:
        """The change as this agent needs it: an edit where it knows the base, else the whole content as well.

        Without either where nobody knows the content: the agent then has none, and gets it whole with a later change.
        """
        known = self._known.setdefault(agent, {})
        base = known.pop(change.path, "")
        if change.kind == "deleted":
            return change
        data = None
        if not (change.edits and base and base == change.base):
            data = change.data if change.data is not None else self._content(change)
            if data is None:
                return change
        known[change.path] = change.hash
        return replace(change, data=data)

    def forget(self, agent: AgentName) -> None:
        """The agent was started anew."""
        self._known.pop(agent, None)

    def _take(self, change: FileChange) -> FileChange:
        data = bytes(change.data) if change.data is not None else None
        if data is not None:
            self._contents[change.path] = (change.hash, data)
        elif change.kind == "deleted":
            self._contents.pop(change.path, None)
        elif change.edits:
            self._apply(change)
        return replace(change, data=data)

    def _apply(self, change: FileChange) -> None:
        hash_, old = self._contents.pop(change.path, ("", b""))
        if hash_ == change.base:
            new = content_after(change, old)
            if new is not None and content_hash(new) == change.hash:
                self._contents[change.path] = (change.hash, new)

    def _content(self, change: FileChange) -> bytes | None:
        hash_, data = self._contents.get(change.path, ("", b""))
        return data if hash_ == change.hash else None
