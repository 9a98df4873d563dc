"""The real runner on this thread, with the real spares: every step from an order on has its time.

What a front cannot hear: when the next spare is asked for, and when it is warm.
"""

import threading
import time
from collections.abc import Callable
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import override

from companion.config import load
from companion.messages import (
    DropSpare,
    ItemFinished,
    Lane,
    Message,
    NeedSpare,
    RunFinished,
    RunTests,
    Scope,
    Selected,
    SpareEnded,
    SpareReady,
)  # fmt: skip
from companion.runtime.hiring import Hiring
from companion.runtime.place import code_folder
from companion.runtime.spares import Spare
from companion.workers.loop import Loop
from companion.workers.runner import Runner

DEADLINE = 60.0
"""Seconds that anything may take."""


class ListeningLoop(Loop):
    """Notes when a descriptor that it reads became readable for the first time."""

    def __init__(self) -> None:
        super().__init__()
        self.heard: Callable[[int], None] = lambda _: None

    @override
    def add_reader(self, fileno: int, callback: Callable[[], None]) -> None:
        unheard = {fileno}

        def call() -> None:
            if unheard:
                self.heard(unheard.pop())
            callback()

        super().add_reader(fileno, call)


class Office:
    """The runner's host, as its link. Times are `time.perf_counter` seconds, by what happened."""

    def __init__(self, root: Path) -> None:
        self.loop = ListeningLoop()
        self.times: dict[str, float] = {}
        self.lanes: set[Lane] = set()
        self._config = replace(load(root), code_folder=code_folder())
        self._hiring, self._serials, self._generations = Hiring(), count(1), count(1)
        self._spares: dict[int, Spare] = {}
        self._reapers: list[threading.Thread] = []
        self._runner = Runner(self, self._config)
        self.loop.heard = lambda _: self._note("spare warm")

    def send(self, message: Message) -> None:
        """See `companion.workers.link.Link`: what the runner tells."""
        match message:
            case NeedSpare():
                self._note("spare asked for")
                self._hire(message)
            case DropSpare():
                self._drop(message.spare)
            case Selected():
                self._note("selected")
            case ItemFinished():
                self.lanes.add(message.lane)
                self._note("first result")
            case RunFinished():
                self._note("verdict")
                self.loop.call_later(0.5, self.loop.stop)  # the next spare gets warm meanwhile
            case _:
                pass

    def run(self, *files: str) -> dict[str, float]:
        """Run these files, or everything; seconds from the order to each step, the next spare's included."""
        self.times.clear()
        self.lanes.clear()
        start = time.perf_counter()
        scope: Scope = "paths" if files else "all"
        self.loop.call_later(
            0.0, lambda: self._runner.handle(RunTests(next(self._generations), scope, (), files, ()))
        )
        late = self.loop.call_later(DEADLINE, self.loop.stop)
        self.loop.run()
        late.cancel()
        return {step: at - start for step, at in self.times.items()}

    def close(self) -> None:
        """End everything that was started."""
        self._runner.close()
        for serial in list(self._spares):
            self._drop(serial)
        for reaper in self._reapers:
            reaper.join(DEADLINE)
        self._hiring.close()
        self.loop.close()

    def _note(self, step: str) -> None:
        self.times.setdefault(step, time.perf_counter())

    def _hire(self, need: NeedSpare) -> None:
        serial = next(self._serials)
        spare = self._spares[serial] = self._hiring(serial, need, self._config)
        self._answer(SpareReady(serial, need.lane, spare.handles))

    def _answer(self, message: Message) -> None:
        self.loop.call_later(0.0, lambda: self._runner.handle(message))

    def _drop(self, serial: int) -> None:
        spare = self._spares.pop(serial)
        self._reapers.append(threading.Thread(target=lambda: spare.reap(lambda: None), daemon=True))
        self._reapers[-1].start()
        self._answer(SpareEnded(serial, ""))
