"""What somebody asked the engine for, and whether the answer is true."""

from dataclasses import dataclass, field
from typing import Protocol

from companion.core.pending import narrows
from companion.messages import AgentName, RequestRun, RunFinished, RunTests


class Seen(Protocol):
    """When each file was saved, and when the run began that tested it, or ran an item with these arguments."""

    saved: dict[str, int]
    tested: dict[str, int]
    ran: dict[tuple[str, tuple[str, ...]], int]
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


def of_changes(request: RequestRun) -> bool:
    """Whether this asks for all that changed, or everything, and not for an order of its own."""
    return request.scope == "changed" or (request.scope == "all" and not narrows(request.pytest_args))


def check(wish: Wish, end: RunFinished, order: RunTests | None, world: Seen) -> None:
    """An answer is true: what was asked for was run after it was asked for; ``order`` is the one that ended."""
    if end.cancelled or wish.stopped:
        return
    if order is not None:
        check_arguments(wish.request, order)
    own = wish.request.pytest_args
    if end.problem or ("-x" in own and end.unfinished):
        return
    match wish.request.scope:
        case "all":
            assert all(world.ran.get((path, own), -1) >= wish.time for path in world.saved), (wish, world.ran)
        case "changed":
            known = [path for path in world.saved if world.saved[path] <= wish.time]
            tested = {path: max(world.tested[path], world.ran.get((path, own), -1)) for path in known}
            assert "watcher" not in world.up or all(tested[p] >= world.saved[p] for p in known), (wish, tested)
        case "items":
            assert all(world.ran.get((i, own), -1) >= wish.time for i in wish.request.arguments), (wish, world.ran)
        case _:
            pass


def check_arguments(request: RequestRun, order: RunTests) -> None:
    """Nobody is answered by a run with somebody else's arguments; one without any will do for what changed."""
    own = request.pytest_args
    assert order.pytest_args == own or not narrows(order.pytest_args), (request, order)
    assert order.pytest_args in ({own, ()} if request.scope == "changed" else {own}), (request, order)


def ended(order: RunTests, unfinished: tuple[str, ...], problem: str, *, cancelled: bool) -> RunFinished:
    """The end of an order's run."""
    return RunFinished(
        order.generation, 0, 0, 0, 0, 0, 0.0, cancelled=cancelled, exit_code=0, unfinished=unfinished, problem=problem
    )
