"""Whatever happens in whatever order: nothing that changed stays untested, and nobody who asked waits for ever.

Random walks through a toy world (`enginemodel`): pure, so that thousands of them take seconds. A walk that fails says
what it did.
"""

from collections.abc import Callable
from random import Random

import pytest
from enginemodel import FRONTS, PATHS, World

from companion.messages import AgentName, Pause, Resume, Scope, StopRun

WALKS, STEPS = 60, 50
AGENTS: tuple[AgentName, ...] = ("runner", "watcher", "refactorer")
type Move = tuple[str, Callable[[World], None]]


def some_paths(random: Random) -> list[str]:
    return random.sample(PATHS, random.randint(1, 2))


def any_move(random: Random) -> Move:
    """Something that may happen next, with words for it."""
    front, path, paths = random.choice(FRONTS), random.choice(PATHS), some_paths(random)
    agent = random.choice(AGENTS)
    args = random.choice([(), (), (), ("-x",), ("-k", "x"), ("-k", "y")])
    scope: Scope = random.choice(("changed", "changed", "all"))
    other: Scope = random.choice(("paths", "name"))
    items = tuple(f"{path}::x" for path in paths)
    message = random.choice([StopRun(), StopRun(), Pause(), Resume()])
    moves: list[Move] = [
        (f"save {paths}", lambda w: w.save(*paths)),
        (f"save {paths}", lambda w: w.save(*paths)),
        (f"front {front} asks for {scope} {args}", lambda w: w.ask(front, scope, (), args)),
        (f"front {front} asks for {items} {args}", lambda w: w.ask(front, "items", items, args)),
        (f"front {front} asks for {other} {path} {args}", lambda w: w.ask(front, other, (path,), args)),
        (f"{message}", lambda w: w.say(front, message)),
        (f"front {front} leaves", lambda w: w.leave(front)),
        (
            f"only {front} comes, for {scope} {args}",
            lambda w: w.come_to_ask(front, scope, args, lambda: w.save(path)),
        ),
        (f"{agent} crashes", lambda w: w.crash(agent) if agent in w.up else None),
        (f"{agent} starts", lambda w: w.start(agent)),
        ("something is red", lambda w: w.work(red=True)),
        ("the runner cannot run", lambda w: w.work(problem="there is no pytest")),
        *[("work", World.work)] * 8,
    ]
    return random.choice(moves)


def walk(seed: str) -> None:
    random, world = Random(seed), World()
    done: list[str] = []
    for agent in random.sample(AGENTS, random.randint(0, 3)):
        done.append(f"{agent} starts")
        world.start(agent)
    try:
        for _ in range(random.randint(1, STEPS)):
            words, move = any_move(random)
            done.append(words)
            move(world)
        world.settle()
    except AssertionError as error:
        error.add_note("\n".join(["", *done]))
        raise


@pytest.mark.parametrize("batch", range(25))
def test_nothing_is_lost_and_nobody_waits_for_ever(batch: int) -> None:
    for number in range(WALKS):
        walk(f"{batch} {number}")


@pytest.mark.parametrize("order", [("runner", "watcher"), ("watcher", "runner")])
def test_a_runner_given_up_answers_everybody(order: tuple[AgentName, ...]) -> None:
    world = World()
    world.ask(1, "changed")
    for agent in order:
        world.start(agent)
    world.ask(2, "items", ("a.py::x",))
    world.crash("runner", final=True)
    world.ask(1, "all")
    assert [[end.problem for end in wish.ends if end.problem] != [] for wish in world.wishes] == [True] * 3
    assert world.running is None
