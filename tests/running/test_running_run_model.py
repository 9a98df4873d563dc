"""Whatever spares do: in the end each item was shown once, or its file is named as unfinished."""

from random import Random

import pytest
from runkit import Driver, Kind, Suite, Trouble

from companion.core.board import file_of
from companion.messages import EVERYTHING, FileFinished, ItemFinished, ItemStarted, Lane, NeedsProcess, Selected
from companion.workers.running.run import Batch

KINDS: tuple[Kind, ...] = ("ok", "ok", "ok", "ok", "red", "fork", "kill", "hang")
TROUBLES: tuple[Trouble, ...] = ("", "", "", "", "", "", "error", "fork", "kill")


def any_suite(random: Random) -> Suite:
    items: dict[str, Kind] = {}
    troubles: dict[str, Trouble] = {}
    for number in range(random.randint(1, 4)):
        file = f"test_{number}.py"
        for name in "xyz"[: random.randint(1, 3)]:
            items[f"{file}::{name}"] = random.choice(KINDS)
        troubles[file] = random.choice(TROUBLES)
    return Suite(items, troubles)


def any_batches(random: Random, suite: Suite) -> list[Batch]:
    lane: Lane = random.choice(["interpreter", "process"])
    match random.choice(["all", "some", "apart", "split", "ids"]):
        case "all":
            return [Batch(lane, ())]
        case "some":
            files = tuple(random.sample(suite.files, random.randint(1, len(suite.files))))
            return [Batch(lane, files, files)]
        case "apart":
            moved = tuple(random.sample(suite.files, 1))
            return [Batch("interpreter", (), left_out=moved), Batch("process", (), moved, walks=True)]
        case "split":
            whole = random.choice([Batch(lane, ()), Batch(lane, tuple(suite.files), tuple(suite.files))])
            parts = [tuple(file for file in suite.files if int(file[5]) % 3 == number) for number in range(3)]
            return whole.split([part for part in parts if part])
        case _:
            ids = tuple(random.sample(list(suite.items), random.randint(1, min(4, len(suite.items)))))
            return [Batch(lane, ids, tuple(dict.fromkeys(map(file_of, ids))), whole=False)]


def wanted(suite: Suite, batches: list[Batch]) -> set[str]:
    return {item for batch in batches for item in suite.asked_of(batch)[1]}


def drive(random: Random, driver: Driver, accidents: float, thefts: float = 0.0) -> None:
    """To the end, with spares that die for no reason, or leave what they have to another, and a cancellation."""
    for step in range(2_000):
        driver.start()
        assert not (driver.run.cancelled and driver.run.queue)
        if driver.run.done:
            return
        batch = random.choice(driver.run.active)
        chance = random.random() / accidents if accidents and step < 100 else 1.0
        if chance < 0.3:
            driver.run.lost(batch, "signal SIGKILL")
        elif chance < 0.5:
            driver.run.cancel()
        elif chance < 0.6 and batch.lane == "interpreter" and batch.collected is None:
            driver.hear(batch, NeedsProcess(".", "fork not supported for isolated subinterpreters"))
        elif random.random() < thefts:
            files = driver.suite.files
            driver.steal(batch, tuple(random.sample(files, random.randint(1, len(files)))))
        else:
            driver.advance(batch)
    raise AssertionError("the run does not end")


def check(driver: Driver, wanted: set[str]) -> None:
    end = driver.finish()
    shown, suite = driver.shown(), driver.suite
    unfinished = set(end.unfinished)
    for item in wanted:
        file = file_of(item)
        assert item in shown or file in shown or {file, EVERYTHING} & unfinished, item
        assert len(shown.get(item, [])) <= 1, item
    for path, items in driver.told_files().items():
        assert set(items) == set(suite.of(path)) or items == (path,), path
        assert path not in unfinished
    kinds = [type(message) for message in driver.told if not isinstance(message, FileFinished)]
    results = sum(kind in (ItemStarted, ItemFinished) for kind in kinds)
    assert kinds.count(Selected) == 1 or (end.cancelled and not results)
    assert not kinds or kinds[0] is Selected
    selected = set(driver.selected())
    assert all(item in selected or file_of(item) in selected or item in suite.files for item in shown)
    outcomes = [outcomes[-1] for outcomes in shown.values()]
    counted = outcomes.count("passed"), outcomes.count("failed"), outcomes.count("error")
    assert (end.passed, end.failed, end.errors) == counted
    if not end.cancelled and all(batch.whole for batch in driver.run.queue):
        assert not end.unfinished or end.problem


@pytest.mark.parametrize("thefts", [0.0, 0.3])
@pytest.mark.parametrize("accidents", [0.0, 0.2, 0.5])
@pytest.mark.parametrize("seed", range(10))
def test_nothing_is_lost(seed: int, accidents: float, thefts: float) -> None:
    for number in range(60):
        random = Random(f"{seed} {number}")
        suite = any_suite(random)
        batches = any_batches(random, suite)
        items = wanted(suite, batches)
        driver = Driver(suite, batches)
        try:
            drive(random, driver, accidents, thefts)
            check(driver, items)
        except AssertionError as error:
            error.add_note(f"{number}: {suite}, {driver.end}")
            error.add_note("\n".join(map(str, driver.told)))
            raise


@pytest.mark.parametrize("seed", range(10))
def test_without_accidents_every_file_is_told_whole(seed: int) -> None:
    """Else it would not be selected when something it imports changes."""
    for number in range(60):
        random = Random(f"{seed} {number}")
        suite = any_suite(random)
        driver = Driver(suite, [Batch("interpreter", tuple(suite.files), tuple(suite.files))])
        end = driver.play()
        assert set(driver.told_files()) == set(suite.files), (suite, end)
        assert end.unfinished == ()


@pytest.mark.parametrize("seed", range(10))
def test_what_is_taken_over_is_told_whole(seed: int) -> None:
    """By whoever runs it, and it is shown once."""
    for number in range(60):
        random = Random(f"{seed} {number}")
        suite = any_suite(random)
        suite.items = dict.fromkeys(suite.items, "ok")
        suite.troubles = {}
        batches = [Batch("process", ())]
        driver = Driver(suite, batches)
        drive(random, driver, 0.0, 0.6)
        end = driver.finish()
        assert end.unfinished == ()
        assert set(driver.told_files()) == set(suite.files)
        assert driver.shown() == {item: ["passed"] for item in suite.items}
        assert end.selected == end.passed == len(suite.items)
