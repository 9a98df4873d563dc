"""`selecting`: how long it takes to know what an edit touches, in projects of many modules and many tests."""

import random
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.effort import Effort
from benchmarks.figures import duration, median, megabytes
from benchmarks.report import Asked, Report, Table
from benchmarks.sandbox import sandbox
from companion.core.impact.source import analyse
from companion.core.text import content_hash
from companion.messages import FileChange
from companion.store.database import Database
from companion.store.records import ItemRecord, Records
from companion.workers.running.impact.impact import Impact
from companion.workers.running.sources import Sources, SuiteFacts

SIZES = ((500, 200), (5_000, 2_000), (20_000, 5_000), (100_000, 20_000))
"""Items and modules."""
DEPENDENCIES = 200
"""Functions that an item executes."""
FUNCTIONS = 12
"""Of each module."""
A_FILE = 20
"""Items of each test file."""
IMPORTS = 60
"""Modules that a test file imports, those imported by others included."""
ROUNDS = 15
ASKED = 0.020
OPENING = 0.050
NOTES = (
    f"""Made projects: modules of {FUNCTIONS} functions, test files of {A_FILE} items; each file imports {IMPORTS}
modules, and an item executes {DEPENDENCIES} functions of these. Seconds from a changed file on the disk to the items
and their reasons (reading and comparing the file, asking the store, remembering what has yet to run), the median of
some edits of each kind, each of another module. "Open" is the start of a fresh runner's selection on that store.""",
)


@dataclass(frozen=True, slots=True)
class Made:
    """A project on the disk, its store full."""

    root: Path
    modules: tuple[str, ...]
    seconds: float


@dataclass(frozen=True, slots=True)
class Row:
    """Of one size: seconds by kind of edit, items selected, bytes of the store."""

    items: int
    modules: int
    seconds: dict[str, float]
    selected: dict[str, float]
    opening: float
    size: int


def run(effort: Effort) -> Report:
    """See the module."""
    sizes = [size for size in SIZES if effort.share >= 1 or size[0] <= 20_000]
    rows = [_measured(items, modules, effort.rounds(ROUNDS)) for items, modules in sizes]
    head = ("items, modules", "store", "open", *EDITS)
    cells = [
        (f"{row.items:,}, {row.modules:,}", megabytes(row.size), *map(duration, (row.opening, *row.seconds.values())))
        for row in rows
    ]
    asked = next(row for row in rows if row.items == 5_000)
    counts = [(f"{row.items:,}", *(f"{number:g}" for number in row.selected.values())) for row in rows]
    return Report(
        "selecting", "What an edit touches", NOTES,
        (Table("Seconds", head, tuple(cells)), Table("Items selected, median", ("items", *EDITS), tuple(counts))),
        (
            *(
                Asked(f"5,000 items: {kind}", duration(ASKED), duration(seconds), seconds <= ASKED)
                for kind, seconds in asked.seconds.items()
            ),
            Asked("5,000 items: opening", duration(OPENING), duration(asked.opening), asked.opening <= OPENING),
        ),
    )  # fmt: skip


def text_of(number: int, *, body: int = 1, constant: int = 1, more: str = "") -> str:
    """A module; its first function's body and its constant are as given."""
    functions = [
        f"def f{number}_{at}(x):\n    total = x + {body if at == 0 else at}\n    for one in range(3):\n"
        f"        total += one * LIMIT_{number}\n    return total\n"
        for at in range(FUNCTIONS)
    ]
    return f"LIMIT_{number} = {constant}\n\n\n{more}" + "\n\n".join(functions)


EDITS: dict[str, Callable[[int], str]] = {
    "a comment": lambda number: "# seen\n" + text_of(number),
    "a body": lambda number: text_of(number, body=2),
    "a constant": lambda number: text_of(number, constant=2),
    "a new function": lambda number: text_of(number, more="def more():\n    return 1\n\n\n"),
    "the top level": lambda number: text_of(number, more="print()\n\n\n"),
}


def _measured(items: int, modules: int, rounds: int) -> Row:
    with _made(items, modules) as made:
        seconds: dict[str, list[float]] = {kind: [] for kind in EDITS}
        selected: dict[str, list[float]] = {kind: [] for kind in EDITS}
        opening, impact = _opened(made.root)
        chance = random.Random(1)
        for kind, edit in EDITS.items():
            for number in chance.sample(range(modules), rounds):
                took, number_of_items = _edited(impact, made, number, edit(number))
                seconds[kind].append(took)
                selected[kind].append(number_of_items)
        impact.close()
        size = sum(path.stat().st_size for path in (made.root / ".companion").iterdir())
        return Row(
            items, modules, {kind: median(of) for kind, of in seconds.items()},
            {kind: median(of) for kind, of in selected.items()}, opening, size,
        )  # fmt: skip


def _opened(root: Path) -> tuple[float, Impact]:
    begun = time.perf_counter()
    impact = Impact(str(root), SuiteFacts(), Sources(str(root)))
    impact.records.whole()
    return time.perf_counter() - begun, impact


def _edited(impact: Impact, made: Made, number: int, text: str) -> tuple[float, int]:
    """Seconds, and how many items; the file and the store are as before afterwards."""
    path = made.modules[number]
    before = (made.root / path).read_text("utf-8")
    (made.root / path).write_text(text, "utf-8")
    change = FileChange(path, "modified", content_hash(before.encode()), content_hash(text.encode()), (), None)
    begun = time.perf_counter()
    chosen = impact.take([change])
    took = time.perf_counter() - begun
    (made.root / path).write_text(before, "utf-8")
    impact.take([FileChange(path, "modified", change.hash, change.base, (), None)])
    impact.records.forget_stale({test: list(names) for test, names in impact.records.stale().items()})
    return took, sum(len(of.items or ()) if of.items is not None else A_FILE for of in chosen.values())


@contextmanager
def _made(items: int, modules: int) -> Generator[Made]:
    chance = random.Random(0)
    with sandbox() as root:
        begun = time.perf_counter()
        (root / ".companion").mkdir()
        names = tuple(f"app/p{number % 100}/m{number}.py" for number in range(modules))
        database = Database(str(root), "state.db")
        records = Records(database)
        impact = Impact(str(root), SuiteFacts(), Sources(str(root)), database)
        for number, name in enumerate(names):
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            text = text_of(number)
            (root / name).write_text(text, "utf-8")
            impact.known.tell(name, content_hash(text.encode()), analyse(text))
        for file in range(items // A_FILE):
            _record(records, impact, chance, names, f"tests/test_{file}.py")
        database.close()
        yield Made(root, names, time.perf_counter() - begun)


def _record(records: Records, impact: Impact, chance: random.Random, names: tuple[str, ...], test: str) -> None:
    """Modules that are near each other are imported together."""
    first = chance.randrange(len(names))
    near = [names[(first + step) % len(names)] for step in range(IMPORTS)]
    parts = [
        (path, part.key, part.fingerprint)
        for path in near
        if (source := impact.known.source(path)) is not None
        for part in source.parts.values()
        if part.kind == "body"
    ]
    numbers = [*records.numbers_of(parts).values()]
    found = [
        ItemRecord(f"{test}::test_{at}", frozenset(chance.sample(numbers, min(DEPENDENCIES, len(numbers)))))
        for at in range(A_FILE)
    ]
    records.keep_items(test, found)
    records.keep_closure(test, dict.fromkeys((test, *near), False))
    records.keep_whole(test)
