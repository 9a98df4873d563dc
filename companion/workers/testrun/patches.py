"""Attributes replaced for a while: what stays replaced at an interpreter's end keeps its whole heap.

This module also runs in the project's own Python (3.10 or later).
"""

from collections.abc import Callable


class Patches:
    """What was replaced; `undo` puts it back, the last one first."""

    def __init__(self) -> None:
        self._undo: list[Callable[[], None]] = []

    def replace(self, owner: object, name: str, value: object) -> None:
        """Set an attribute of a module or class, whether or not it has it itself."""
        own = vars(owner)
        if name in own:
            before = own[name]  # as it lies there: a classmethod stays one
            self._undo.append(lambda: setattr(owner, name, before))
        else:
            self._undo.append(lambda: delattr(owner, name))
        setattr(owner, name, value)

    def later(self, what: "Callable[[], None]") -> None:
        """To be done by `undo`, in its turn."""
        self._undo.append(what)

    def undo(self) -> None:
        """Put everything back; harmless if that has been done."""
        while self._undo:
            self._undo.pop()()
