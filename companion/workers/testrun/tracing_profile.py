"""What is executed, for Python 3.10 and 3.11, which have no `sys.monitoring`: a profile function is told of calls.

Going on with a generator is a call, too. Where the project profiles itself, nothing is known.
This module also runs in the project's own Python (3.10 or later).
"""

import sys
import threading
from collections.abc import Callable, Iterable
from types import CodeType, FrameType
from typing import Any

from companion.workers.testrun.tracing_codes import Codes
from companion.workers.testrun.tracing_owners import Owner, Owners

Looked = Callable[[FrameType], None]


class Profile:
    """Between `begin` and `end`; ``looked`` as in `tracing_monitor.Monitor`."""

    def __init__(self, codes: Codes, owners: Owners, looked: "dict[int, tuple[CodeType, Looked]]") -> None:
        self._codes, self._owners, self._looked = codes, owners, looked
        self._function: Any = None

    @property
    def is_intact(self) -> bool:
        """Whether it is still this that is told."""
        return self._function is not None and sys.getprofile() is self._function

    def begin(self) -> bool:
        """Whether nobody else profiles."""
        if sys.getprofile() is not None:
            return False
        self._function = self._made()
        sys.setprofile(self._function)
        threading.setprofile(self._function)
        return True

    def renew(self) -> None:
        """Begin again, where a test has profiled and has ended that."""
        if not self.is_intact:
            self.begin()

    def follow(self, _: "Iterable[CodeType]") -> None:
        """All code tells."""

    def end(self) -> None:
        """Leave nothing behind."""
        if self.is_intact:
            sys.setprofile(None)
            threading.setprofile(None)
        self._function = None

    def _made(self) -> Any:
        number_of, modules, looked = self._codes.functions.get, self._codes.modules, self._looked
        heard, importing, imported = self._owners.current.codes, self._importing, self._imported

        def profile(frame: FrameType, event: str, _: object) -> None:
            if event == "call":
                at = id(frame.f_code)
                number = number_of(at)
                if number is not None:
                    heard[number] = 1
                elif at in modules:
                    importing(*modules[at])
                elif at in looked:
                    looked[at][1](frame)
            elif event == "return" and id(frame.f_code) in modules:
                imported(modules[id(frame.f_code)][0])

        def switch(owner: Owner) -> None:
            nonlocal heard
            heard = owner.codes

        self._owners.switch = switch
        return profile

    def _importing(self, path: str, number: int) -> None:
        owner = self._owners.importing(path)
        self._owners.push(owner)
        owner.codes[number] = 1

    def _imported(self, path: str) -> None:
        self._owners.drop(self._owners.shared("import", path))
