"""Whatever is edited while tests run: in the end people see what a fresh run of everything would show."""

import random
from pathlib import Path

import pytest
from enginekit import Front, plain_outcomes, write
from stoppingkit import Join

from companion.messages import Change, ItemFinished, RunFinished, Selected, StopRun

EDITS = 30
MODULES = ("one", "two", "three")
PYTEST = '[tool.pytest.ini_options]\npythonpath = ["."]\n'
MODULE = "def value():\n    return {value}\n"
TESTS = """
import threading

import pytest

import {module}


@pytest.mark.parametrize("number", range(4))
def test_{module}(number):
    threading.Event().wait(0.02)
    assert {module}.value() != number, {count}
"""


class Editor:
    """Somebody who does not wait for tests; ``front`` sees what comes of it."""

    def __init__(self, root: Path, front: Front, chance: random.Random) -> None:
        self.root, self.front, self.chance = root, front, chance
        self.count = 0

    def edit(self) -> None:
        self.count += 1
        module = self.chance.choice(MODULES)
        kind = self.chance.choice(("module", "module", "tests", "broken", "gone", "stopped"))
        match kind:
            case "module":
                text = MODULE.format(value=self.chance.randrange(6))
                write(self.root / f"{module}.py", f"{text}\n# {self.count}\n")
            case "tests":
                write(self.root / f"test_{module}.py", TESTS.format(module=module, count=self.count))
            case "broken":
                write(self.root / f"{module}.py", f"def value(:  # {self.count}\n")
            case "gone":
                (self.root / f"test_{module}.py").unlink(missing_ok=True)
                return
            case _:
                self.front.send(StopRun())
                return
        self.wait(module)

    def wait(self, module: str) -> None:
        """For something, or for nothing: until the change is seen, or a run of whatever has begun, or has ended."""
        after = self.chance.choice(("nothing", "nothing", "seen", "begun", "ended"))
        if after != "nothing":
            self.front.until(Change, lambda change: any(module in path for path in change.files))
        if after == "begun":
            self.front.until(Selected)
        elif after == "ended":
            self.front.until(RunFinished)

    def finish(self) -> None:
        """What a person stopped is run when somebody asks for it."""
        write(self.root / "test_last.py", "def test_last():\n    pass\n")
        self.front.until(Change, lambda change: "test_last.py" in change.files)
        generation = self.front.run("changed")
        self.front.until(RunFinished, lambda run: not run.cancelled and run.generation >= generation)

    def broken(self) -> dict[str, str]:
        """Modules that do not parse are red themselves, beside whatever imports them."""
        texts = {f"{module}.py": (self.root / f"{module}.py").read_text(encoding="utf-8") for module in MODULES}
        return {path: "error" for path, text in texts.items() if "(:" in text}


@pytest.mark.parametrize(("lane", "seed"), [("interpreter", 1), ("process", 2)])
def test_edits_while_tests_run_lose_nothing(tmp_path: Path, join: Join, lane: str, seed: int) -> None:
    root = (tmp_path / "project").resolve()
    write(root / "pyproject.toml", f'{PYTEST}\n[tool.companion]\nlane = "{lane}"\n')
    for module in MODULES:
        write(root / f"{module}.py", MODULE.format(value=9))
        write(root / f"test_{module}.py", TESTS.format(module=module, count=0))
    front = join(root)
    front.until(ItemFinished)
    editor = Editor(root, front, random.Random(seed))
    for _ in range(EDITS):
        editor.edit()
    editor.finish()
    assert front.outcomes() == plain_outcomes(root) | editor.broken()
