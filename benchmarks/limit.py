"""`limit`: how near a verdict is to what a warm host by hand takes for the same items."""

import asyncio
import json
import subprocess
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

from benchmarks.answering import Answering
from benchmarks.edits import Edit
from benchmarks.effort import Effort
from benchmarks.engine import Front, Saved
from benchmarks.figures import duration, median, times
from benchmarks.procs import settle
from benchmarks.report import Asked, Report, Table
from benchmarks.sandbox import sandbox
from benchmarks.stands import LANES, Side, stands
from benchmarks.suites import Prepared
from benchmarks.targets import PACKAGES
from companion.messages import SaveDocument

ROUNDS = 20
LIMIT = 1.3
SCRIPT = str(Path(__file__).with_name("warmhost.py"))
EDITS = {
    "boltons": (
        (Edit("boltons/queueutils.py", "add"), "tests/test_queueutils.py"),
        (Edit("tests/test_iterutils.py"), "tests/test_iterutils.py"),
    ),
    "marshmallow": ((Edit("tests/test_exceptions.py", "test_can_store_field_name"), "tests/test_exceptions.py"),),
    "click": (
        (
            Edit("tests/test_exceptions/test_FileError.py", "test_file_error_surrogates"),
            "tests/test_exceptions/test_FileError.py",
        ),
    ),
}
"""Files whose tests are plain functions and methods, so that they can be called by hand."""

NOTES = (
    """The limit is a process that has imported pytest and whatever else collecting the suite imports from outside the
project, as a spare has. For each order it forks, imports the edited code in the child, and runs the file's items; the
time is from the order to the answer in the parent. **Session**: by `pytest.main FILE` in the child. **Bare**: the
file is compiled and executed, and its test functions are called, with no pytest at all: no assertion rewriting, no
fixtures, no conftest, no capturing, no reports. It is told which file to run.""",
    """Companion's side is from an editor's word that a file was saved to the verdict in a front, so the watcher's
silence counts on neither side; to read and compare the file, to find what it affects, and every hop between
engine, runner, spare and front count on ours. A lane that cannot hold a package is left out. "Session" is the fair
limit: it gives what a verdict has to give, pytest's own outcome of any test. "Bare" is what nothing that runs the
code can go below.""",
)


@dataclass(slots=True)
class Samples:
    """Of one edit in one lane: companion's, and both kinds of work by hand."""

    name: str
    told: list[Saved] = field(default_factory=list[Saved])
    session: list[float] = field(default_factory=list[float])
    bare: list[float] = field(default_factory=list[float])
    items: int = 0

    @property
    def lane(self) -> Side:
        """Where companion's results came from."""
        return " and ".join(sorted({lane for saved in self.told for lane in saved.lanes}))

    def over(self, by_hand: list[float]) -> float:
        """The verdict as so many times that."""
        return median([saved.verdict for saved in self.told]) / median(by_hand)


class Hand(Answering):
    """The warm host of one project."""

    def __init__(self, prepared: Prepared) -> None:
        command = [prepared.python, "-P", SCRIPT]
        listed = subprocess.run(
            [*command, "--list"], cwd=prepared.root, capture_output=True, text=True, check=True
        ).stdout
        super().__init__([*command, *json.loads(listed)], prepared.root)

    def order(self, how: str, file: str) -> tuple[float, int]:
        """Seconds, and how many items it ran."""
        seconds, ran = self.ask({"how": how, "file": file})
        if not int(ran):
            raise RuntimeError(f"by hand ({how}), nothing of {file} ran")
        return float(seconds), int(ran)


def run(effort: Effort) -> Report:
    """See the module. What cannot be downloaded is skipped, and the report says so."""
    measured: list[Samples] = []
    skipped: list[str] = []
    with sandbox():
        for package in (package for package in PACKAGES if package.suite.name in EDITS):
            made = stands(package, LANES)
            if made is None:
                skipped.append(f"Skipped: {package.name} could not be downloaded or installed.")
                continue
            for lane, prepared in made.items():
                found = asyncio.run(_measure(package.suite.name, prepared, effort.rounds(ROUNDS)))
                measured += [samples for samples in found if samples.lane == lane]
    return Report(
        "limit", "The physical limit", (*NOTES, *skipped), (_table(measured),), tuple(map(_asked, measured))
    )


async def _measure(name: str, prepared: Prepared, rounds: int) -> list[Samples]:
    measured = [Samples(f"{name}: {edit.name}") for edit, _ in EDITS[name]]
    numbers = count()
    with Hand(prepared) as hand:
        async with Front(prepared.root) as front:
            await front.idle()
            await front.run_all()
            for number in range(rounds + 2):
                if number == 2:  # the first two fill caches
                    measured = [Samples(samples.name) for samples in measured]
                for samples, (edit, file) in zip(measured, EDITS[name], strict=True):
                    await asyncio.to_thread(settle, front.engine)
                    written = edit.write_beside(prepared.root, next(numbers))
                    told = await front.save(edit.path, written.save, SaveDocument(edit.path))
                    samples.told.append(told)
                    await asyncio.to_thread(settle, front.engine)
                    seconds, samples.items = hand.order("session", file)
                    samples.session.append(seconds)
                    samples.bare.append(hand.order("bare", file)[0])
    return measured


def _table(measured: list[Samples]) -> Table:
    head = (
        "edited", "lane", "items", "first result", "verdict", "session by hand", "bare by hand", "over session",
        "over bare",
    )  # fmt: skip
    return Table("From being told of a save (medians)", head, tuple(map(_row, measured)))


def _row(samples: Samples) -> tuple[str, ...]:
    return (
        samples.name,
        samples.lane,
        str(samples.items),
        duration(median([saved.first for saved in samples.told])),
        duration(median([saved.verdict for saved in samples.told])),
        duration(median(samples.session)),
        duration(median(samples.bare)),
        times(samples.over(samples.session)),
        times(samples.over(samples.bare)),
    )


def _asked(samples: Samples) -> Asked:
    seen = samples.over(samples.session)
    what = f"{samples.name}, {samples.lane} lane: verdict over a session by hand"
    return Asked(what, f"<= {times(LIMIT)}", times(seen), seen <= LIMIT)
