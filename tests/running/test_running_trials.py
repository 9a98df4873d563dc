"""Test files that are tried in an interpreter: what moves there, what does not, and that trying comes to an end."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sparekit import config

from companion.messages import Lane, Outcome, RunItems
from companion.store.store import Store
from companion.workers.running.aside import Said
from companion.workers.running.memory import LaneMemory
from companion.workers.running.promotion import DIFFERS, Promotion
from companion.workers.running.sources import Sources
from companion.workers.running.trials import IN_VAIN, LONGEST, MOST, Trials

GREEN: dict[str, Outcome] = {"x": "passed", "y": "skipped"}


@dataclass
class Stage:
    """An `Aside` that only notes what is to be run."""

    orders: list[RunItems] = field(default_factory=list[RunItems])
    over: Callable[[Said], None] | None = None

    @property
    def busy(self) -> bool:
        return self.over is not None

    def begin(self, lane: Lane, order: RunItems, over: Callable[[Said], None], seconds: float) -> int:
        assert (lane, seconds, self.busy) == ("interpreter", LONGEST, False)
        self.orders.append(order)
        self.over = over
        return len(self.orders)

    def stop(self, ticket: int) -> None:
        if ticket == len(self.orders):
            self.over = None

    def end(self, said: Said) -> None:
        over, self.over = self.over, None
        assert over is not None
        over(said)


class Theatre:
    """Trials, and files that have run in a process."""

    def __init__(self, root: Path, number: int) -> None:
        self.root, self.stage, self.done = root, Stage(), 0
        self.files = tuple(f"test_{index:03}.py" for index in range(number))
        self.store, self.lanes = Store(str(root)), LaneMemory("process")
        self.promotion = Promotion(self.store, "this one", Sources(str(root)), self.lanes)
        self.lanes.promoted = self.promotion.promoted
        for file in self.files:
            (root / file).write_text("# first")
            self.promotion.ran(file, outcomes(file))
        options = config(root, lane="auto")
        self.trials = Trials(options, self.stage, self.promotion, self._done)  # type: ignore[arg-type]  # a double

    def edit(self, file: str, text: str) -> None:
        """Save it, and tell."""
        (self.root / file).write_text(text)
        self.promotion.sources.tell({file}, set())

    def _done(self) -> None:
        self.done += 1

    def play(self, answer: Callable[[tuple[str, ...]], Said]) -> None:
        self.trials.begin()
        for _ in range(20 * len(self.files)):
            if not self.stage.busy:
                break
            self.stage.end(answer(self.stage.orders[-1].only))
        assert not self.stage.busy

    def promoted(self) -> set[str]:
        return {file for file in self.files if self.lanes.of(file) == "interpreter"}

    def reasons(self) -> dict[str, str]:
        return {file: record.reason for file, record in self.promotion.records.items() if record.reason}


def outcomes(file: str) -> dict[str, Outcome]:
    return {f"{file}::{name}": outcome for name, outcome in GREEN.items()}


def said(files: tuple[str, ...], **fields: object) -> Said:
    """All of these files came out as before."""
    return Said({file: outcomes(file) for file in files}, began=True, _open=dict.fromkeys(files, 2), **fields)  # type: ignore[arg-type]


@pytest.fixture
def theatre(tmp_path: Path) -> Iterator[Callable[[int], Theatre]]:
    made: list[Theatre] = []

    def build(number: int) -> Theatre:
        made.append(Theatre(tmp_path, number))
        return made[-1]

    yield build
    for theatre in made:
        theatre.store.close()


type Build = Callable[[int], Theatre]


def test_what_comes_out_as_before_moves_and_is_remembered(theatre: Build, tmp_path: Path) -> None:
    made = theatre(MOST + 1)
    made.play(said)
    assert [len(order.only) for order in made.stage.orders] == [MOST, 1]
    assert made.promoted() == set(made.files)
    assert made.done == 1
    made.trials.begin()
    assert not made.stage.busy, "there is nothing to try any more"
    made.promotion.save()
    made.store.close()
    again = Promotion(Store(str(tmp_path)), "this one", Sources(str(tmp_path)), LaneMemory("process"))
    again.load()
    assert all(map(again.promoted, made.files))
    other = Promotion(again.store, "another one", again.sources, again.lanes)
    other.load()
    assert not any(map(other.promoted, made.files))
    again.store.close()


def test_an_edited_file_is_another_one(theatre: Build) -> None:
    made = theatre(2)
    made.play(said)
    first, second = made.files
    made.edit(first, "# second, and longer")
    assert made.promoted() == {second}
    assert made.promotion.candidates() == (), "no process has run it"
    made.promotion.ran(first, {})
    assert made.promotion.candidates() == (first,)
    made.promotion.stays(first, "fork")
    assert made.promotion.candidates() == ()
    made.edit(first, "# third")
    made.promotion.ran(first, {})
    assert made.promotion.candidates() == (first,), "what kept it out may be gone"


def test_one_that_is_edited_while_it_is_tried_has_not_been_tried(theatre: Build) -> None:
    made = theatre(1)
    made.trials.begin()
    (made.root / made.files[0]).write_text("# second, and longer")
    made.stage.end(said(made.files))
    assert made.promoted() == set()
    assert made.reasons() == {}


@pytest.mark.parametrize("change", [{"x": "failed"}, {"x": "skipped"}, {"z": "passed"}])
def test_what_comes_out_otherwise_stays(theatre: Build, change: Mapping[str, Outcome]) -> None:
    made = theatre(3)
    odd = made.files[1]

    def answer(files: tuple[str, ...]) -> Said:
        heard = said(files)
        heard.outcomes[odd] |= {f"{odd}::{name}": outcome for name, outcome in change.items()}
        return heard

    made.play(answer)
    assert made.reasons() == {odd: DIFFERS}
    assert len(made.promoted()) == 2


@pytest.mark.parametrize("outcome", ["failed", "error"])
def test_what_is_red_is_not_tried(theatre: Build, outcome: Outcome) -> None:
    made = theatre(1)
    made.promotion.ran(made.files[0], {"a::x": outcome})
    assert made.promotion.candidates() == ()


def test_what_is_moved_or_forced_is_not_tried(theatre: Build) -> None:
    made = theatre(3)
    made.lanes.move(made.files[0], "fork")
    made.lanes.forced = (("*001*", "interpreter"),)
    assert made.promotion.candidates() == made.files[2:]


def test_a_run_that_begins_comes_first(theatre: Build) -> None:
    made = theatre(MOST + 1)
    made.trials.begin()
    made.trials.stop()
    assert not made.stage.busy
    assert made.promoted() == set()
    made.play(said)
    assert made.promoted() == set(made.files)


@settings(deadline=None)
@given(st.sets(st.integers(0, 39), max_size=2), st.sampled_from(["an extension", "another"]))
def test_one_that_is_refused_without_a_name_is_found(
    tmp_path_factory: pytest.TempPathFactory, bad: set[int], reason: str
) -> None:
    made = Theatre(tmp_path_factory.mktemp("t"), 40)
    culprits = {made.files[index] for index in bad}
    made.play(lambda files: said((), refused=reason) if culprits & set(files) else said(files))
    assert made.reasons() == dict.fromkeys(culprits, reason)
    assert made.promoted() == set(made.files) - culprits
    made.store.close()


def test_where_all_are_refused_not_all_are_tried(theatre: Build) -> None:
    made = theatre(MOST)
    made.play(lambda _: said((), refused="an extension"))
    assert made.reasons() == dict.fromkeys(made.files, "an extension")
    assert len(made.stage.orders) < 10 + 2 * IN_VAIN


@pytest.mark.parametrize("refused", ["", "does not support loading in subinterpreters"])
def test_without_a_spare_nothing_is_known_unless_none_can_be(theatre: Build, refused: str) -> None:
    made = theatre(MOST + 1)
    made.play(lambda _: Said(refused=refused, problem=refused or "no memory"))
    assert len(made.stage.orders) == 1
    assert made.reasons() == (dict.fromkeys(made.files, refused) if refused else {})


@settings(deadline=None)
@given(st.integers(0, 30))
def test_one_that_never_ends_is_found_with_two_interpreters(
    tmp_path_factory: pytest.TempPathFactory, index: int
) -> None:
    """Each that it holds cannot be had back."""
    made = Theatre(tmp_path_factory.mktemp("t"), 31)
    stuck = made.files[index]
    held = 0

    def answer(files: tuple[str, ...]) -> Said:
        nonlocal held
        if stuck not in files:
            return said(files)
        held += 1
        return said(files[: files.index(stuck)], problem="takes longer than 20 s", running=stuck)

    made.play(answer)
    assert held <= 2
    assert made.reasons() == {stuck: "takes longer than 20 s"}
    assert made.promoted() == {file for file in made.files if file != stuck}
    made.store.close()


def test_many_that_take_long_are_tried_a_part_at_a_time(theatre: Build) -> None:
    made = theatre(MOST)

    def answer(files: tuple[str, ...]) -> Said:
        ended = files[:10]
        problem = "takes longer than 20 s" if len(files) > 10 else ""
        return said(ended, problem=problem, running=files[min(10, len(files) - 1)])

    made.play(answer)
    assert made.promoted() == set(made.files)
    assert len(made.stage.orders) == 7


def test_a_session_that_breaks_down_before_anything_ran(theatre: Build) -> None:
    made = theatre(4)
    made.play(lambda files: said((), problem="internal error") if made.files[2] in files else said(files))
    assert made.reasons() == {made.files[2]: "internal error"}


def test_arguments_of_companion_s_own_do_not_reach_pytest(tmp_path: Path) -> None:
    made = Theatre(tmp_path, 1)
    options = config(tmp_path, lane="auto", pytest_args=("-n", "4", "-q"))  # type: ignore[arg-type]
    trials = Trials(options, made.stage, made.promotion, lambda: None)  # type: ignore[arg-type]  # a double
    trials.begin()
    assert made.stage.orders[0].arguments == ("-q",)
    made.store.close()
