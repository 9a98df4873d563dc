"""The same files saved again and again: whatever was begun before a save, its verdict is that of plain pytest."""

from collections.abc import Callable
from pathlib import Path
from random import Random

from enginekit import Front, plain_outcomes, write

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
