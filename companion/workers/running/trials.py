"""Trying test files in an interpreter while nobody waits for anything.

What several files are tried together by is one session. A refusal that does not say which of them it concerns has
each half tried by itself. What a trial says is heard by nobody else; a run ends it.
"""

from collections.abc import Callable

from companion.config import Config
from companion.core.board import file_of
from companion.messages import (
    CancelRun,
    Collected,
    Interrupt,
    ItemFinished,
    Message,
    NeedsProcess,
    Outcome,
    Outdated,
    RunItems,
    SessionFinished,
    Warm,
)  # fmt: skip
from companion.workers.loop import Loop, Timer
from companion.workers.running.line import Line, LineEnded
from companion.workers.running.pool import Pool
from companion.workers.running.promotion import Promotion

MOST = 64
"""Files of one trial."""
LONGEST = 20.0
"""Seconds of a trial; what has not ended by then is not tried again."""
IN_VAIN = 3
"""Files in a row that are refused for one reason, one by one, after which all others are believed to be."""
ENDED = (0, 1, 5)
"""Exit codes of sessions that went to their end."""


class Trials:
    """At most one trial is under way; ``discard`` throws its spare away."""

    def __init__(
        self, loop: Loop, config: Config, pool: Pool, promotion: Promotion, discard: Callable[[Line], None]
    ) -> None:
        self._loop, self._config, self._pool = loop, config, pool
        self._promotion, self._discard = promotion, discard
        self._timer: Timer | None = None
        self._halves: list[tuple[str, ...]] = []
        self._trial: Trial | None = None
        self._refusals: list[str] = []

    def begin(self) -> None:
        """Nobody waits for anything."""
        if self._trial is None:
            self._next()

    def stop(self) -> None:
        """A run begins: whatever is tried is given up, and tried again later."""
        self._disarm()
        self._halves.clear()
        if self._trial is not None:
            line = self._trial.line
            line.send(CancelRun(0))
            line.send(Interrupt("a run begins"))
            self._end()

    def ready(self) -> None:
        """A spare has come, while nothing runs: the trial that waits for one can begin."""
        if self._trial is None and self._halves:
            self._begin()

    def owns(self, line: Line) -> bool:
        """Whether this spare is in use here."""
        return self._trial is not None and self._trial.line is line

    def hear(self, message: Message) -> None:
        """What the spare of the trial says."""
        trial = self._trial
        if trial is None:
            return
        match message:
            case Warm() if not message.problem:
                trial.line.send(trial.order)
            case Warm():
                self._refuse(trial.files, message.problem)
                self._go_on()
            case NeedsProcess() if message.id in (".", ""):
                self._refused(trial, message.reason)
            case SessionFinished():
                self._judge(trial, message)
                self._go_on()
            case Outdated():
                self._halves.append(trial.files)
                self._go_on()
            case LineEnded():
                self._refuse(trial.files if len(trial.files) == 1 else (), "its interpreter ended")
                self._halve(trial.files)
                self._go_on()
            case _:
                trial.hear(message)

    def _next(self) -> None:
        if self._trial is None and not self._halves:
            files = self._promotion.candidates()[:MOST]
            self._halves = [files] if files else []
        if self._halves:
            self._begin()
        else:
            self._promotion.save()

    def _begin(self) -> None:
        line = self._pool.take("interpreter")
        if line is None:
            self._pool.ask("interpreter")
            return
        files = self._halves.pop()
        order = RunItems(0, self._config.pytest_args, (), self._config.item_timeout, (), files)
        self._trial = Trial(line, order, {file: self._promotion.sources.content(file) for file in files})
        self._timer = self._loop.call_later(LONGEST, self._too_long)
        if line.warm is not None:
            line.send(order)

    def _go_on(self) -> None:
        self._end()
        self._timer = self._loop.call_later(0.0, self._next)

    def _end(self) -> None:
        self._disarm()
        trial, self._trial = self._trial, None
        if trial is not None:
            self._discard(trial.line)

    def _too_long(self) -> None:
        trial = self._trial
        if trial is not None:
            trial.line.send(Interrupt("it takes too long"))
            for file in trial.files:
                if file not in trial.whole():
                    self._promotion.stays(file, f"takes longer than {LONGEST:g} s in an interpreter")
            self._go_on()

    def _judge(self, trial: Trial, message: SessionFinished) -> None:
        if message.exit_code not in ENDED:
            self._refuse(trial.files if len(trial.files) == 1 else (), message.problem or "its session broke off")
            self._halve(trial.files)
            return
        for file in trial.files:
            if file in trial.reasons:
                self._promotion.stays(file, trial.reasons[file])
            else:
                self._refusals.clear()
                self._promotion.judge(file, trial.contents[file], trial.outcomes.get(file, {}))

    def _refused(self, trial: Trial, reason: str) -> None:
        """All of them may be concerned, or one."""
        if len(trial.files) == 1:
            self._refuse(trial.files, reason)
        self._halve(trial.files)
        self._go_on()

    def _halve(self, files: tuple[str, ...]) -> None:
        middle = len(files) // 2
        if middle:
            self._halves += [files[middle:], files[:middle]]

    def _refuse(self, files: tuple[str, ...], reason: str) -> None:
        self._promotion.stay(files, reason)
        self._refusals = [*self._refusals, reason][-IN_VAIN:] if files else self._refusals
        if len(self._refusals) == IN_VAIN and len(set(self._refusals)) == 1:
            self._promotion.stay((file for half in self._halves for file in half), reason)
            self._halves.clear()

    def _disarm(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None


class Trial:
    """One session of some files in an interpreter, by their contents; ``reasons`` are of those that met a guard."""

    def __init__(self, line: Line, order: RunItems, contents: dict[str, str]) -> None:
        self.line, self.order, self.contents = line, order, contents
        self.files = tuple(contents)
        self.outcomes: dict[str, dict[str, Outcome]] = {}
        self.reasons: dict[str, str] = {}
        self._expected: dict[str, int] = {}

    def hear(self, message: Message) -> None:
        """Outcomes, and what an interpreter refuses."""
        match message:
            case Collected():
                for node_id in message.items:
                    self._expected[file_of(node_id)] = self._expected.get(file_of(node_id), 0) + 1
            case ItemFinished():
                self.outcomes.setdefault(file_of(message.id), {})[message.id] = message.outcome
            case NeedsProcess():
                self.reasons[file_of(message.id)] = message.reason
            case _:
                pass

    def whole(self) -> set[str]:
        """Files of which all items have ended."""
        return {file for file, number in self._expected.items() if len(self.outcomes.get(file, ())) == number}
