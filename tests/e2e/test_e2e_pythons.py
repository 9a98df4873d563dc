"""Projects on older Pythons, with the oldest pytest that runs there and with the newest, in the process lane."""

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from enginekit import CHECKOUT, Front, plain_outcomes, save

from companion.messages import Selected

OLDEST, NEWEST = "pytest==7.0.*", "pytest>=8.4"
PAIRS = (
    ("3.10", OLDEST),
    ("3.10", NEWEST),
    ("3.11", OLDEST),
    ("3.12", NEWEST),
    ("3.13", OLDEST),
    ("3.13", NEWEST),
)

MODULE = """\
from dataclasses import dataclass

@dataclass
class Price:
    amount: int

    def doubled(self) -> "Price":
        return Price(self.amount * 2)
"""
TESTS = """\
import asyncio, os, subprocess, sys, threading, unittest
import pytest
from priced import Price

@pytest.fixture
def broken():
    raise LookupError("on purpose")

@pytest.mark.parametrize("amount", [1, 2, 3])
def test_doubled(amount):
    assert Price(amount).doubled().amount in (2, 4)

def test_setup(broken): pass
def test_skipped(): pytest.skip("not today")

@pytest.mark.xfail
def test_expected(): assert 0

@pytest.mark.xfail
def test_unexpected(): pass

def test_fork():
    pid = os.fork()
    if not pid:
        os._exit(3)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 3

def test_child(capfd):
    subprocess.run([sys.executable, "-c", "print('said')"], check=True)
    assert capfd.readouterr().out == "said\\n"

def test_thread():
    done = []
    thread = threading.Thread(target=done.append, args=[1])
    thread.start()
    thread.join()
    assert done and threading.current_thread() is threading.main_thread()

def test_loop():
    assert asyncio.run(asyncio.sleep(0, 7)) == 7

class TestCase(unittest.TestCase):
    def test_good(self): self.assertEqual(1, 1)
    def test_bad(self): self.assertEqual(1, 2)
"""


@pytest.fixture(scope="module", params=PAIRS, ids=" ".join)
def python(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The Python of an environment that holds this pytest; made before the tests get homes of their own."""
    version, requirement = request.param
    home = tmp_path_factory.mktemp("environment")
    interpreter = said("old-python", version).splitlines()[-1]
    said("uv", "venv", "--quiet", "--python", interpreter, str(home))
    said("uv", "pip", "install", "--quiet", "--compile-bytecode", "--python", str(home), requirement)
    return home / "bin" / "python"


def said(script: str, *arguments: str) -> str:
    """By one of our scripts; where it cannot do what it is for, the test is skipped with its reason."""
    done = subprocess.run([CHECKOUT / "scripts" / script, *arguments], capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip(done.stderr.strip().splitlines()[-1])
    return done.stdout


@pytest.fixture
def root(tmp_path: Path, python: Path) -> Path:
    root = tmp_path.resolve() / "project"
    root.mkdir()
    (root / "pyproject.toml").write_text(f'[tool.companion]\npython = "{python}"\n')
    (root / "priced.py").write_text(MODULE)
    (root / "test_priced.py").write_text(TESTS)
    (root / "test_broken.py").write_text("import no_such_module\n")
    return root


def test_every_outcome_is_pytest_s(root: Path, python: Path, join: Callable[[Path], Front]) -> None:
    front = join(root)
    front.verdict()
    assert front.outcomes() == plain_outcomes(root, str(python))
    assert len(front.outcomes()) == 14
    assert {result.lane for result in front.board.results.values()} == {"process"}
    save(root / "priced.py", "* 2", "* 3")
    assert front.until(Selected, lambda s: bool(s.items)).items[0].why == "calls priced:Price.doubled"
    front.verdict()
    assert "test_priced.py::test_doubled[1]" in front.red()


@pytest.mark.parametrize("python", PAIRS[:1], indirect=True, ids=" ".join)
def test_behind_a_command_too(root: Path, python: Path, join: Callable[[Path], Front]) -> None:
    """Where companion's code comes over the line."""
    (root / "pyproject.toml").write_text(f'[tool.companion]\npython = ["env", "{python}"]\n')
    front = join(root)
    front.verdict()
    assert front.outcomes() == plain_outcomes(root, str(python))
