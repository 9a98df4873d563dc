"""Reds that are run again: which ones, how often, and what is told in the end."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
from runkit import finished
from sparekit import config

from companion.core.rerun import MOST, Red, State
from companion.messages import ItemFinished, Lane, Outcome, RunItems, RunTests, Scope
from companion.workers.running.aside import Said
from companion.workers.running.batch import Batch
from companion.workers.running.rechecking import Rechecks
from companion.workers.running.reds import Reds
from companion.workers.running.sources import SuiteFacts

A, B = "test_a.py::x", "test_b.py::x"


def shown(item: str, outcome: Outcome = "failed", lane: Lane = "process", **fields: object) -> ItemFinished:
    return replace(finished(item, outcome, lane), message="assert 0", report="long", **fields)  # type: ignore[arg-type]


@dataclass
class Stage:
    """An `Aside` that answers with what a test wants, file by file."""

    outcomes: Callable[[tuple[str, ...]], dict[str, Outcome]]
    orders: list[RunItems] = field(default_factory=list[RunItems])
    waiting: Callable[[Said], None] | None = None

    def begin(self, lane: Lane, order: RunItems, over: Callable[[Said], None], seconds: float, *, each: float) -> int:
        assert lane == "process"
        assert 0 < each == order.timeout <= seconds
        self.orders.append(order)
        self.waiting = over
        return len(self.orders)

    def stop(self, ticket: int) -> None:
        if ticket == len(self.orders):
            self.waiting = None

    def play(self) -> None:
        while self.waiting is not None:
            over, self.waiting = self.waiting, None
            said = Said()
            for item, outcome in self.outcomes(self.orders[-1].arguments).items():
                said.take(finished(item, outcome))
            over(said)


class Desk:
    """Rechecks, and what they tell."""

    def __init__(self, root: Path, outcomes: Callable[[tuple[str, ...]], dict[str, Outcome]]) -> None:
        self.stage, self.told, self.over = Stage(outcomes), list[tuple[ItemFinished, State]](), 0
        self.rechecks = Rechecks(config(root), self.stage, self.tell)  # type: ignore[arg-type]  # a double

    def begin(self, *reds: tuple[Red, ItemFinished], ran: int = 100, arguments: tuple[str, ...] = ()) -> bool:
        return self.rechecks.begin(reds, ran, arguments, self.end)

    def tell(self, message: ItemFinished, state: State) -> None:
        self.told.append((message, state))

    def end(self) -> None:
        self.over += 1


def red(item: str, lane: Lane = "process", *, affected: bool = False) -> tuple[Red, ItemFinished]:
    return Red(item, lane, plain=False, before="green", affected=affected), shown(item, lane=lane)


@pytest.mark.parametrize(
    ("alone", "in_order", "lane", "state", "outcome"),
    [
        ("passed", "passed", "process", "flaky", "passed"),
        ("passed", "failed", "process", "order-dependent", "failed"),
        ("xfailed", "passed", "process", "flaky", "passed"),
        ("passed", "passed", "interpreter", "needs process", "passed"),
    ],
)
def test_what_is_told(
    tmp_path: Path, alone: Outcome, in_order: Outcome, lane: Lane, state: State, outcome: Outcome
) -> None:
    desk = Desk(tmp_path, lambda words: {A: alone if words == ("-v", A) else in_order})
    assert desk.begin(red(A, lane), arguments=("-v",))
    desk.stage.play()
    assert [order.arguments for order in desk.stage.orders] == [("-v", A), ("-v", "test_a.py")]
    ((message, told),) = desk.told
    assert (told, message.outcome, message.lane) == (state, outcome, "process")
    assert message.state == ("" if state == "needs process" else state)
    assert bool(message.report) is bool(message.state), "how it failed is kept where somebody may want to know"
    assert message.message.endswith("assert 0") is bool(message.state)
    assert desk.over == 1


@pytest.mark.parametrize("again", ["failed", "error", "skipped", None])
def test_what_stays_red_is_not_told_twice(tmp_path: Path, again: Outcome | None) -> None:
    desk = Desk(tmp_path, lambda _: {} if again is None else {A: again})
    assert desk.begin(red(A))
    desk.stage.play()
    assert len(desk.stage.orders) == 1
    assert (desk.told, desk.over) == ([], 1)


def test_nothing_to_look_into(tmp_path: Path) -> None:
    desk = Desk(tmp_path, lambda _: {})
    assert not desk.begin()
    assert not desk.begin(red(A, affected=True))
    assert (desk.stage.orders, desk.over) == ([], 0)


def test_whatever_an_interpreter_says_is_asked_of_a_process_in_one_session(tmp_path: Path) -> None:
    """A change may break hundreds of tests, and people wait for the verdict."""
    items = [f"test_{file}.py::{name}" for file in "abc" for name in range(200)]
    outcomes: dict[str, Outcome] = {**dict.fromkeys(items, "failed"), items[7]: "passed"}
    desk = Desk(tmp_path, lambda _: outcomes)
    assert desk.begin(*(red(item, "interpreter", affected=True) for item in items), ran=600)
    desk.stage.play()
    assert [order.arguments for order in desk.stage.orders] == [("test_a.py", "test_b.py", "test_c.py")]
    assert [(message.id, message.outcome, state) for message, state in desk.told] == [
        (items[7], "passed", "needs process")
    ]
    assert desk.over == 1


def test_what_nobody_would_look_into_is_confirmed_all_the_same(tmp_path: Path) -> None:
    """More than so many surprise at once; those of a process are believed."""
    items = [f"test_a.py::{name}" for name in range(MOST + 5)]
    desk = Desk(tmp_path, lambda _: dict.fromkeys(items, "passed"))
    assert not desk.begin(*(red(item) for item in items), ran=len(items))
    assert desk.begin(*(red(item, "interpreter") for item in items), ran=len(items))
    desk.stage.play()
    assert len(desk.stage.orders) == 1
    assert {state for _, state in desk.told} == {"needs process"}
    assert len(desk.told) == len(items)


def test_one_that_is_stopped_tells_nothing_more(tmp_path: Path) -> None:
    desk = Desk(tmp_path, lambda _: {A: "passed"})
    assert desk.begin(red(A))
    desk.rechecks.stop()
    desk.stage.play()
    assert (desk.told, desk.over) == ([], 0)
    desk.rechecks.stop()
    assert desk.begin(red(B)), "and serves the next run"


# --- which are reds, and what they were before --------------------------------------------------------------


def order(scope: Scope = "all", *arguments: str) -> RunTests:
    return RunTests(1, scope, (), (), arguments)


def take(reds: Reds, *arguments: str, undivided: str = "") -> list[Red]:
    facts = SuiteFacts()
    facts.undivided = undivided
    return [red for red, _ in reds.take(arguments, facts)]


def run(reds: Reds, *messages: ItemFinished, scope: Scope = "all") -> list[Red]:
    reds.began(order(scope), [Batch("process", ())])
    for message in messages:
        reds.seen(message)
    return take(reds)


def test_what_it_was_before(tmp_path: Path) -> None:
    reds = Reds()
    assert [red.before for red in run(reds, shown(A))] == ["unknown"]
    assert [red.before for red in run(reds, shown(A))] == ["red"]
    assert run(reds, finished(A, "passed")) == []
    assert [red.before for red in run(reds, shown(A), shown(B))] == ["green", "unknown"]
    assert run(reds, finished(A, "skipped")) == []
    assert [red.before for red in run(reds, shown(A))] == ["unknown"]


def test_a_flaky_one_is_not_known_to_be_green() -> None:
    reds = Reds()
    run(reds, finished(A, "passed"), shown(A), replace(finished(A, "passed"), state="flaky"))
    assert [red.before for red in run(reds, shown(A))] == ["unknown"]


def test_items_that_a_file_no_longer_holds_are_forgotten() -> None:
    """A suite is edited for days: names come and go."""
    reds = Reds()
    file = A.partition("::")[0]
    run(reds, shown(A), shown(B))
    assert set(reds.files) == {file, B.partition("::")[0]}
    reds.whole(file, ("other",))
    assert reds.files == (B.partition("::")[0],)
    assert [red.before for red in run(reds, shown(A))] == ["unknown"]
    reds.whole(file, (A,))
    assert [red.before for red in run(reds, shown(A))] == ["red"], "what it holds is known on"
    reds.whole(file, ())
    assert file not in reds.files


def test_each_is_looked_into_once() -> None:
    reds = Reds()
    assert len(run(reds, shown(A))) == 1
    assert take(reds) == []


def test_what_is_no_item_or_took_its_process_along_is_not_run_again() -> None:
    given_up = replace(finished(A, "failed"), message="did not end within 10 s", report="did not end within 10 s")
    assert run(Reds(), shown("test_b.py", "error"), given_up) == []


def test_what_is_plain() -> None:
    reds = Reds()
    for batches, plain in [
        ([Batch("process", ())], True),
        ([Batch("process", ()), Batch("process", ("test_b.py",), ("test_b.py",))], False),
        ([Batch("process", ("test_a.py",), ("test_a.py",))], False),
        ([Batch("process", (), left_out=("test_b.py",))], False),
    ]:
        reds.began(order(), batches)
        reds.seen(shown(A))
        assert [red.plain for red in take(reds)] == [plain]


def test_what_one_session_writes_of_the_whole_is_not_written_again() -> None:
    """A report, the coverage: only what an interpreter says is asked of a process then."""
    reds = Reds()
    for arguments, undivided in [(("--junitxml=out",), ""), (("-x",), ""), (("tests",), ""), ((), "coverage")]:
        reds.began(order(), [Batch("process", ())])
        reds.seen(shown(A))
        reds.seen(shown(B, lane="interpreter"))
        assert [red.id for red in take(reds, *arguments, undivided=undivided)] == [B]
