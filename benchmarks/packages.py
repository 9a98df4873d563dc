"""`packages`: as `save`, on real packages, whose source distributions pip downloads now."""

import asyncio
from dataclasses import dataclass
from pathlib import Path

from benchmarks.edits import Edit
from benchmarks.effort import Effort
from benchmarks.report import Asked, Report, Table
from benchmarks.rounds import CPU, Samples, comparison, measure, steps, work
from benchmarks.sandbox import sandbox
from benchmarks.sdist import download, unpack

ROUNDS = 10


@dataclass(frozen=True, slots=True)
class Package:
    """A source distribution that holds its tests, and lies flat: its folder is where they import from."""

    name: str
    version: str
    edits: tuple[Edit, ...]


PACKAGES = (
    Package(
        "boltons", "26.2.0", (Edit("boltons/strutils.py", "slugify"), Edit("boltons/typeutils.py", "make_sentinel"))
    ),
    Package(
        "sqlparse", "0.6.1", (Edit("tests/test_split.py", "test_split_simple"), Edit("sqlparse/sql.py", "flatten"))
    ),
)

NOTES = (
    """As `save`, on the tests of real packages, downloaded as source distributions: boltons (each module has a test
file of its own; `typeutils` is imported by many) and sqlparse (every test file imports the whole package).""",
)


def run(effort: Effort) -> Report:
    """See the module. What cannot be downloaded is skipped, and the report says so."""
    tables: list[Table] = []
    skipped: list[str] = []
    asked: list[Asked] = []
    with sandbox() as folder:
        for package in PACKAGES:
            root = _download(package, folder)
            if root is None:
                skipped.append(f"Skipped: {package.name} {package.version} could not be downloaded with pip.")
                continue
            measured = asyncio.run(measure(root, package.edits, effort.rounds(ROUNDS)))
            name = f"{package.name} {package.version}"
            tables += [
                comparison(name, measured),
                work(f"{name}: {CPU}", measured),
                steps(f"{name}: where companion's time goes", measured),
            ]
            asked += [_asked(package.name, samples) for samples in measured]
    return Report("packages", "Save to verdict on real packages", (*NOTES, *skipped), tuple(tables), tuple(asked))


def _asked(name: str, samples: Samples) -> Asked:
    seen = samples.advantage
    return Asked(f"cold pytest over verdict, {name}'s {samples.edit.path}", ">= 2 x", f"{seen:.2f} x", seen >= 2)


def _download(package: Package, folder: Path) -> Path | None:
    """The unpacked source distribution; None if it cannot be had."""
    archive = download(package.name, package.version, folder / "sdists")
    return None if archive is None else unpack(archive, folder)
