"""`foreseen`: random edits, each answered by a session that was begun before it: does it say what pytest says?

And does it say, word for word, what a session says that begins after the edit.
"""

import re
import subprocess
import sys
from collections import Counter
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from itertools import count
from pathlib import Path
from random import Random

from benchmarks.answering import Answering
from benchmarks.effort import Effort
from benchmarks.mutations import mutated
from benchmarks.procs import asleep
from benchmarks.report import Asked, Report, Table
from benchmarks.sandbox import SHOP, copy, sandbox
from companion.messages import Foresee, ItemFinished, Message, Outdated, Prepare, RunItems, SessionFinished, Warm
from companion.runtime.lent import borrow
from companion.runtime.template import ForkedSpare, Template
from companion.workers.testrun.environment import QUESTION, parse_answer

EDITS = 300
DEADLINE = 120.0
ORACLE = str(Path(__file__).with_name("oracle.py"))
OPTIONS = ("-m", "not slow", "--continue-on-collection-errors")
"""The last one is what every session of ours does."""
PASSING = re.compile(r"pytest-\d+/|0x[0-9a-f]+")
"""What differs from session to session: temporary folders, addresses."""

NOTES = (
    """The fixture `shop`; each edit is one random change of a random file: a number, an assertion, a statement, an
import, something at the module's end, a broken text. Before it, a session for one to three random test files is begun
that expects that file to change; after it, that session, one of a fresh spare and plain pytest with the same
files have their say. "Served" is how often the foreseen session could answer: where the edit changes how the file
begins, it stands back. A broken conftest, of which pytest's summary says nothing, is an item of its own for us.""",
)


@dataclass(slots=True)
class Found:
    """What came of all edits. ``differing``: foreseen and fresh, ``wrong``: foreseen and pytest."""

    served: int = 0
    edits: int = 0
    outcomes: Counter[str] = field(default_factory=Counter[str])
    differing: list[str] = field(default_factory=list[str])
    wrong: list[str] = field(default_factory=list[str])


class Spares:
    """Forked from one template, for one project."""

    def __init__(self, root: Path, template: Template, python: str) -> None:
        said = subprocess.run([python, "-c", QUESTION], cwd=root, capture_output=True, text=True, check=True).stdout
        self._prepare = Prepare(str(root), "process", parse_answer(said), (), 100_000, "", "")
        self._template, self._serials = template, count(1)

    def fork(self) -> Talk:
        """A warm one."""
        talk = Talk(self._template.fork(next(self._serials)))
        talk.send(self._prepare)
        talk.until(Warm)
        return talk


class Talk:
    """With one spare, until `close`."""

    def __init__(self, spare: ForkedSpare) -> None:
        self._spare = spare
        self._send, self._receive = borrow(spare.handles)

    @property
    def pid(self) -> int:
        """Its process."""
        return self._spare.pid

    def send(self, message: Message) -> None:
        """See `companion.runtime.channel`."""
        self._send.send(message, DEADLINE)

    def until(self, *kinds: type[Message]) -> list[Message]:
        """What it says, up to the first of these."""
        said: list[Message] = []
        while not said or not isinstance(said[-1], kinds):
            said.append(self._receive.receive(DEADLINE))
        return said

    def close(self) -> None:
        """It is not needed any more."""
        self._send.close()
        self._receive.close()
        self._spare.close()


class Oracle(Answering):
    """Plain pytest for one project, see `benchmarks.oracle`."""

    def __init__(self, root: Path, python: str) -> None:
        super().__init__([python, "-P", ORACLE], root)

    def outcomes(self, arguments: Sequence[str]) -> dict[str, str]:
        """By node id."""
        answer: dict[str, str] = self.ask(arguments)
        return answer


