"""How the engine is, for whoever asks: where tests would run is the runner's to say."""

import asyncio
from collections.abc import Callable

from companion.messages import Lanes, Message, RequestLanes
from companion.runtime.about import About

PATIENCE = 2.0
"""Seconds that the runner gets to say where tests would run."""


class Diagnosing:
    """Answers with what ``about`` knows. ``ask`` sends to the runner, and says whether there is one."""

    def __init__(
        self, about: About, ask: Callable[[RequestLanes], bool], answer: Callable[[int, Message], None]
    ) -> None:
        self._about, self._ask, self._answer = about, ask, answer
        self._asking: list[tuple[int, int]] = []
        self._patience: asyncio.TimerHandle | None = None

    def begin(self, front: int, request: int) -> None:
        """This front asks."""
        self._asking.append((front, request))
        if not self._ask(RequestLanes()):
            self.answer_all()
        elif self._patience is None:
            self._patience = asyncio.get_running_loop().call_later(PATIENCE, self.answer_all)

    def lanes(self, told: Lanes) -> None:
        """The runner has said where tests run."""
        self._about.lanes, self._about.selection = told.rows, (told.skips, told.missed, told.misses)
        self._about.external = told.external
        self.answer_all()

    def answer_all(self) -> None:
        """Whoever asks is told what is known by now; harmless if nobody does."""
        if self._patience is not None:
            self._patience.cancel()
        asking, self._asking, self._patience = self._asking, [], None
        for front, request in asking:
            self._answer(front, self._about.diagnosis(request))
