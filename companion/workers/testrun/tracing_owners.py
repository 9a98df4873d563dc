"""Whom that which is executed and met now belongs to: the owners of `companion.messages.Traced`.

This module also runs in the project's own Python (3.10 or later).
"""

from collections.abc import Callable
from typing import Literal

Kind = Literal["item", "fixture", "import", "collect", "session"]


class Owner:
    """Of one session. ``codes`` and ``lines`` are numbers of `tracing_codes`; of codes, also how often they were
    heard of.

    ``is_broken``: somebody else has taken the place of what counts, so that it is not known what was executed.
    """

    __slots__ = ("codes", "is_broken", "kind", "lines", "name", "notes", "told", "uses")

    def __init__(self, kind: Kind, name: str) -> None:
        self.kind: Kind = kind
        self.name = name
        self.codes: dict[int, int] = {}
        self.lines: set[int] = set()
        self.notes: set[str] = set()
        self.uses: set[str] = set()
        self.is_broken = False
        self.told = -1

    @property
    def size(self) -> int:
        """Grows with whatever is added, since nothing is ever taken away."""
        return len(self.codes) + len(self.lines) + len(self.notes) + len(self.uses)


class Owners:
    """A stack; ``switch`` is called with the one that is on top, whenever that is another."""

    def __init__(self) -> None:
        self.session = Owner("session", "")
        self.current = self.session
        self.switch: Callable[[Owner], None] = _ignore
        self.touched: dict[int, Owner] = {id(self.session): self.session}
        self._stack = [self.session]
        self._shared: dict[tuple[Kind, str], Owner] = {}
        self._fixtures: dict[int, tuple[object, Owner]] = {}
        self._made = 0

    def importing(self, path: str) -> Owner:
        """Of this file's import, which whoever is on top makes use of."""
        owner = self.shared("import", path)
        if owner is not self.current:
            self.current.uses.add(path)
        return owner

    def shared(self, kind: Kind, name: str) -> Owner:
        """All imports of a file have one owner, and so has all that collecting it takes."""
        owner = self._shared.get((kind, name))
        if owner is None:
            owner = self._shared[kind, name] = Owner(kind, name)
        return owner

    def set_up(self, fixture: object, name: str) -> Owner:
        """A new one, of a fixture that is set up now."""
        self._made += 1
        owner = Owner("fixture", f"{name} {self._made}")
        self._fixtures[id(fixture)] = fixture, owner
        self.current.uses.add(owner.name)
        return owner

    def of_fixture(self, fixture: object) -> "Owner | None":
        """That of its last set-up, or none: it has not been set up, or belongs to items."""
        return self._fixtures.get(id(fixture), (None, None))[1]

    @property
    def base(self) -> Owner:
        """Above the session's: an item's while that runs, whatever came on top of it."""
        return self._stack[1] if len(self._stack) > 1 else self.session

    def push(self, owner: Owner) -> None:
        """From now on all is its own."""
        self._stack.append(owner)
        self._look()

    def drop(self, owner: Owner) -> None:
        """No longer; harmless if it is not there. Others may have come on top of it: another thread's."""
        for at in range(len(self._stack) - 1, 0, -1):
            if self._stack[at] is owner:
                del self._stack[at]
                break
        self._look()

    def begin(self, owner: Owner) -> None:
        """What was on top of the session's is over, and this one begins."""
        self._stack[1:] = [owner]
        self._look()

    def end(self) -> None:
        """All is the session's."""
        del self._stack[1:]
        self._look()

    def break_all(self) -> None:
        """Of none that is on the stack it is known what was executed."""
        for owner in self._stack[1:]:
            owner.is_broken = True

    def forget(self) -> None:
        """Keep nothing of the tests."""
        self.switch = _ignore
        self._fixtures.clear()
        self._shared.clear()
        self.touched.clear()

    def _look(self) -> None:
        top = self._stack[-1]
        if top is not self.current:
            self.current = self.touched[id(top)] = top
            self.switch(top)


def _ignore(_: Owner) -> None: ...