def run(effort: Effort) -> Report:
    """See the module."""
    with sandbox() as folder:
        found = compare(copy(SHOP, folder, "shop"), effort.rounds(EDITS), sys.executable)
    head = ("edits", "served by what was foreseen", "outcomes", "other than a fresh session", "other than pytest")
    outcomes = ", ".join(f"{number} {outcome}" for outcome, number in found.outcomes.most_common())
    row = (str(found.edits), str(found.served), outcomes, str(len(found.differing)), str(len(found.wrong)))
    listed = "\n".join(f"- {line}" for line in (*found.differing, *found.wrong)[:20])
    asked = (
        Asked("edits answered otherwise than by a fresh session", "0", row[3], not found.differing),
        Asked("edits answered otherwise than by pytest", "0", row[4], not found.wrong),
        Asked("edits served", ">= half", row[1], found.served * 2 >= found.edits),
    )
    return Report(
        "foreseen", "Foreseen sessions", (*NOTES, *filter(None, [listed])), (Table("All edits", head, (row,)),), asked
    )


def compare(root: Path, edits: int, python: str, seed: int = 0) -> Found:
    """So many edits of the project at ``root``, which is left as it was."""
    chance, found = Random(seed), Found()
    files = sorted(path for path in root.rglob("*.py") if ".venv" not in path.parts)
    tests = [path.relative_to(root).as_posix() for path in files if path.name.startswith("test_")]
    template = Template([python], str(root))
    try:
        with Oracle(root, python) as oracle:
            bench = Bench(root, Spares(root, template, python), oracle, found)
            for _ in range(edits):
                arguments = (*OPTIONS, *sorted(chance.sample(tests, chance.randint(1, 3))))
                file = chance.choice(files)
                bench.edit(file, mutated(file.read_text("utf-8"), chance), arguments)
    finally:
        template.close()
    return found


@dataclass(frozen=True, slots=True)
class Bench:
    """All that answer, for one project."""

    root: Path
    spares: Spares
    oracle: Oracle
    found: Found

    def edit(self, file: Path, text: str, arguments: tuple[str, ...]) -> None:
        """The file becomes another for the time of their answers."""
        edited = file.relative_to(self.root).as_posix()
        talk = self.spares.fork()
        talk.send(Foresee(0, arguments, (), DEADLINE, edited=edited))
        asleep(talk.pid)
        with changed(file, text):
            foreseen = _session(talk, arguments)
            fresh = _session(self.spares.fork(), arguments)
            expected = self.oracle.outcomes(arguments)
        _compare(self.found, f"`{edited}`, {', '.join(arguments)}", foreseen, fresh, expected)


def _compare(
    found: Found,
    what: str,
    foreseen: list[ItemFinished] | None,
    fresh: list[ItemFinished] | None,
    expected: dict[str, str],
) -> None:
    found.edits += 1
    if foreseen is None or fresh is None:
        return
    found.served += 1
    found.outcomes.update(item.outcome for item in foreseen)
    if foreseen != fresh:
        found.differing.append(f"{what}: {set(foreseen) ^ set(fresh)}")
    ours = {item.id: item.outcome for item in foreseen if expected or not item.id.endswith("conftest.py")}
    if ours != expected:
        found.wrong.append(f"{what}: {set(ours.items()) ^ set(expected.items())}")


def _session(talk: Talk, arguments: tuple[str, ...]) -> list[ItemFinished] | None:
    """What was said of each item, without its seconds; None if the spare stood back."""
    try:
        talk.send(RunItems(1, arguments, (), DEADLINE))
        said = talk.until(SessionFinished, Outdated)
    finally:
        talk.close()
    items = [_timeless(one) for one in said if isinstance(one, ItemFinished)]
    return None if isinstance(said[-1], Outdated) else items


def _timeless(item: ItemFinished) -> ItemFinished:
    return replace(item, seconds=0.0, report=PASSING.sub("", item.report), message=PASSING.sub("", item.message))


@contextmanager
def changed(file: Path, text: str) -> Generator[None]:
    """The file holds this meanwhile."""
    before = file.read_text("utf-8")
    file.write_text(text, "utf-8")
    try:
        yield
    finally:
        file.write_text(before, "utf-8")
