"""Texts that exist only in memory, laid over the disk for one session, and the proof of which text ran.

From `apply` to `undo` every import, rewriting, traceback and source look-up gets an overlay's text
(`overlays_texts`), files that exist only in memory lie at their place and deleted ones do not (`overlays_tree`), and
it is watched which code is executed and what is still read from the disk (`overlays_watch`). Without overlays nothing
is replaced.
This module also runs in the project's own Python (3.10 or later) with pytest 7 or later.
"""

import contextlib
import linecache
from collections.abc import Callable, Generator
from pathlib import Path
from types import CodeType

from companion.messages import Overlay
from companion.workers.testrun.overlays_layer import Layer
from companion.workers.testrun.overlays_texts import replace_reads
from companion.workers.testrun.overlays_tree import Tree
from companion.workers.testrun.overlays_watch import Watch
from companion.workers.testrun.patches import Patches


class Overlays:
    """What lies over ``root``; ``saw`` is called with the path of each overlaid file whose disk text is used.

    A started program, which knows of no overlay, counts as `companion.messages.EVERYTHING`.
    """

    def __init__(self, root: str, overlays: "tuple[Overlay, ...]", saw: "Callable[[str], None]") -> None:
        self._layer = Layer(root, {o.path: None if o.text is None else bytes(o.text) for o in overlays})
        self._tree = Tree(self._layer)
        self._watch = Watch(self._layer, self._tree, saw)
        self._patches = Patches()
        self._trace: Callable[[CodeType, str, bytes], None] = _ignore

    @property
    def ran(self) -> "tuple[tuple[str, str], ...]":
        """See `companion.messages.SessionFinished`."""
        return tuple(sorted(self._watch.ran))

    def covers(self, path: str) -> bool:
        """Whether there is an overlay of this file."""
        return bool(self._layer.find(path))

    def read(self, path: Path) -> bytes:
        """The file's text: the overlay's, if there is one. Raises OSError."""
        text = self._layer.text(str(path))
        return path.read_bytes() if text is None else text

    @contextlib.contextmanager
    def compiling(self, path: str) -> "Generator[None]":
        """Around the compilation of this file: Python shows the line of a syntax error as the disk has it."""
        try:
            with self._watch.looking_away():
                yield
        except SyntaxError as error:
            if self.covers(path):
                error.text = linecache.getline(path, error.lineno or 0) or None
            raise

    def made(self, code: CodeType, path: str, source: bytes) -> None:
        """This code, which is about to be executed perhaps, was made of this text of this file."""
        self._watch.made(code, path, source)
        self._trace(code, path, source)

    def trace(self, made: "Callable[[CodeType, str, bytes], None]") -> None:
        """From now on it is told what was made, wherever its text came from."""
        self._trace = made

    def apply(self) -> None:
        """Lay them over the disk; pytest must be importable, and nothing of the project imported."""
        if not self._layer:
            return
        replace_reads(self._layer, self.made, self._patches)
        self._tree.apply(self._patches)
        self._watch.begin(self._patches)

    def undo(self) -> None:
        """Put everything back, and keep nothing."""
        self._patches.undo()
        self._tree.forget()
        self._watch.end()
        self._layer.forget()
        self._trace = _ignore


def no_overlays() -> Overlays:
    """The disk as it is."""
    return Overlays("", (), lambda _: None)


def _ignore(*_: object) -> None: ...
