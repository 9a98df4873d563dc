"""Spares on their way: asked for once, told what to become, used once, and accounted for until they have ended."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sparekit import WARM, Desk, Far, config, desk, project

from companion.messages import Lane, Message, Prepare, Warm
from companion.store.marker import Marker
from companion.workers.running.batch import Batch
from companion.workers.running.line import Line, LineEnded
from companion.workers.running.pool import Pool

LANES: list[Lane] = ["interpreter", "process"]


class Pooled:
    """A pool whose host does what a test wants."""

    def __init__(self, desk: Desk, root: Path, problem: str = "") -> None:
        self.desk = desk
        self.marker = Marker(str(root))
        self.heard: list[tuple[int, Message]] = []
        self.fars: list[Far] = []
        self.pool = Pool(desk, config(root), project(problem), self.marker, self.hear)

    def hear(self, line: Line, message: Message) -> None:
        self.heard.append((line.spare, message))
        if isinstance(message, Warm):
            line.warm = message

    def ready(self, lane: Lane) -> Far:
        """The host has started one."""
        far = Far(len(self.fars) + 1, lane)
        self.fars.append(far)
        self.pool.ready(far.ready)
        return far

    def busy(self, *files: str, current: str = "", warm: bool = True) -> Line:
        """A spare of the interpreter lane that runs these files."""
        self.ready("interpreter")
        line = self.pool.take("interpreter")
        assert line is not None
        line.batch = Batch("interpreter", files, files)
        line.batch.current = current
        line.warm = WARM if warm else None
        return line


@pytest.fixture
def pooled(tmp_path: Path) -> Iterator[Pooled]:
    (tmp_path / ".companion").mkdir()
    with desk() as made:
        pooled = Pooled(made, tmp_path)
        yield pooled
        pooled.pool.close()
        for far in pooled.fars:
            far.die()


@pytest.mark.parametrize("lane", LANES)
def test_as_many_are_asked_for_as_are_to_wait(pooled: Pooled, lane: Lane) -> None:
    for _ in range(3):
        pooled.pool.ask(lane)
        assert pooled.pool.take(lane) is None
    assert pooled.desk.needs() == [lane]
    far = pooled.ready(lane)
    pooled.pool.ask(lane)
    assert pooled.desk.needs() == [], "one waits"
    line = pooled.pool.take(lane)
    assert line is not None
    assert line.spare == far.serial
    assert pooled.pool.take(lane) is None
    assert pooled.desk.needs() == []
    pooled.pool.ask(lane, 3)
    assert pooled.desk.needs() == [lane] * 3
    pooled.ready(lane)
    pooled.pool.ask(lane, 3)
    assert pooled.desk.needs() == [], "one waits, and two are on their way"


@pytest.mark.parametrize("lane", LANES)
def test_a_warm_one_is_taken_first(pooled: Pooled, lane: Lane) -> None:
    pooled.ready(lane)
    warm = pooled.ready(lane)
    warm.say(WARM)
    pooled.desk.loop.turn()
    taken = [pooled.pool.take(lane), pooled.pool.take(lane)]
    assert [line.spare for line in taken if line is not None] == [2, 1]


def test_lanes_do_not_mix(pooled: Pooled) -> None:
    pooled.pool.ask("process")
    pooled.ready("process")
    assert pooled.pool.take("interpreter") is None
    assert pooled.desk.needs() == ["process"]


def test_one_that_could_not_be_started_is_asked_for_again(pooled: Pooled) -> None:
    pooled.pool.ask("process")
    pooled.pool.lost("process")
    pooled.pool.ask("process")
    pooled.pool.lost("interpreter")
    pooled.pool.ask("process")
    assert pooled.desk.needs() == ["process", "process"]


def test_without_a_python_none_is_asked_for(tmp_path: Path) -> None:
    with desk() as made:
        pool = Pooled(made, tmp_path, problem="there is no Python").pool
        pool.ask("process")
        assert pool.take("process") is None
        assert made.sent == []


@pytest.mark.parametrize("lane", LANES)
def test_it_is_told_what_to_become(pooled: Pooled, lane: Lane, tmp_path: Path) -> None:
    pooled.pool.learn(("json", "decimal"))
    pooled.pool.learn(("decimal", "email"))
    (prepare,) = pooled.ready(lane).told()
    assert isinstance(prepare, Prepare)
    assert (prepare.root, prepare.lane, prepare.preload) == (str(tmp_path), lane, ("json", "decimal", "email"))
    assert prepare.marker == (pooled.marker.entry(1) if lane == "interpreter" else "")


def test_each_has_a_mark_of_its_own(pooled: Pooled) -> None:
    marks: set[str] = set()
    for _ in range(3):
        (prepare,) = pooled.ready("interpreter").told()
        assert isinstance(prepare, Prepare)
        marks.add(prepare.marker)
    assert len(marks) == 3


@pytest.mark.parametrize("lane", LANES)
def test_one_that_is_thrown_away_is_not_taken(pooled: Pooled, lane: Lane) -> None:
    far = pooled.ready(lane)
    line = pooled.pool.take(lane)
    assert line is not None
    pooled.pool.put_back(line)
    pooled.pool.discard(line)
    assert far.gone
    assert pooled.desk.dropped() == [far.serial]
    assert pooled.pool.take(lane) is None


def test_where_memory_is_short_none_is_kept(pooled: Pooled) -> None:
    fars = [pooled.ready(lane) for lane in LANES]
    pooled.pool.give_up()
    assert all(far.gone for far in fars)
    assert pooled.desk.dropped() == [1, 2]
    assert [pooled.pool.take(lane) for lane in LANES] == [None, None]


@pytest.mark.parametrize("lane", LANES)
def test_one_that_dies_before_it_is_warm(pooled: Pooled, lane: Lane) -> None:
    pooled.ready(lane).die()
    pooled.desk.loop.turn()
    assert [(spare, type(message)) for spare, message in pooled.heard] == [(1, LineEnded)]
    line = pooled.pool.take(lane)
    assert line is not None, "whoever hears of its end throws it away"
    pooled.pool.discard(line)
    assert pooled.desk.dropped() == [1]


def test_one_that_was_taken_and_not_used_is_next(pooled: Pooled) -> None:
    pooled.ready("process")
    first = pooled.pool.take("process")
    assert first is not None
    pooled.ready("process")
    pooled.pool.put_back(first)
    assert pooled.pool.take("process") is first
    assert pooled.pool.take("process") is not first


def test_a_lane_that_is_given_up(pooled: Pooled) -> None:
    waiting = pooled.ready("interpreter")
    pooled.pool.ask("process")
    pooled.pool.close_lane("interpreter")
    pooled.pool.close_lane("interpreter")
    late = pooled.ready("interpreter")
    assert waiting.gone
    assert late.gone
    assert pooled.desk.dropped() == [waiting.serial, late.serial]
    assert pooled.pool.take("interpreter") is None
    pooled.pool.ask("interpreter")
    assert pooled.desk.needs() == ["process"]
    pooled.ready("process")
    assert pooled.pool.take("process") is not None


@pytest.mark.parametrize("lane", LANES)
def test_one_that_is_ready_after_the_end(pooled: Pooled, lane: Lane) -> None:
    before = pooled.ready(lane)
    pooled.pool.close()
    after = pooled.ready(lane)
    pooled.pool.close()
    assert before.gone
    assert after.gone
    assert pooled.pool.take(lane) is None
    assert pooled.desk.needs() == []
    assert pooled.desk.dropped()[-1] == after.serial


def test_what_one_was_busy_with_is_known_when_it_does_not_end(pooled: Pooled) -> None:
    line = pooled.busy("a.py", "b.py", current="b.py::x[1::2]")
    pooled.pool.discard(line)
    assert list(pooled.pool.left) == []
    assert pooled.pool.left_behind(line.spare) == "b.py"
    assert pooled.pool.left_behind(line.spare) == "b.py", "told again, as after a restart"
    assert list(pooled.pool.left) == ["b.py"]
    pooled.pool.ended(line.spare)
    pooled.pool.ended(line.spare)
    assert list(pooled.pool.left) == []


def test_one_file_that_is_imported_is_what_it_is_busy_with(pooled: Pooled) -> None:
    line = pooled.busy("a.py")
    pooled.pool.discard(line)
    assert pooled.pool.left_behind(line.spare) == "a.py"


def test_of_several_files_that_are_imported_its_mark_tells(pooled: Pooled) -> None:
    line = pooled.busy("a.py", "b.py")
    Path(pooled.marker.entry(line.spare)).write_text("a.py\nb.py\n")
    pooled.pool.discard(line)
    pooled.marker.ended(line.spare)
    assert pooled.pool.left_behind(line.spare) == "b.py"


def test_one_that_an_earlier_runner_left(pooled: Pooled) -> None:
    Path(pooled.marker.entry(77)).write_text("a.py\n")
    assert pooled.pool.left_behind(77) == "a.py"
    assert pooled.pool.left_behind(78) == ""
    assert list(pooled.pool.left) == ["a.py", ""]


@pytest.mark.parametrize("files", [("a.py",), ()])
def test_one_whose_session_was_over_was_busy_with_nothing(pooled: Pooled, files: tuple[str, ...]) -> None:
    """A thread that a test left keeps it, perhaps: of which file, nobody knows."""
    line = pooled.busy(*files)
    line.completed, line.batch = line.batch, None
    pooled.pool.discard(line)
    assert pooled.pool.left_behind(line.spare) == ""


def test_two_with_the_same_file_are_enough(pooled: Pooled) -> None:
    first = pooled.busy("a.py", "b.py", current="a.py::x")
    second = pooled.busy("a.py", current="a.py::y")
    other = pooled.busy("b.py", current="b.py::y")
    pooled.pool.discard(first)
    pooled.pool.discard(other)
    assert list(pooled.pool.stuck) == []
    pooled.pool.discard(second)
    assert list(pooled.pool.stuck) == ["a.py"]
    pooled.pool.ended(first.spare)
    assert list(pooled.pool.stuck) == []


def test_one_that_was_still_becoming_warm_blames_nobody(pooled: Pooled) -> None:
    for _ in range(2):
        pooled.pool.discard(pooled.busy("a.py", warm=False))
    assert list(pooled.pool.stuck) == []
    assert pooled.pool.left_behind(1) == ""


def test_processes_are_not_waited_for(pooled: Pooled) -> None:
    """They are killed."""
    for _ in range(2):
        pooled.ready("process")
        line = pooled.pool.take("process")
        assert line is not None
        line.batch, line.warm = Batch("process", ("a.py",), ("a.py",)), WARM
        pooled.pool.discard(line)
    assert list(pooled.pool.stuck) == []
