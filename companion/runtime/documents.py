"""Which contents each agent has been given, so that afterwards only differences cross."""

from dataclasses import replace

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
        """The change as this agent needs it: an edit where it knows the base, else the whole content as well."""
        known = self._known.setdefault(agent, {})
        knows_base = known.get(change.path) == change.base and bool(change.base)
        known[change.path] = change.hash
        if knows_base and change.edits:
            return replace(change, data=None)
        if change.data is None and change.kind != "deleted":
            content = self._contents.get(change.path)
            return replace(change, data=content[1] if content and content[0] == change.hash else None)
        return change

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
        from companion.core.diff import apply  # noqa: PLC0415
        from companion.core.text import content_hash, decode_source, encode_source  # noqa: PLC0415

        hash_, data = self._contents.pop(change.path, ("", b""))
        if hash_ != change.base:
            return
        text, encoding = decode_source(data)
        new = encode_source(apply(change.edits, text), encoding)
        if content_hash(new) == change.hash:
            self._contents[change.path] = (change.hash, new)
