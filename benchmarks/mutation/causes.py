"""`cause`: random single mutations of real projects that turn items red: is the mutated line named as the cause?

And how long after the red that is.
"""

import asyncio
import contextlib
import difflib
import sys
from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from benchmarks.effort import Effort
from benchmarks.engine import Front, Heard
from benchmarks.figures import median
from benchmarks.mutation.judging import put
from benchmarks.mutation.mutants import Mutant, Mutants
from benchmarks.report import Asked, Report, Table
from benchmarks.sandbox import sandbox
from benchmarks.stands import DEFAULT, stands
from benchmarks.suites import SUITES, Suite
from benchmarks.targets import Package
from companion.core.board import RED
from companion.messages import Cause, Change, ItemFinished, Message, RunFinished

MUTATIONS = 150
"""Of each project; about every second turns something red."""
SEED = 12
PATIENCE = 25.0
"""Seconds after which no cause is expected any more."""
SHARE = 0.8
PROJECTS = ("entwined", "shop", "sqlparse", "boltons")
LISTED = 40
NOTES = (
    """Each mutation is one small edit of a random place of a random file: what is tested, what tests share, data,
and now and then a test file; the kinds come up evenly. Those count that turn an item red, or a file that could be
imported, by companion's own run. "Named" is the mutated line (of a deletion, the line before or after it, too) by the
first cause that is told. Seconds are from the first red until the first cause.""",
)


@dataclass(frozen=True, slots=True)
class Finding:
    """What was said of one mutant that turned an item red; ``seconds`` after the red."""

    mutant: Mutant
    red: str
    cause: Cause | None
    seconds: float

    @property
    def named(self) -> bool:
        """Whether it is the mutated line."""
        cause = self.cause
        return cause is not None and cause.path == self.mutant.path and cause.line in mutated(self.mutant)


def mutated(mutant: Mutant) -> set[int]:
    """Lines, as they are with it."""
    before, after = (text.decode("utf-8", "replace").splitlines() for text in (mutant.before, mutant.after))
    lines: set[int] = set()
    for tag, _, _, first, last in difflib.SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if tag == "delete":
            lines |= {first, first + 1}
        elif tag != "equal":
            lines |= set(range(first + 1, last + 1))
    return lines


def run(effort: Effort) -> Report:
    """See the module. What cannot be downloaded is skipped, and the report says so."""
    found: dict[str, list[Finding]] = {}
    skipped: list[str] = []
    suites = {suite.name: suite for suite in (Suite("entwined", ""), Suite("shop", ""), *SUITES)}
    for name in PROJECTS:
        findings = explored(suites[name], effort.rounds(MUTATIONS))
        if findings is None:
            skipped.append(f"Skipped: {name} could not be downloaded or installed.")
        else:
            found[name] = findings
    return _report(found, skipped)


def explored(suite: Suite, mutations: int, seed: int = SEED) -> list[Finding] | None:
    """Of so many mutations, those that turn something red; None if something cannot be downloaded."""
    with sandbox():
        made = stands(Package(suite, ()), (DEFAULT,))
        if made is None:
            return None
        root = made[DEFAULT].root
        return asyncio.run(_follow(root, islice(Mutants(root, seed), mutations)))


async def _follow(root: Path, mutants: Iterable[Mutant]) -> list[Finding]:
    async with Front(root) as front:
        await front.idle()
        findings: list[Finding] = []
        async for finding in _findings(front, root, mutants):
            findings.append(finding)
            print(told(finding), file=sys.stderr, flush=True)
        return findings


async def _findings(front: Front, root: Path, mutants: Iterable[Mutant]) -> AsyncIterator[Finding]:
    for mutant in mutants:
        green = {name for name, item in front.board.results.items() if item.outcome == "passed" and not item.state}
        since = len(front.log)
        ended = await _write(front, root / mutant.path, mutant.path, mutant.after)
        red = _first_red(front.log[since:], green) if ended else None
        if red is not None:
            cause = await _cause(front, since, green)
            item = red.event
            assert isinstance(item, ItemFinished)
            said = cause.event.cause if cause is not None and isinstance(cause.event, ItemFinished) else None
            yield Finding(mutant, item.id, said, cause.at - red.at if cause is not None else 0.0)
        await _write(front, root / mutant.path, mutant.path, mutant.before)


def _first_red(heard: Sequence[Heard], green: set[str]) -> Heard | None:
    """An item that was green; or a file, which is no item as long as it can be imported."""
    news = [one for one in heard if isinstance(one.event, ItemFinished) and one.event.outcome in RED]
    return next((one for one in news if _was_green(one.event, green)), None)


def _was_green(event: Message, green: set[str]) -> bool:
    return isinstance(event, ItemFinished) and (event.id in green or "::" not in event.id)


async def _cause(front: Front, since: int, green: set[str]) -> Heard | None:
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(PATIENCE):
            return await front.hear(lambda event: _was_green(event, green) and _has_cause(event), since)
    return None


def _has_cause(event: Message) -> bool:
    return isinstance(event, ItemFinished) and event.cause is not None


async def _write(front: Front, path: Path, name: str, data: bytes) -> bool:
    """Whether what runs for it comes to its end."""
    since = len(front.log)
    put(path, data)
    try:
        told = await front.hear(lambda event: isinstance(event, Change) and name in event.files, since)
        assert isinstance(told.event, Change)
        generation = told.event.generation
        await front.hear(
            lambda event: isinstance(event, RunFinished) and not event.cancelled and event.generation >= generation,
            since,
        )
    except TimeoutError:  # a file that is nobody's business; a mutant that hangs
        return False
    return True


def told(finding: Finding) -> str:
    """In full where something else was named."""
    cause = finding.cause
    said = f"{cause.path}:{cause.line}: {cause.text}" if cause is not None else "nothing"
    head = f"{'named' if finding.named else 'MISSED'} in {finding.seconds:.1f} s ({finding.mutant.kind}): {said}"
    return head if finding.named else f"{head}\n{finding.mutant}\nred: {finding.red}"


def _report(found: dict[str, list[Finding]], skipped: Sequence[str]) -> Report:
    every = [finding for findings in found.values() for finding in findings]
    head = ("project", "mutants that turn an item red", "named", "share", "nothing told", "median seconds")
    rows = tuple(_row(name, findings) for name, findings in (*found.items(), ("all", every)))
    kinds = sorted({one.mutant.kind for one in every})
    by_kind = tuple(_row(kind, [one for one in every if one.mutant.kind == kind]) for kind in kinds)
    listed = [f"```\n{told(one)}\n```" for one in every if not one.named][:LISTED]
    share = sum(one.named for one in every) / max(1, len(every))
    asked = (
        Asked("mutants that turn an item red", "> 200", str(len(every)), len(every) > 200),
        Asked("cause names the mutated line", f"{SHARE:.0%}", f"{share:.1%}", share >= SHARE),
    )
    tables = (Table("Projects", head, rows), Table("Kinds", ("kind", *head[1:]), by_kind))
    return Report("cause", "Causes", (*NOTES, *skipped, *listed), tables, asked)


def _row(name: str, findings: Sequence[Finding]) -> tuple[str, ...]:
    named = sum(one.named for one in findings)
    seconds = [one.seconds for one in findings if one.cause is not None]
    return (
        name,
        str(len(findings)),
        str(named),
        f"{named / max(1, len(findings)):.1%}",
        str(sum(one.cause is None for one in findings)),
        f"{median(seconds) if seconds else 0.0:.1f}",
    )
