"""Looking into reds that surprise: each is run again by itself, then with its file, while nothing else runs.

`companion.core.rerun` decides; here its steps become sessions, and what they show becomes a result.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from companion.config import Config
from companion.core.board import RED, file_of
from companion.core.rerun import Red, State, Step, decide, to_rerun
from companion.messages import ItemFinished, Outcome, RunItems
from companion.workers.running.aside import Aside, Said

SAYS: Mapping[State, str] = {
    "flaky": "failed, then passed with nothing changed: {0}",
    "order-dependent": "depends on which tests run before it: {0}",
}


@dataclass(slots=True)
class Case:
    """One red, what it looked like, and what has been found out so far.

    ``confirm``: whether a process says so too is all there is to ask.
    """

    red: Red
    seen: ItemFinished
    confirm: bool
    answers: list[Outcome | None] = field(default_factory=list[Outcome | None])

    def next(self) -> Step | State:
        """What to do, or what it is."""
        if self.confirm:
            return "red" if self.answers[-1] is None or self.answers[-1] in RED else "needs process"
        return decide(self.red, self.answers)

    def concluded(self, state: State) -> ItemFinished:
        """As its file, run in order by a process, shows it: that is what pytest would say."""
        last = self.answers[-1]
        shown = state if state == "flaky" or state == "order-dependent" else ""  # noqa: PLR1714 - narrows the type
        return replace(
            self.seen, outcome=self.seen.outcome if last is None or last in RED else last, lane="process",
            state=shown, message=SAYS.get(state, "").format(self.seen.message),
            report=self.seen.report if shown else "", frames=self.seen.frames if shown else (), reports=(),
        )  # fmt: skip


class Rechecks:
    """Those of one run at a time. ``tell`` hears of results that have come out otherwise than they were shown."""

    def __init__(self, config: Config, aside: Aside, tell: Callable[[ItemFinished, State], None]) -> None:
        self._config, self._aside, self._tell = config, aside, tell
        self._arguments: tuple[str, ...] = ()
        self._cases: list[Case] = []
        self._over: Callable[[], None] = lambda: None
        self._ticket = 0

    def begin(
        self, reds: Sequence[tuple[Red, ItemFinished]], ran: int, arguments: tuple[str, ...], over: Callable[[], None]
    ) -> bool:
        """Look into these reds of a run that has shown everything; False if there is nothing to look into.

        ``arguments`` are those that it gave pytest. ``over`` is called when all is known, unless it is stopped.
        """
        self._arguments = arguments
        chosen = {red.id for red in to_rerun([red for red, _ in reds], ran)}
        cases = [Case(red, seen, red.id not in chosen) for red, seen in reds]
        self._cases = [case for case in cases if not case.confirm or case.red.lane == "interpreter"]
        self._over = over
        return self._next()

    def stop(self) -> None:
        """Somebody has other plans: what was shown stays so."""
        if self._cases:
            self._cases = []
            self._aside.stop(self._ticket)

    def _next(self) -> bool:
        to_confirm = [case for case in self._cases if case.confirm and not case.answers]
        if to_confirm:  # as many as there are: all at once
            self._probe(to_confirm, *dict.fromkeys(file_of(case.seen.id) for case in to_confirm))
            return True
        while self._cases:
            case = self._cases[0]
            step = case.next()
            match step:
                case "alone":
                    self._probe([case], case.seen.id)
                    return True
                case "in file order":
                    self._probe([case], file_of(case.seen.id))
                    return True
                case "red":
                    self._cases.pop(0)
                case _:
                    self._cases.pop(0)
                    self._tell(case.concluded(step), step)
        return False

    def _probe(self, cases: Sequence[Case], *what: str) -> None:
        limit = self._config.item_timeout
        order = RunItems(cases[0].seen.generation, (*self._arguments, *what), (), limit)
        between = max(limit, self._config.start_timeout)
        self._ticket = self._aside.begin(
            "process", order, lambda said: self._answered(cases, said), between, each=limit
        )

    def _answered(self, cases: Sequence[Case], said: Said) -> None:
        for case in cases:
            case.answers.append(said.outcomes.get(file_of(case.seen.id), {}).get(case.seen.id))
        if not self._next():
            self._over()
