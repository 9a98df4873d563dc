"""What the runner and a spare tell each other, where the spare sees the project under other paths."""

from collections.abc import Sequence
from dataclasses import replace

from companion.core.pathmap import Pairs, PathMap, is_far
from companion.messages import Message, Prepare, RunItems, SessionFinished


class FarSide:
    """Turns the paths of messages into those of the side that reads them; all others are the same on both sides."""

    def __init__(self, python: Sequence[str], pairs: Pairs) -> None:
        self._is_far = is_far(python, pairs)
        self._paths = PathMap(pairs)

    def outgoing(self, message: Message) -> Message:
        """What the spare is to read. A far one keeps no compiled code: whose folder would that be?"""
        if self._is_far and isinstance(message, Prepare) and message.lane == "process":
            return replace(message, root=self._paths.there(message.root), marker="", code_folder="")
        if self._is_far and isinstance(message, RunItems):
            return replace(message, ledger=self._paths.there(message.ledger))
        return message

    def incoming(self, message: Message) -> Message:
        """What the runner is to read."""
        if self._paths and isinstance(message, SessionFinished):
            here = self._paths.here
            return replace(
                message, loaded=tuple(map(here, message.loaded)), sys_path=tuple(map(here, message.sys_path))
            )
        return message


HERE = FarSide((), ())
"""Of spares that see what we see."""
