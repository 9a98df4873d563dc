"""What somebody asked the engine for, and whether the answer is true."""

from dataclasses import dataclass, field
from typing import Protocol

from companion.messages import AgentName, RequestRun, RunFinished, RunTests


class Seen(Protocol):
    """When each file was saved, when the run began that tested it, and the one that ran each item."""

    saved: dict[str, int]
    tested: dict[str, int]
    ran: dict[str, int]
    up: set[AgentName]


@dataclass
class Wish:
    """A request: the generation it was accepted under (the last one told), and how it ended."""

    front: int
    request: RequestRun
    time: int
    generation: int = -1
    ends: list[RunFinished] = field(default_factory=list[RunFinished])
    stopped: bool = False

    @property
    def answered(self) -> bool:
        return any(not end.cancelled for end in self.ends)


def check(wish: Wish, end: RunFinished, world: Seen) -> None:
    """An answer is true: what was asked for was run after it was asked for."""
    if end.cancelled or end.problem or end.unfinished or wish.stopped:
        return
    match wish.request.scope:
        case "all" if not wish.request.pytest_args:
            assert all(world.tested[path] >= wish.time for path in world.saved), (wish, world.tested)
        case "changed" if not wish.request.pytest_args:
            known = [path for path in world.saved if world.saved[path] <= wish.time]
            assert "watcher" not in world.up or all(world.tested[p] >= world.saved[p] for p in known), wish
        case "items":
            assert all(world.ran.get(name, -1) >= wish.time for name in wish.request.arguments), (wish, world.ran)
        case _:
            pass


def ended(order: RunTests, unfinished: tuple[str, ...], problem: str, *, cancelled: bool) -> RunFinished:
    """The end of an order's run."""
    return RunFinished(
        order.generation, 0, 0, 0, 0, 0, 0.0, cancelled=cancelled, exit_code=0, unfinished=unfinished, problem=problem
    )
