"""One project several times, each for one side of a comparison: a source tree and an environment of its own."""

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import platformdirs

from benchmarks.suites import Prepared, prepare
from benchmarks.targets import Package

type Side = str
"""A lane's name, or ``peers``."""

LANES: tuple[Side, ...] = ("process", "interpreter")
"""Results come from this lane where it can hold them. With nothing configured an edited test file runs in a process
until it has been tried again."""
DEFAULT: Side = "default"
"""Nothing is configured but where the environment is."""
PEERS = ("pytest-testmon", "pytest-xdist")
"""Installed for the peers only; each is switched off where another is measured."""
NO_TESTMON, NO_XDIST = ("-p", "no:testmon"), ("-p", "no:xdist")


def stands(package: Package, sides: Iterable[Side]) -> dict[Side, Prepared] | None:
    """The project for each side; None if something of it cannot be downloaded.

    Effect: source trees and environments in the user's cache folder, where environments stay.
    """
    cache = Path(platformdirs.user_cache_path("companion")) / "stands"
    made = {side: _stand(package, side, cache) for side in sides}
    return {side: prepared for side, prepared in made.items() if prepared} if all(made.values()) else None


def _stand(package: Package, side: Side, cache: Path) -> Prepared | None:
    suite = package.suite
    if side == "peers":
        more = tuple(name for name in PEERS if name not in suite.requirements)
        return prepare(replace(suite, requirements=(*suite.requirements, *more)), cache / side)
    prepared = prepare(suite, cache / side)
    if prepared is not None:
        _configure(prepared, package, side)
    return prepared


def _configure(prepared: Prepared, package: Package, side: Side) -> None:
    """Tell companion about the environment and the lane, in the project's own configuration.

    A lane is measured without sessions that are begun ahead, which only the process lane has. The interpreter lane
    gets the test files that are measured: what one of the others needs a process for concerns them all there.

    Effect: adds to ``pyproject.toml``.
    """
    lane = f'lane = "{side}"\nforesight = 0\n' if side in LANES else ""
    if side == "interpreter":
        files = (target.node.partition("::")[0] for target in package.targets)
        lane += "[tool.companion.lanes]\n" + "".join(f'"{file}" = "interpreter"\n' for file in files)
        lane += '"*" = "process"\n'
    with (prepared.root / "pyproject.toml").open("a", encoding="utf-8") as file:
        file.write(f'\n[tool.companion]\npython = ["{prepared.python}"]\n{lane}')
