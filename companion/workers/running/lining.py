"""Finding out which lines items execute: while nobody waits for anything, or because somebody asks for that.

Test files run again, traced line by line, several in one session; what is known of one is good until one of its items
has run in another state of what the file stands on. A session that does not come to its end has each file that it did
not finish tried once more by itself.
"""

import time
from collections.abc import Callable, Iterator, Sequence

from companion.config import Config
from companion.core.board import file_of
from companion.messages import (
    CoverageProgress,
    Covered,
    ItemFinished,
    Message,
    RequestCoverage,
    RunItems,
    StopCoverage,
)
from companion.store.lines import Lines
from companion.workers.loop import Loop, Timer
from companion.workers.running.aside import Aside, Said
from companion.workers.running.asked import asked
from companion.workers.running.battery import ON_BATTERY, on_battery
from companion.workers.running.impact.impact import Impact
from companion.workers.running.impact.lining import Answer, SessionLines, Texts
from companion.workers.running.impact.unlined import Unlined
from companion.workers.running.line import Line
from companion.workers.running.sources import Sources, SuiteFacts

SHARE = 0.1
"""Of one core, while nobody waits."""
SHORT, LONG = 2.0, 20.0
"""Seconds of tests in a session that may be in somebody's way, and in one that somebody waits for."""
MOST = 64
"""Test files of a session."""
PAUSE = 0.05
"""Seconds until more test files are looked at."""
AGAIN = 60.0
"""Seconds until it is tried again where there was no spare."""
BUSY = 1.0
"""Seconds until it is looked again whether something else has ended."""
OLDEST = 3, 12
"""The first Python that tells of lines."""
STEPS = 50
"""Times that people are told how far it has come, at most."""


