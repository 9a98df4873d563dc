"""A toy suite and toy spares: what pytest sessions would say, so that a `Run` can be driven without any."""

from collections import defaultdict, deque
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Literal

from companion.core.board import file_of
from companion.messages import (
    Collected,
    FileFinished,
    ItemFinished,
    ItemStarted,
    Lane,
    Message,
    NeedsProcess,
    Outcome,
    Released,
    RunFinished,
    Selected,
    SessionFinished,
)  # fmt: skip
from companion.workers.running.memory import LaneMemory
from companion.workers.running.run import Batch, Run

type Kind = Literal["ok", "red", "fork", "differs", "kill", "hang"]
"""``differs`` fails in an interpreter, for no reason that it tells."""
type Trouble = Literal["", "error", "fork", "kill"]
"""What importing a file does."""


@dataclass
class Suite:
    """Files with their items; each item has its kind, each file its trouble."""

    items: dict[str, Kind]
    troubles: dict[str, Trouble] = field(default_factory=dict[str, Trouble])

    @property
    def files(self) -> list[str]:
        return sorted({*map(file_of, self.items), *self.troubles})

    def of(self, file: str) -> list[str]:
        return [node_id for node_id in self.items if file_of(node_id) == file]

    def asked_of(self, batch: Batch) -> tuple[list[str], list[str]]:
        """Files that a session with these arguments imports, and items that it keeps."""
        files, items = self.found_by(batch)
        return files, [i for i in items if i not in (*batch.deselect, *batch.unaffected)]

    def found_by(self, batch: Batch) -> tuple[list[str], list[str]]:
        """Files that a session with these arguments imports, and items that it finds."""
        named = [a for a in batch.arguments if not a.startswith("-")] or list(batch.only)
        ignored = batch.left_out
        files = [f for f in self.files if (not named or f in map(file_of, named)) and f not in ignored]
        whole = {a for a in named if "::" not in a}
        items = [i for f in files for i in self.of(f) if not named or f in whole or i in named]
        return files, items


def finished(node_id: str, outcome: Outcome, lane: Lane = "process") -> ItemFinished:
    report = "assert 0" if outcome == "failed" else ""
    return ItemFinished(1, node_id, outcome, 0.0, lane, "", file_of(node_id), 1, (), report, ())


def collected(*items: str) -> Collected:
    return Collected(1, items, ("test_*.py",), (), 0)


def session(exit_code: int = 0, problem: str = "") -> SessionFinished:
    return SessionFinished(1, exit_code, 0.0, (), (), (), problem)


type Asked = deque[tuple[str, ...]]
"""Files that a session is to release."""


def spare(suite: Suite, batch: Batch, asked: Asked | None = None) -> Iterator[Message | None]:
    """What a session says, one message at a time; None: the spare dies here."""
    lane = batch.lane
    asked = deque() if asked is None else asked
    files, items = suite.asked_of(batch)
    left = {i for i in suite.found_by(batch)[1] if i not in items}
    for file in files:
        match suite.troubles.get(file, ""):
            case "kill":
                yield None
            case "error":
                items = [i for i in items if file_of(i) != file]
                left = {i for i in left if file_of(i) != file}
                yield finished(file, "error", lane)
            case "fork" if lane == "interpreter":
                items = [i for i in items if file_of(i) != file]
                yield NeedsProcess(file, "fork not supported for isolated subinterpreters")
                yield finished(file, "error", lane)
            case _:
                pass
    yield replace(collected(*items), left=tuple(i for i in suite.items if i in left))
    for number, node_id in enumerate(items):  # others may leave it meanwhile
        yield ItemStarted(1, node_id, f"lib/{file_of(node_id)}", number + 5)
        yield from said_of(node_id, suite.items[node_id], lane)
        while asked:
            yield released(items, number, asked.popleft())
    yield session()


def said_of(node_id: str, kind: Kind, lane: Lane) -> Iterator[Message | None]:
    """What is said of one item once it runs."""
    if kind in ("kill", "hang"):
        yield None
    if kind == "fork" and lane == "interpreter":
        yield NeedsProcess(node_id, "fork not supported for isolated subinterpreters")
    red = kind == "red" or (kind in ("fork", "differs") and lane == "interpreter")
    yield finished(node_id, "failed" if red else "passed", lane)


