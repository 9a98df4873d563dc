"""A session that is begun ahead: which spare gets it, when it is taken, and when it is thrown away."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from sparekit import WARM, Desk, Far, config, desk, project

from companion.config import Config
from companion.messages import FileChange, Foresee, Message, Outdated, RunItems, RunTests, Warm
from companion.store.marker import Marker
from companion.workers.running.foreseen import IN_VAIN, REST, Foreseen
from companion.workers.running.line import Line
from companion.workers.running.pool import Pool

ORDER = RunItems(1, ("test_a.py",), (), 60.0)
GUESS = Foresee(0, ("test_a.py",), (), 60.0, edited="a.py")
AGES = 1000.0


def saved(*paths: str) -> RunTests:
    return RunTests(1, "changed", tuple(FileChange(path, "modified", "1", "2", (), None) for path in paths), (), ())


class Ahead:
    """What is foreseen, with a pool whose host does what a test wants."""

    def __init__(self, desk: Desk, options: Config) -> None:
        self.desk = desk
        self.fars: list[Far] = []
        self.pool = Pool(desk, options, project(), Marker(options.root), self.hear)
        self.foreseen = Foreseen(desk.loop, options, self.pool, self.pool.discard)

    def hear(self, line: Line, message: Message) -> None:
        if self.foreseen.owns(line):
            self.foreseen.hear(message)
        elif isinstance(message, Warm):
            line.warm = message
            self.foreseen.ready()

    def spare(self, *, warm: bool = True) -> Far:
        """One that waits."""
        far = Far(len(self.fars) + 1)
        self.fars.append(far)
        self.pool.ready(far.ready)
        far.told()
        if warm:
            self.say(far, WARM)
        return far

    def say(self, far: Far, message: Message) -> None:
        far.say(message)
        self.desk.loop.turn()

    def ran(self, *paths: str, order: RunItems = ORDER) -> Line | None:
        """A run after these saves, which gives this order; what was foreseen answers it, or nothing."""
        self.foreseen.began(saved(*paths))
        return self.foreseen.take(order)


def guesses(far: Far) -> list[Message]:
    """What it was told to begin with, wherever it notes what is written."""
    return [replace(message, ledger="") if isinstance(message, Foresee) else message for message in far.told()]


@pytest.fixture
def ahead(tmp_path: Path) -> Iterator[Ahead]:
    with desk() as made:
        yield from opened(made, replace(config(tmp_path), lane="auto"))


def opened(made: Desk, options: Config) -> Iterator[Ahead]:
    Path(options.root, ".companion").mkdir()
    ahead = Ahead(made, options)
    yield ahead
    ahead.foreseen.stop()
    ahead.pool.close()
    for far in ahead.fars:
        far.die()


def begun(ahead: Ahead) -> Far:
    """A spare that has begun."""
    ahead.ran("a.py")
    far = ahead.spare()
    ahead.foreseen.begin()
    assert guesses(far) == [GUESS]
    return far


def test_the_next_save_of_the_same_file_finds_its_session(ahead: Ahead) -> None:
    far = begun(ahead)
    line = ahead.ran("a.py", order=replace(ORDER, generation=2))
    assert line is not None
    assert line.spare == far.serial
    assert not ahead.foreseen.owns(line)
    ahead.desk.loop.advance(AGES)
    assert ahead.desk.dropped() == []
    line.close()


def test_a_spare_that_is_not_warm_yet_begins_when_it_is(ahead: Ahead) -> None:
    ahead.ran("a.py")
    far = ahead.spare(warm=False)
    ahead.foreseen.begin()
    assert far.told() == []
    ahead.say(far, WARM)
    assert guesses(far) == [GUESS]


def test_without_a_spare_one_is_asked_for(ahead: Ahead) -> None:
    ahead.ran("a.py")
    ahead.foreseen.begin()
    assert ahead.desk.needs() == ["process"]
    assert guesses(ahead.spare()) == [GUESS]


def test_a_run_that_begins_first_has_all_spares_for_itself(ahead: Ahead) -> None:
    ahead.ran("a.py")
    ahead.foreseen.begin()
    ahead.ran("b.py")
    assert ahead.spare().told() == []


@pytest.mark.parametrize("paths", [("b.py",), ("a.py", "b.py")])
def test_another_change_makes_it_useless(paths: tuple[str, ...], ahead: Ahead) -> None:
    far = begun(ahead)
    assert ahead.ran(*paths) is None
    assert ahead.desk.dropped() == [far.serial]
    assert far.gone


def test_it_outlives_a_run_of_something_else_without_changes(ahead: Ahead) -> None:
    begun(ahead)
    assert ahead.ran(order=replace(ORDER, arguments=("test_b.py",))) is None
    line = ahead.ran("a.py")
    assert line is not None
    line.close()


def test_only_one_is_begun(ahead: Ahead) -> None:
    begun(ahead)
    other = ahead.spare()
    ahead.foreseen.begin()
    assert other.told() == []


def test_it_does_not_wait_for_ever(ahead: Ahead) -> None:
    far = begun(ahead)
    ahead.desk.loop.advance(AGES)
    assert ahead.desk.dropped() == [far.serial]
    assert ahead.ran("a.py") is None


@pytest.mark.parametrize("how", ["ends", "stands back"])
def test_a_session_that_is_given_up_is_forgotten(how: str, ahead: Ahead) -> None:
    far = begun(ahead)
    if how == "ends":
        far.die()
        ahead.desk.loop.turn()
    else:
        ahead.say(far, Outdated())
    assert ahead.desk.dropped() == [far.serial]
    assert ahead.ran("a.py") is None


def test_what_gives_itself_up_again_and_again_is_left_alone_for_a_while(ahead: Ahead) -> None:
    for _ in range(IN_VAIN):
        begun(ahead).die()
        ahead.desk.loop.turn()
    far = ahead.spare()
    for _ in range(REST - 1):
        ahead.ran("a.py")
        ahead.foreseen.begin()
        assert far.told() == []
    ahead.ran("a.py")
    ahead.foreseen.begin()
    assert [type(message) for message in far.told()] == [Foresee]


def test_who_goes_from_file_to_file_has_none_begun(ahead: Ahead) -> None:
    ahead.ran("a.py")
    ahead.ran("b.py")
    far = ahead.spare()
    ahead.foreseen.begin()
    assert far.told() == []
    ahead.ran("b.py")
    ahead.foreseen.begin()
    assert guesses(far) == [replace(GUESS, edited="b.py")]


def test_files_that_reach_outside_are_not_begun(ahead: Ahead) -> None:
    ahead.foreseen.reached("test_a.py")
    ahead.ran("a.py")
    far = ahead.spare()
    ahead.foreseen.begin()
    assert far.told() == []


@pytest.mark.parametrize("options", [{"foresight": 0.0}, {"lane": "interpreter"}, {"lanes": (("*", "interpreter"),)}])
def test_who_wants_none_has_none(options: dict[str, object], tmp_path: Path) -> None:
    with desk() as made:
        for ahead in opened(made, replace(config(tmp_path), **{"lane": "auto", **options})):  # type: ignore[arg-type]
            ahead.ran("a.py")
            far = ahead.spare()
            ahead.foreseen.begin()
            assert far.told() == []