class Lining:
    """``give_way`` ends whatever else is tried while nobody waits; ``done`` is called when a session is over."""

    def __init__(  # noqa: PLR0913 - all that a session needs
        self,
        loop: Loop,
        config: Config,
        aside: Aside,
        impact: Impact,
        sources: Sources,
        facts: SuiteFacts,
        *,
        lines: Lines,
        python: str,
        tell: Callable[[Message], None],
        clock: Callable[[], float] = time.monotonic,
        battery: Callable[[], bool] = on_battery,
    ) -> None:
        self._loop, self._config, self._aside, self._clock = loop, config, aside, clock
        self._impact, self._sources, self._facts = impact, sources, facts
        self._lines, self._python, self._tell, self._on_battery = lines, python, tell, battery
        self.may: Callable[[], bool] = lambda: True
        """Whether tests may be run that nobody asked for."""
        self.rests: Callable[[], bool] = lambda: True
        """Whether no run is under way."""
        self.give_way: Callable[[], None] = lambda: None
        self.done: Callable[[], None] = lambda: None
        self._asked: dict[int, RequestCoverage] = {}
        self._unlined = Unlined(impact, sources, lines)
        self._alone: set[str] = set()
        self._files: dict[str, str] = {}
        """Those of the session that is under way, each with the state that it is in."""
        self._is_external, self._ticket = False, 0
        self._began = self._free = 0.0
        self._over_items = self._all_items = self._step = 0
        self._timer: Timer | None = None

    def handle(self, message: RequestCoverage | StopCoverage) -> None:
        """Somebody waits for an answer, or no longer."""
        if isinstance(message, RequestCoverage):
            self._ask(message)
        else:
            self._forget(message.request)

    def _ask(self, question: RequestCoverage) -> None:
        self._asked[question.request] = question
        self._over_items = self._all_items = self._step = 0
        self._unlined.given_up.clear()
        self.begin()

    def _forget(self, request: int) -> None:
        self._asked.pop(request, None)
        unwanted = self._is_external and not self._with_external
        if self._files and (unwanted or not (self._asked or self.may())):
            self.stop()
            self._go_on()

    def begin(self) -> None:
        """Nobody waits for anything, or for this; harmless if it is under way."""
        self._wait(0.0)
        if self._files or not self.rests() or not (self._asked or (self._config.coverage and self.may())):
            return
        rest = 0.0 if self._asked else self._rest()
        if rest > 0:
            self._wait(rest)
        else:
            self._next()

    def stop(self) -> None:
        """A run begins, or nobody looks any more: what is under way begins anew later."""
        self._wait(0.0)
        if self._files:
            self._end()
            self._aside.stop(self._ticket)

    def _rest(self) -> float:
        """Seconds until it is in nobody's way."""
        busy, powerless = BUSY if self._aside.busy else 0.0, ON_BATTERY if self._on_battery() else 0.0
        return max(busy, powerless, self._free - self._clock())

    def _go_on(self) -> None:
        """A session is over: somebody may still wait for others."""
        if self._asked and self.rests():
            self.begin()
        else:
            self.done()

    # --- what to run --------------------------------------------------------------------------------------

    def _next(self) -> None:
        if not self._has_lines:
            self._answer(self._too_old if self._python else "no Python for the project: see companion doctor")
            return
        self._impact.recording.keep()
        files, is_all = self._unlined.look(external=self._with_external)
        if files:
            self._run(self._one_session(files))
        elif is_all:
            self._answer("")
        else:
            self._wait(PAUSE)

    def _one_session(self, files: Sequence[str]) -> list[str]:
        if files[0] in self._alone:
            return [files[0]]
        budget, chosen = LONG if self._asked else SHORT, list[str]()
        for file in files[:MOST]:
            if file not in self._alone and budget > 0:
                chosen.append(file)
                budget -= self._facts.seconds.get(file, 0.0)
        return chosen

    @property
    def _with_external(self) -> bool:
        return any(question.external for question in self._asked.values())

    # --- sessions -----------------------------------------------------------------------------------------

    def _run(self, files: Sequence[str]) -> None:
        if self._asked:
            self.give_way()
        if self._aside.busy:
            self._wait(BUSY)
            return
        self._files, self._is_external = {file: self._unlined.state(file) for file in files}, self._with_external
        outside = frozenset[str]().union(*self._unlined.left_out(files).values())
        left_out = () if self._is_external else tuple(sorted(outside))
        limit = self._config.item_timeout
        without = ("--no-cov",) if "coverage" in self._facts.undivided else ()
        order = RunItems(
            0, (*asked(self._config.pytest_args).arguments, *without, *files), left_out, limit, trace="lines"
        )
        heard, self._began = SessionLines(), self._clock()

        def hears(_line: Line, message: Message) -> None:
            heard.hear(message)
            if isinstance(message, ItemFinished):
                self._one_more()
                if file_of(message.id) != message.id and not heard.is_told(message.id):
                    self._unlined.broken(file_of(message.id), self._files.get(file_of(message.id), ""))

        between = max(limit, self._config.start_timeout)
        self._ticket = self._aside.begin(
            "process", order, lambda said: self._over(heard, said), between, each=limit, hears=hears
        )

    def _over(self, heard: SessionLines, said: Said) -> None:
        files = self._end()
        if not said.began:
            self._not_begun(said.refused or said.problem or "no test can be run: see companion doctor")
            return
        texts = Texts(self._config.root)
        ended = {file: state for file, state in files.items() if said.whole(file)}
        edited = {file for file in ended.keys() - self._alone if texts.are_others(heard.owned((file,)))}
        whole = {file: state for file, state in ended.items() if file not in edited}
        self._lines.keep(whole, *texts.of(heard.owned(whole)))
        if self._is_external:  # whatever still lacks lines has had its chance
            self._unlined.given_up |= whole
        for file in files.keys() - ended.keys():
            self._try_again(file, files[file], by_itself=len(files) > 1)
        self._alone = (self._alone - whole.keys()) | edited
        self._go_on()

    def _not_begun(self, problem: str) -> None:
        if self._asked:
            self._answer(problem)
        else:
            self._free = self._clock() + AGAIN
            self.done()

    def _try_again(self, file: str, state: str, *, by_itself: bool) -> None:
        if by_itself:
            self._alone.add(file)
        else:
            self._unlined.given_up[file] = state

    def _end(self) -> dict[str, str]:
        files, self._files = self._files, {}
        now = self._clock()
        self._free = now + (now - self._began) * (1 / SHARE - 1)
        return files

    def _wait(self, seconds: float) -> None:
        """Begin after so many seconds; 0: do not."""
        if self._timer is not None:
            self._timer.cancel()
        self._timer = self._loop.call_later(seconds, self.begin) if seconds > 0 else None

    # --- answers ------------------------------------------------------------------------------------------

    @property
    def _has_lines(self) -> bool:
        return tuple(int(part) for part in self._python.split(".")[:2] if part.isdigit()) >= OLDEST

    @property
    def _too_old(self) -> str:
        wanted = ".".join(map(str, OLDEST))
        return f"the project's Python {self._python} does not tell of lines: {wanted} and later do"

    def _one_more(self) -> None:
        """An item is over."""
        if self._asked:
            self._all_items = self._all_items or self._to_run()
            self._over_items += 1
            step = self._over_items * STEPS // max(1, self._all_items)
            if step != self._step:
                self._step = step
                for number in self._asked:
                    self._tell(CoverageProgress(number, self._over_items, max(self._all_items, self._over_items)))

    def _to_run(self) -> int:
        """Items of all test files of which lines are not known; those that are outdated are not looked for."""
        known = self._lines.states()
        tests = self._impact.records.tests()
        return sum(number for test, number in tests.items() if test in self._files or known.get(test, ("", True))[1])

    def _answer(self, problem: str) -> None:
        """All is known that can be: tell whoever waits."""
        asked_for, self._asked = self._asked, {}
        for question in asked_for.values():
            for message in self._told(question, problem):
                self._tell(message)
        if asked_for:
            self.done()

    def _told(self, question: RequestCoverage, problem: str) -> Iterator[Message]:
        if problem:
            yield Covered(question.request, problem=problem)
            return
        tests, known = self._impact.records.tests(), self._unlined.known()
        owned = [
            each for each in self._lines.all() if each.kind != "import" or self._impact.known.importers(each.name)
        ]
        answer = Answer(self._config.root, self._lines)
        yield from answer.files(question.request, owned, self._sources.python_files, by_item=question.by_item)
        lined = self._lines.items()
        external = sum(len(outside - lined) for outside in self._unlined.left_out(tests).values())
        unknown = tuple(sorted(test for test in tests if test not in known and self._sources.exists(test)))
        yield Covered(question.request, self._python, unknown, external)
