"""`save`: from a save to its first result and to its verdict, against a cold pytest run of the same files."""

import asyncio
from pathlib import Path

from benchmarks.edits import Edit
from benchmarks.effort import Effort
from benchmarks.report import Asked, Report
from benchmarks.rounds import CPU, Samples, comparison, measure, steps, work
from benchmarks.sandbox import SHOP, copy, sandbox, uncached

ROUNDS = 10
FEW, SOME, MANY, TEST = (
    Edit("src/shop/report.py", "_row"),
    Edit("src/shop/tax.py", "taxes"),
    Edit("src/shop/money.py", "allocate"),
    Edit("tests/test_cart.py", "cart"),
)
SLOW = "tests/test_inventory.py"
"""Holds a test that waits 1.2 s for the real clock, on either side."""

NOTES = (
    """The real engine, a front that notes when it heard what, and `python -m pytest FILES` with the files that
companion selected, in turns on the same copy of the fixture project `shop`. Medians. A save replaces the file; the
watcher sees it on disk and waits a moment for silence, unless an editor tells of the save ("editor tells"). Before
every save but those "again at once" and before every cold run, the engine has become idle. Each cold run compiles
the edited file.""",
    """"Over verdict" compares with the cold run that has the plugins of a spare only, the quicker of the two.""",
)


def run(effort: Effort) -> Report:
    """See the module."""
    with sandbox() as folder:
        quick, whole = copy(SHOP, folder, "shop"), copy(SHOP, folder, "whole")
        (quick / SLOW).unlink()
        warm = _measure(quick, (FEW, SOME, MANY, TEST), effort.rounds(ROUNDS))
        slow = _measure(whole, (MANY,), effort.rounds(ROUNDS // 3))
        with uncached(folder, quick):
            bare = _measure(quick, (FEW, MANY), effort.rounds(ROUNDS // 2))
    return Report(
        "save",
        "Save to verdict",
        NOTES,
        (
            comparison("shop without the file of its slow test; bytecode cached on both sides", warm),
            comparison("shop as it is, one of whose tests waits 1.2 s", slow),
            comparison("No bytecode on either side but the standard library's, and none written", bare),
            work(f"{CPU} (bytecode cached)", warm),
            steps(
                "Where companion's time goes (bytecode cached): from each step to the next, as a front hears it", warm
            ),
        ),
        tuple(_asked(samples) for samples in warm),
    )


def _measure(root: Path, edits: tuple[Edit, ...], rounds: int) -> list[Samples]:
    return asyncio.run(measure(root, edits, rounds))


def _asked(samples: Samples) -> Asked:
    return Asked(
        f"cold pytest over verdict, {samples.edit.path}",
        ">= 2 x",
        f"{samples.advantage:.2f} x",
        samples.advantage >= 2,
    )
