"""Whatever happens to a runner, in the end people see what a fresh run of everything would show."""

from pathlib import Path
from random import Random
from typing import Literal

import pytest
from runkit import Kind, Suite
from sparekit import desk
from walkkit import World

from companion.core.board import file_of
from companion.messages import Outcome

KINDS: tuple[Kind, ...] = ("ok", "ok", "ok", "ok", "ok", "red", "fork", "differs", "kill", "hang")


def any_suite(random: Random) -> Suite:
    names = [f"test_{file}.py::{item}" for file in "abcdef"[: random.randint(1, 6)] for item in "xyz"]
    quiet = random.random() < 0.5
    return Suite({name: "ok" if quiet and random.random() < 0.8 else random.choice(KINDS) for name in names})


def truth(suite: Suite) -> dict[str, Outcome]:
    """What plain pytest shows, were it not for those that end or hold its process."""
    return {item: "failed" if kind in ("red", "kill", "hang") else "passed" for item, kind in suite.items.items()}


def accident(random: Random, world: World) -> None:
    match random.choice(["kill", "cancel", "lost", "wait", "late"]):
        case "kill" if world.fars:
            world.kill(random.choice(list(world.fars)))
        case "cancel" if world.running:
            world.cancel()
        case "lost" if world.needed:
            world.start(lost=True)
        case "wait":
            world.wait(random.random())
        case "late":
            world.wait(25.0)
        case _:
            pass


def save(random: Random, world: World) -> None:
    files = random.sample(world.suite.files, random.randint(0, len(world.suite.files)))
    for file in files:
        for item in world.suite.of(file):
            world.suite.items[item] = random.choice(KINDS)
    world.order("changed", *map(world.edit, files))


def walk(random: Random, world: World, accidents: float) -> None:
    world.order("all")
    for _ in range(250):
        if random.random() < accidents:
            accident(random, world)
        elif not world.running and random.random() < 0.2:
            save(random, world)
        else:
            world.go(random)


@pytest.mark.parametrize("lane", ["auto", "interpreter"])
@pytest.mark.parametrize("accidents", [0.0, 0.1, 0.3])
@pytest.mark.parametrize("seed", range(6))
def test_in_the_end_everything_is_shown(
    tmp_path: Path, seed: int, accidents: float, lane: Literal["auto", "interpreter"]
) -> None:
    for number in range(3):
        random = Random(f"{seed} {number} {accidents}")
        suite = any_suite(random)
        root = tmp_path / str(number)
        root.mkdir()
        with desk() as made, World(made, root, suite, lane) as world:
            walk(random, world, accidents)
            world.finish(random)
            world.order("all")
            world.finish(random)
            assert world.outcomes() == truth(suite), (number, suite)
            assert world.ended[-1].unfinished == ()
            assert world.ended[-1].selected == len(suite.items)
            world.settle(random)
            world.order("all")
            world.finish(random)
            assert world.outcomes() == truth(suite), "as well after all that was tried"
            check_lanes(world)


def check_lanes(world: World) -> None:
    """What a process alone shows right is not in an interpreter; what does not end there is shown till then."""
    for item, result in world.board.results.items():
        kinds = {world.suite.items[other] for other in world.suite.of(file_of(item))}
        assert result.lane == "process" or kinds & {"kill", "hang"} or not kinds & {"fork", "differs"}, item


@pytest.mark.parametrize("seed", range(4))
def test_a_green_suite_ends_in_interpreters(tmp_path: Path, seed: int) -> None:
    random = Random(seed)
    suite = Suite({f"test_{file}.py::{item}": "ok" for file in "abcdefgh" for item in "xyz"})
    suite.items["test_c.py::y"] = "fork"
    suite.items["test_d.py::y"] = "differs"
    with desk() as made, World(made, tmp_path, suite, "auto") as world:
        world.order("all")
        world.finish(random)
        assert {result.lane for result in world.board.results.values()} == {"process"}
        world.settle(random)
        world.order("all")
        world.finish(random)
        lanes = {file_of(item): result.lane for item, result in world.board.results.items()}
        in_process = {file for file, lane in lanes.items() if lane == "process"}
        assert in_process == {"test_c.py", "test_d.py"}
        world.order("changed", world.edit("test_a.py"))
        world.finish(random)
        assert world.board.results["test_a.py::x"].lane == "process", "it is another file now"
