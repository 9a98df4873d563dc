"""Copies of the files of the `stopping` project: the hazards that a test is about, and the rest that has to pass."""

import shutil
import time
from collections.abc import Callable, Iterable
from pathlib import Path

from enginekit import PATIENCE, PROJECTS, Front

from companion.messages import CaughtUp, Disconnected, Message, RunFinished

SOURCE = PROJECTS / "stopping"
REST = "test_rest.py::test_rest"

type Join = Callable[[Path], Front]


def with_hazards(root: Path, *names: str, lane: str = "interpreter", options: str = "") -> Path:
    """A project with these hazards, in this lane; ``options`` are lines of ``[tool.companion]``."""
    root.mkdir()
    for name in ("pyproject.toml", "test_rest.py", *(f"test_{name}.py" for name in names)):
        shutil.copy(SOURCE / name, root / name)
    with (root / "pyproject.toml").open("a", encoding="utf-8") as out:
        out.write(f'\n[tool.companion]\nlane = "{lane}"\n{options}\n')
    return root.resolve()


def item(name: str) -> str:
    """The hazard itself."""
    return f"test_{name}.py::test_{name}"


def expected(*names: str, outcome: str = "failed") -> dict[str, str]:
    """Each hazard has this outcome, and whatever stands beside it passes."""
    found = {REST: "passed"}
    for name in names:
        beside = {f"test_{name}.py::test_before": "passed", f"test_{name}.py::test_after": "passed"}
        found |= {**beside, item(name): outcome}
    return found


def finished(front: Front) -> RunFinished:
    """The end of a run that nobody cancelled and that nothing is left of."""
    return front.until(RunFinished, lambda run: not run.cancelled and not run.unfinished)


def falls(events: Iterable[Message]) -> int:
    """How often the engine was gone."""
    return sum(isinstance(event, Disconnected) for event in events)


def print_seconds_until_back(front: Front, name: str) -> None:
    """From an engine's end, as the front hears of it, until the next one has told what it knows."""
    front.until(Disconnected)
    begun = time.monotonic()
    front.until(CaughtUp)
    print(f"{name}: a new engine after {time.monotonic() - begun:.2f} s")  # noqa: T201 - a figure to look at


def wait_until(front: Front, true: Callable[[], bool]) -> None:
    """Ask the engine for something, again and again, until this is so."""
    end = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < end
        front.diagnose()
