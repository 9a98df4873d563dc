"""`heavy`: save to verdict on a project with numpy, pandas, pydantic and Django, on our Python and on another."""

import asyncio
import os
import subprocess
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path

import platformdirs

from benchmarks.effort import Effort
from benchmarks.lanes import against, budgets
from benchmarks.report import Asked, Report
from benchmarks.sandbox import CHECKOUT, sandbox
from benchmarks.sdist import PATIENCE
from benchmarks.stands import DEFAULT, stands
from benchmarks.targets import HEAVY, QUICK, Package
from benchmarks.turns import Samples, comparison, measure, steps

ROUNDS = 15
OTHER = "3.13"
SUITE = "trixie"
"""The Debian release that has it."""
LIMITS = (("verdict", 0.250),)

NOTES = (
    """As `lanes`, on the fixture `heavy`: an order book with Django models and views, pydantic schemas, reports by
pandas and a figure by numpy; 62 items. No interpreter can hold its extensions, so there is the process lane only.
"Other Python": an interpreter that companion itself does not run on. Lane "process" is with `foresight = 0`,
"default" with nothing configured.""",
)


def run(effort: Effort) -> Report:
    """See the module. What cannot be had is skipped, and the report says so."""
    measured: list[Samples] = []
    skipped: list[str] = []
    with sandbox():
        for package in _packages(skipped):
            made = stands(package, ("process", DEFAULT, "peers"))
            if made is None:
                skipped.append(f"Skipped: the environment of {package.name} could not be installed.")
                continue
            measured += asyncio.run(measure(package, made, effort.rounds(ROUNDS, 3)))
    tables = (
        comparison("From a save", measured),
        steps("Where the time goes, as a front hears it: from each step to the next", measured),
    )
    return Report("heavy", "A project with pandas and Django", (*NOTES, *skipped), tables, tuple(_asked(measured)))


def _packages(skipped: list[str]) -> Iterable[Package]:
    yield HEAVY
    python = other_python()
    if python is None:
        skipped.append(f"Skipped: there is no Python {OTHER} to be had here.")
        return
    yield replace(HEAVY, suite=replace(HEAVY.suite, version=f"python{OTHER}", python=python))


def other_python() -> str | None:
    """An interpreter of that version: one that uv finds, else Debian's, unpacked into the user's cache folder."""
    found = subprocess.run(
        [str(CHECKOUT / "scripts" / "uv"), "python", "find", "--no-project", OTHER],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    if found.returncode == 0:
        return found.stdout.strip()
    folder = Path(platformdirs.user_cache_path("companion")) / f"python{OTHER}"
    python = folder / "usr" / "bin" / f"python{OTHER}"
    return str(python) if python.exists() or _unpack(folder) else None


def _unpack(folder: Path) -> bool:
    name = f"python{OTHER}"
    command = [str(CHECKOUT / "scripts" / "debian-prefix"), str(folder), name, name, f"{name}-venv"]
    environment: Mapping[str, str] = {**os.environ, "SUITE": SUITE}
    try:
        subprocess.run(command, env=environment, capture_output=True, check=True, timeout=PATIENCE)
    except OSError, subprocess.SubprocessError:
        return False
    return True


def _asked(measured: list[Samples]) -> Iterable[Asked]:
    for samples in measured:
        what = f"{samples.package}, {samples.target.kind}"
        for side in ("process", DEFAULT):
            yield from budgets(f"{what}, {side}", side, [samples], LIMITS)
        if samples.target.kind == QUICK:
            yield from against(what, [samples])
