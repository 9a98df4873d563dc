"""The documents that an editor has open, as the engine knows them: told again to the next engine if one dies."""

from companion.core.diff import apply
from companion.messages import ChangeDocument, CloseDocument, Message, OpenDocument


class Opened:
    """Versions and texts by path."""

    def __init__(self) -> None:
        self._texts: dict[str, tuple[int, str]] = {}

    def take(self, message: Message) -> None:
        """Follow what is sent; most messages are about something else."""
        match message:
            case OpenDocument():
                self._texts[message.path] = message.version, bytes(message.data).decode("utf-8", "surrogatepass")
            case ChangeDocument() if message.path in self._texts:
                _, text = self._texts[message.path]
                self._texts[message.path] = message.version, apply(message.edits, text)
            case CloseDocument():
                self._texts.pop(message.path, None)
            case _:
                pass

    def again(self) -> tuple[OpenDocument, ...]:
        """What tells somebody who knows nothing."""
        return tuple(
            OpenDocument(path, version, text.encode("utf-8", "surrogatepass"))
            for path, (version, text) in self._texts.items()
        )