def released(items: list[str], number: int, files: tuple[str, ...]) -> Released:
    """As the plugin does it: whole files that have not begun, nor are the next one's."""
    begun = set(map(file_of, items[: number + 2]))
    gone = tuple(item for item in items if file_of(item) in files and file_of(item) not in begun)
    items[:] = [item for item in items if item not in gone]
    return Released(gone)


class Driver:
    """Does what the runner does with a `Run`: two spares at once, messages in the order that ``pick`` wants."""

    def __init__(self, suite: Suite, batches: list[Batch], lanes: LaneMemory | None = None) -> None:
        self.suite = suite
        self.told: list[Message] = []
        self.lanes = lanes or LaneMemory()
        self.run = Run(1, batches, at_once=2, reasons={"": "all"}, lanes=self.lanes, emit=self.told.append)
        self.spares: dict[int, Iterator[Message | None]] = {}
        self.asked: defaultdict[int, Asked] = defaultdict(deque)
        self.end: RunFinished | None = None

    def start(self) -> None:
        """Give waiting batches to spares."""
        for batch in self.run.queue[: max(0, 2 - len(self.run.active))]:
            self.run.started(batch)
            self.spares[batch.serial] = spare(self.suite, batch, self.asked[batch.serial])

    def steal(self, batch: Batch, files: tuple[str, ...]) -> None:
        """Somebody is free to take these over; asked for one at a time."""
        if not self.asked[batch.serial]:
            self.asked[batch.serial].append(files)

    def advance(self, batch: Batch) -> None:
        """The next message of this batch's spare."""
        message = next(self.spares[batch.serial])
        if message is None and batch.current and self.suite.items[batch.current] == "hang":
            self.run.hung(batch, 60.0)
        elif message is None:
            self.run.lost(batch, "signal SIGKILL")
        else:
            self.hear(batch, message)

    def hear(self, batch: Batch, message: Message) -> None:
        match message:
            case Collected():
                self.run.collected(batch, message)
            case ItemStarted():
                batch.current, batch.place = message.id, (message.path, message.line)
                self.run.still_running(batch, message)
            case ItemFinished():
                self.run.item_finished(batch, message)
                if batch.all_finished and not batch.repeat:
                    self.run.complete(batch)
                elif self.run.cancelled:
                    self.run.session_finished(batch, session(2))
            case NeedsProcess():
                self.run.needs_process(batch, message)
            case Released():
                self.run.released(batch, message.items)
            case SessionFinished():
                self.run.session_finished(batch, message)
            case _:
                raise AssertionError(message)

    def play(self) -> RunFinished:
        """To the end, without any accident."""
        for _ in range(10_000):
            self.start()
            if self.run.done:
                break
            self.advance(self.run.active[0])
        return self.finish()

    def finish(self) -> RunFinished:
        assert self.run.done
        self.end = self.run.finished(0.5)
        return self.end

    def shown(self) -> dict[str, list[Outcome]]:
        outcomes: dict[str, list[Outcome]] = {}
        for message in self.told:
            if isinstance(message, ItemFinished):
                outcomes.setdefault(message.id, []).append(message.outcome)
        return outcomes

    def told_files(self) -> dict[str, tuple[str, ...]]:
        return {m.path: m.items for m in self.told if isinstance(m, FileFinished)}

    def selected(self) -> list[str]:
        return [item.id for m in self.told if isinstance(m, Selected) for item in m.items]


def begun(*batches: Batch, lanes: LaneMemory | None = None) -> tuple[Run, list[object]]:
    """A run whose batches have their spares, and what it tells."""
    told: list[object] = []
    memory = LaneMemory() if lanes is None else lanes
    run = Run(
        1, list(batches), reasons={"": "all", "a.py": "changed"}, lanes=memory, left_out=(5, 2), emit=told.append
    )
    for batch in batches:
        run.started(batch)
    return run, told


def ids(told: list[object]) -> list[str]:
    return [m.id for m in told if isinstance(m, ItemFinished)]
