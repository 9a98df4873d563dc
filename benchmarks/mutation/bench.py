"""`mutation`: random single mutations of real projects: are the items that each one touches among the selected ones?

And how many are selected, beside testmon on the same edits.
"""

import asyncio
import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import islice

from benchmarks.effort import Effort
from benchmarks.engine import Front
from benchmarks.figures import median
from benchmarks.mutation.judging import Judge, Verdict
from benchmarks.mutation.mutants import Mutants
from benchmarks.mutation.sides import Plain, Testmon
from benchmarks.report import Asked, Report, Table
from benchmarks.sandbox import sandbox
from benchmarks.stands import DEFAULT, NO_TESTMON, NO_XDIST, stands
from benchmarks.suites import SUITES, Suite
from benchmarks.targets import Package

MUTATIONS = 110
"""Of each project."""
SEED = 4
TRUTH, PEERS = "truth", "peers"
PROJECTS = ("entwined", "shop", "sqlparse", "boltons")
LISTED = 40
NOTES = (
    """Each mutation is one small edit of a random place of a random file: what is tested, what tests share, data,
and now and then a test file; the kinds come up evenly. "Touched" are the items whose outcome two full runs by plain
pytest, before and after it in another copy of the project, say differently; items that differ by themselves are left
out. Companion runs by itself what it selects, in an engine that has run the suite once; a miss is a touched item that
is not among that. Testmon's database is that of the unmutated project each time. Mutations after which the suite does
not end are left out. "Shown otherwise" are items that companion shows otherwise than the full run after its own
run.""",
)


def run(effort: Effort) -> Report:
    """See the module. What cannot be downloaded is skipped, and the report says so."""
    found: dict[str, list[Verdict]] = {}
    skipped: list[str] = []
    suites = {suite.name: suite for suite in (Suite("entwined", ""), Suite("shop", ""), *SUITES)}
    for name in PROJECTS:
        verdicts = judged(suites[name], effort.rounds(MUTATIONS))
        if verdicts is None:
            skipped.append(f"Skipped: {name} could not be downloaded or installed.")
        else:
            found[name] = verdicts
    return _report(found, skipped)


def judged(suite: Suite, mutations: int, seed: int = SEED) -> list[Verdict] | None:
    """Of so many mutations; None if something cannot be downloaded."""
    with sandbox():
        made = stands(Package(suite, ()), (DEFAULT, TRUTH, PEERS))
        if made is None:
            return None
        with (
            Plain(made[TRUTH].root, made[TRUTH].python, (*NO_TESTMON, *NO_XDIST)) as truth,
            Testmon(made[PEERS].root, made[PEERS].python, NO_XDIST) as peer,
        ):
            mutants = islice(Mutants(made[TRUTH].root, seed), mutations)

            async def follow() -> list[Verdict]:
                async with Front(made[DEFAULT].root) as front:
                    await front.idle()
                    verdicts: list[Verdict] = []
                    async for verdict in Judge(front, made[DEFAULT].root, truth, peer).judge(mutants):
                        verdicts.append(verdict)
                        print(told(verdict), file=sys.stderr, flush=True)
                    return verdicts

            return asyncio.run(follow())


def told(verdict: Verdict) -> str:
    """What came of one mutation; in full where something was missed."""
    lines = [
        f"{verdict.mutant.kind}, {verdict.mutant.path}: {len(verdict.differing)} touched, {verdict.selected} selected"
        f", {verdict.undone} on the way back, testmon {verdict.peer_selected}"
        + (f", of which it missed {len(verdict.peer_missed)}" if verdict.peer_missed else "")
    ]
    if verdict.missed or verdict.wrong:
        lines.append(str(verdict.mutant))
        lines.append(f"missed{' (import broke)' * verdict.import_broke}: {_few(verdict.missed)}")
        lines.append(f"shown otherwise: {_few(f'{name} {pair}' for name, pair in verdict.wrong.items())}")
    elif verdict.selected > 2 * verdict.peer_selected + 5:
        why = Counter(verdict.why.values()).most_common(3)
        lines += [str(verdict.mutant), f"many: {', '.join(f'{reason} ({number})' for reason, number in why)}"]
    return "\n".join(lines)


def _few(names: Iterable[str]) -> str:
    names = sorted(names)
    return f"{len(names)}: {', '.join(names[:6])}"


def _report(found: dict[str, list[Verdict]], skipped: Sequence[str]) -> Report:
    every = [verdict for verdicts in found.values() for verdict in verdicts]
    head = (
        "project", "mutations", "that touch an item", "with a miss", "of which an import broke", "shown otherwise",
        "testmon: with a miss", "median share", "testmon's", "mean share", "testmon's",
    )  # fmt: skip
    rows = tuple(_row(name, verdicts) for name, verdicts in (*found.items(), ("all", every)))
    kinds = tuple(
        (kind, *_row("", [one for one in every if one.mutant.kind == kind])[1:])
        for kind in sorted({one.mutant.kind for one in every})
    )
    missing = [one for one in every if one.missed]
    listed = [f"```\n{told(one)}\n```" for one in missing[:LISTED]]
    shares = _medians(every)
    asked = (
        Asked("mutations", "> 300", str(len(every)), len(every) > 300),
        Asked("mutations with an item missed", "0", str(len(missing)), not missing),
        Asked("median share selected", "testmon's + 10 %", _both(shares), shares[0] <= 1.1 * shares[1]),
    )
    tables = (Table("Projects", head, rows), Table("Kinds", ("kind", *head[1:]), kinds))
    return Report("mutation", "Mutations", (*NOTES, *skipped, *listed), tables, asked)


def _row(name: str, verdicts: Sequence[Verdict]) -> tuple[str, ...]:
    shares = _medians(verdicts)
    means = [sum(of) / max(1, len(of)) for of in ([v.share for v in verdicts], [v.peer_share for v in verdicts])]
    return (
        name,
        str(len(verdicts)),
        str(sum(bool(one.differing) for one in verdicts)),
        str(sum(bool(one.missed) for one in verdicts)),
        str(sum(bool(one.missed) and one.import_broke for one in verdicts)),
        str(sum(bool(one.wrong) for one in verdicts)),
        str(sum(bool(one.peer_missed) for one in verdicts)),
        *(f"{share:.1%}" for share in (*shares, *means)),
    )


def _medians(verdicts: Sequence[Verdict]) -> tuple[float, float]:
    ours, theirs = ([0.0, *(of(one) for one in verdicts)][bool(verdicts) :] for of in (_share, _peer_share))
    return median(ours), median(theirs)


def _share(verdict: Verdict) -> float:
    return verdict.share


def _peer_share(verdict: Verdict) -> float:
    return verdict.peer_share


def _both(shares: tuple[float, float]) -> str:
    return f"{shares[0]:.1%}, testmon {shares[1]:.1%}"
