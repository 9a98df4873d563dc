"""Save after save, in turns with cold pytest runs of the same files; shared by `save` and `packages`."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.cold import LEAN, Cold, cold
from benchmarks.edits import Edit
from benchmarks.engine import Front, Saved
from benchmarks.figures import duration, median, times
from benchmarks.procs import settle
from benchmarks.report import Table
from companion.messages import SaveDocument

CPU = "Processor time until the verdict, of the engine with all its threads, and of the whole cold run"


@dataclass(slots=True)
class Samples:
    """Of one edit: saves that the watcher noticed, saves that an editor told of, saves right after a verdict, and
    cold runs as people start them and with the plugins of a spare only."""

    edit: Edit
    seen: list[Saved] = field(default_factory=list[Saved])
    told: list[Saved] = field(default_factory=list[Saved])
    again: list[Saved] = field(default_factory=list[Saved])
    plain: list[Cold] = field(default_factory=list[Cold])
    lean: list[Cold] = field(default_factory=list[Cold])

    @property
    def advantage(self) -> float:
        """How many times quicker the verdict is than the leaner cold run."""
        return _wall(self.lean) / median([saved.verdict for saved in self.seen])


async def measure(root: Path, edits: Sequence[Edit], rounds: int) -> list[Samples]:
    """So many rounds of everything. One uncounted round comes first, which fills the caches of both sides."""
    measured = [Samples(edit) for edit in edits]
    async with Front(root) as front:
        await front.idle()
        numbers = iter(range(1_000_000))
        for samples in [Samples(edit) for edit in edits]:
            await _round(front, root, samples, (next(numbers), next(numbers), next(numbers)))
        for _ in range(rounds):
            for samples in measured:
                await _round(front, root, samples, (next(numbers), next(numbers), next(numbers)))
    return measured


async def _round(front: Front, root: Path, samples: Samples, numbers: tuple[int, int, int]) -> None:
    edit = samples.edit
    written = edit.write_beside(root, numbers[0])
    samples.seen.append(await front.save(edit.path, written.save))
    written = edit.write_beside(root, numbers[1])
    samples.again.append(await front.save(edit.path, written.save))
    await asyncio.to_thread(settle, front.engine)
    written = edit.write_beside(root, numbers[2])
    samples.told.append(await front.save(edit.path, written.save, SaveDocument(edit.path)))
    await asyncio.to_thread(settle, front.engine)
    for options, into in (((), samples.plain), (LEAN, samples.lean)):
        edit.forget_bytecode(root)
        into.append(await asyncio.to_thread(cold, root, samples.seen[-1].files, *options))


def comparison(caption: str, measured: Sequence[Samples]) -> Table:
    """A row for each edit."""
    head = (
        "edited function", "test files", "items", "first result", "verdict", "first, editor tells", "verdict",
        "verdict, saved again at once", "cold pytest", "with a spare's plugins", "over verdict", "over, editor tells",
    )  # fmt: skip
    return Table(caption, head, tuple(map(_compared, measured)))


def _compared(samples: Samples) -> tuple[str, ...]:
    lean, told = _wall(samples.lean), median([saved.verdict for saved in samples.told])
    return (
        _name(samples),
        str(len(samples.seen[-1].files)),
        str(samples.seen[-1].run.selected),
        duration(median([saved.first for saved in samples.seen])),
        duration(median([saved.verdict for saved in samples.seen])),
        duration(median([saved.first for saved in samples.told])),
        duration(told),
        duration(median([saved.verdict for saved in samples.again])),
        duration(_wall(samples.plain)),
        duration(lean),
        times(samples.advantage),
        times(lean / told),
    )


def work(caption: str, measured: Sequence[Samples]) -> Table:
    """Processor time, which other work on the machine hardly changes."""
    head = ("edited function", "companion", "cold pytest", "with a spare's plugins", "over companion")
    return Table(caption, head, tuple(map(_worked, measured)))


def _worked(samples: Samples) -> tuple[str, ...]:
    ours = median([saved.cpu for saved in samples.seen])
    plain, lean = (median([run.cpu for run in runs]) for runs in (samples.plain, samples.lean))
    return (_name(samples), duration(ours), duration(plain), duration(lean), times(lean / ours))


def steps(caption: str, measured: Sequence[Samples]) -> Table:
    """Where a verdict's time goes, as a front hears it: from each step to the next."""
    head = (
        "edited function", "change noticed", "selected and collected", "first item begins", "first result",
        "last result", "verdict",
    )  # fmt: skip
    return Table(caption, head, tuple(map(_steps, measured)))


def _steps(samples: Samples) -> tuple[str, ...]:
    points = [(0.0, s.change, s.selected, s.started, s.first, s.last, s.verdict) for s in samples.seen]
    gaps = [[point[at + 1] - point[at] for point in points] for at in range(6)]
    return (_name(samples), *(duration(median(gap)) for gap in gaps))


def _wall(runs: Sequence[Cold]) -> float:
    return median([run.wall for run in runs])


def _name(samples: Samples) -> str:
    return samples.edit.name
