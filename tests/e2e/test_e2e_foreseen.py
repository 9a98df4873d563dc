"""The same files saved again and again: whatever was begun before a save, its verdict is that of plain pytest."""

import time
from collections.abc import Callable
from pathlib import Path
from random import Random

from enginekit import PATIENCE, Front, plain_outcomes, write

Join = Callable[[Path], Front]
SAVES = 14
HEADS = ("import data\n", "import data\nimport json\n", "from data import LIMIT\nimport data\n", "import nowhere\n")
BODIES = (
    "def allowed(n): return n < data.LIMIT\n",
    "def allowed(n): return n <= data.LIMIT\n",
    "def allowed(n): return n < data.LIMIT\nassert data.LIMIT\n",
    "def allowed(n): raise ValueError(n)\n",
)
TESTS = (
    "import pytest\nimport rules\n",
    "import rules\nimport pytest\n",
    "import pytest\nimport rules\nimport data\n",
)
CASES = (
    "@pytest.mark.parametrize('n', [1, 2, 3])\ndef test_allowed(n): assert rules.allowed(n)\n",
    "@pytest.mark.parametrize('n', [1, 4])\ndef test_allowed(n): assert rules.allowed(n)\n",
    "def test_not_allowed(): assert not rules.allowed(3)\n",
    "@pytest.mark.xfail\ndef test_not_allowed(): assert rules.allowed(9)\n",
)

TOLD = "import clock\n\n\ndef test_began_before_the_save(): assert clock.IMPORTED < {now}\n"


def _text(path: str, chance: Random) -> str:
    match path:
        case "data.py":
            return f"LIMIT = {chance.randrange(1, 5)}\n"
        case "rules.py":
            return chance.choice(HEADS[:3] if chance.random() < 0.9 else HEADS) + chance.choice(BODIES)
        case _:
            return chance.choice(TESTS) + chance.choice(CASES)


def test_saves_of_a_few_files(tmp_path: Path, join: Join) -> None:
    chance = Random(1)
    root = tmp_path.resolve() / "project"
    root.mkdir()
    files = ("data.py", "rules.py", "test_rules.py")
    for path in files:
        write(root / path, _text(path, Random(path)))
    front = join(root)
    front.verdict()
    path = files[0]
    for number in range(SAVES):
        if chance.random() < 0.3:
            path = chance.choice(files)
        write(root / path, f"{_text(path, chance)}# {number}\n")
        front.verdict()
        assert front.outcomes() == plain_outcomes(root), (number, path)


def test_a_save_is_answered_by_what_was_begun_before_it(tmp_path: Path, join: Join) -> None:
    """The modules that a session imports first are older than the save that it answers."""
    root = tmp_path.resolve() / "project"
    write(root / "clock.py", "import time\n\nIMPORTED = time.time_ns()\n")
    write(root / "pyproject.toml", '[tool.companion]\nlane = "process"\n')
    write(root / "test_clock.py", TOLD.format(now=0))
    front = join(root)
    front.verdict()
    end, looks = time.monotonic() + PATIENCE, 1
    while front.red():
        assert time.monotonic() < end, "each session began with the save that it answered"
        for _ in range(looks):  # it begins when a person has paused, and nobody is told
            front.diagnose()
        looks *= 2
        write(root / "test_clock.py", TOLD.format(now=time.time_ns()))
        front.verdict()
