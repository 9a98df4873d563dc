"""What an agent is told while it starts, or is between two lives: kept for it, within bounds."""

from dataclasses import replace

from companion.messages import FileChange, LookAt, Message, Refactor

MOST = 1_000
"""Messages that are kept as they are; the oldest go first."""


class Waiting:
    """Messages in their order. Changes and paths to look at are kept once for each path, in the newest message.

    So what is kept of a change is the newest one of its path, whose base the agent need not know: its whole content
    must go with it (`companion.runtime.documents`).
    """

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._messages: list[Message] = []

    def __len__(self) -> int:
        return len(self._messages)

    def add(self, message: Message) -> None:
        """Keep it until `take`."""
        self._messages.append(self._joined(message))
        del self._messages[: -self._most]

    def take(self) -> list[Message]:
        """All that is kept; nothing is, afterwards."""
        taken, self._messages = self._messages, []
        return taken

    def clear(self) -> None:
        """Nobody needs it any more."""
        self._messages.clear()

    def _joined(self, message: Message) -> Message:
        """The message, and what one of the same kind said before it, which is forgotten."""
        for at, earlier in enumerate(self._messages):
            match earlier, message:
                case Refactor(), Refactor():
                    del self._messages[at]
                    return replace(message, changes=_newest(*earlier.changes, *message.changes))
                case LookAt(), LookAt():
                    del self._messages[at]
                    return LookAt(tuple(dict.fromkeys((*earlier.paths, *message.paths))))
                case _:
                    pass
        return message


def _newest(*changes: FileChange) -> tuple[FileChange, ...]:
    return tuple({change.path: change for change in changes}.values())
