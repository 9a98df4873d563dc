"""Which contents each agent has been given, so that afterwards only differences cross."""

from collections import OrderedDict
from dataclasses import replace

from companion.core.filechange import content_after
from companion.core.text import content_hash
from companion.messages import AgentName, FileChange, FilesChanged, Message, Refactor, RunTests

MOST_TEXTS, MOST_CHARACTERS = 1_000, 25_000_000
"""What an agent is relied on to hold of what it was given last; agents hold more (`companion.workers.refactorer`)."""


class Crossed:
    """The host's copy of changed files' contents, and what each agent knows of them."""

    def __init__(self, most_texts: int = MOST_TEXTS, most_characters: int = MOST_CHARACTERS) -> None:
        self._most = most_texts, most_characters
        self._known: dict[AgentName, Known] = {}
        self._contents: dict[str, tuple[str, bytes]] = {}

    def take(self, message: FilesChanged) -> FilesChanged:
        """The watcher's message, with views made into bytes: its memory goes back to it when we return."""
        return replace(message, changes=tuple(self._take(change) for change in message.changes))

    def outgoing(self, agent: AgentName, message: Message) -> Message:
        """The message as this agent needs it; the runner needs no contents, it reads what it runs from the disk."""
        match message:
            case Refactor():
                return replace(message, changes=tuple(self.give(agent, change) for change in message.changes))
            case RunTests():
                return replace(message, changes=tuple(replace(c, edits=(), data=None) for c in message.changes))
            case _:
                return message

    def give(self, agent: AgentName, change: FileChange) -> FileChange:
        """The change as this agent needs it: an edit where it knows the base, else the whole content as well.

        Without either where nobody knows the content: the agent then has none, and gets it whole with a later change.
        """
        known = self._known.setdefault(agent, Known(*self._most))
        base, size = known.pop(change.path)
        if change.kind == "deleted":
            return change
        if change.edits and base and base == change.base:
            grown = sum(len(edit.text) - (edit.end - edit.start) for edit in change.edits)
            known.put(change.path, change.hash, size + grown)
            return replace(change, data=None)
        data = change.data if change.data is not None else self._content(change)
        if data is None:
            return change
        known.put(change.path, change.hash, len(data))
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


class Known:
    """Hashes of the contents that one agent holds by path: as many as fit, the newest of them.

    An agent that takes what it is given in the same order, and forgets what is oldest beyond larger bounds, holds
    them all. Sizes are in characters, or larger.
    """

    def __init__(self, most_texts: int, most_characters: int) -> None:
        self._most_texts, self._most_characters = most_texts, most_characters
        self._held: OrderedDict[str, tuple[str, int]] = OrderedDict()
        self._characters = 0

    def pop(self, path: str) -> tuple[str, int]:
        """Hash and size of the content, which is not known from now on; empty if it was not."""
        digest, size = self._held.pop(path, ("", 0))
        self._characters -= size
        return digest, size

    def put(self, path: str, digest: str, size: int) -> None:
        """It is the newest; the oldest make room for it."""
        self._held[path] = digest, size
        self._characters += size
        while len(self._held) > self._most_texts or self._characters > self._most_characters:
            self.pop(next(iter(self._held)))
