"""`companion affected` and `--since`, of a real project: what would run is told, and nothing does."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from enginekit import CHECKOUT, Front
from repokit import commit, git
from selectionkit import edited, lay

from companion.messages import ItemFinished

Join = Callable[[Path], Front]
T = "tests/test_a.py::"
APP = "def f():\n    return 1\n\ndef g():\n    return 1\n"
TEST = "import app\n\ndef test_f():\n    assert app.f()\n\ndef test_g():\n    assert app.g()\n"
FILES = {
    "pyproject.toml": "", "conftest.py": "", ".gitignore": "__pycache__/\n", "app.py": APP, "tests/test_a.py": TEST,
}  # fmt: skip


def companion(root: Path, *words: str) -> tuple[int, str, str]:
    done = subprocess.run(
        [sys.executable, "-m", "companion.cli", *words], cwd=root, capture_output=True, text=True, check=False,
        timeout=120, env={**os.environ, "PYTHONPATH": str(CHECKOUT), "COLUMNS": "120"},
    )  # fmt: skip
    return done.returncode, done.stdout, done.stderr


def affected(root: Path, *words: str) -> dict[str, str]:
    code, out, err = companion(root, "affected", "--json", *words)
    assert code == 0, err
    return {item["id"]: item["why"] for item in json.loads(out.splitlines()[0])["items"]}


def ran(root: Path, *words: str) -> tuple[int, dict[str, str]]:
    code, out, _ = companion(root, "test", "--json", *words)
    events = [json.loads(line) for line in out.splitlines()]
    return code, {
        item["id"]: item["why"] for event in events if event["event"] == "selected" for item in event["items"]
    }


def test_what_would_run_is_told_as_often_as_one_asks(tmp_path: Path, join: Join) -> None:
    """And runs when somebody asks for that."""
    root = tmp_path / "project"
    lay(root, FILES)
    assert affected(root) == {"tests/test_a.py": "not run yet"}
    assert affected(root) == {"tests/test_a.py": "not run yet"}
    assert ran(root)[0] == 0
    assert affected(root) == {}
    join(root).end()  # whatever lingers
    lay(root, {"app.py": APP.replace("return 1", "return 2", 1)})
    for _ in range(2):
        assert affected(root) == {T + "test_f": "calls app:f"}
    assert ran(root) == (0, {T + "test_f": "calls app:f"})
    assert affected(root) == {}


def test_explanations(tmp_path: Path, join: Join) -> None:
    root = tmp_path / "project"
    test = (
        "import os, pathlib, pytest, app\n\n@pytest.fixture\ndef it():\n    return app.g()\n\ndef test_all(it):\n"
        "    assert app.f() and it\n    (pathlib.Path(__file__).parent / 'data.json').read_text()\n"
        "    os.environ.get('MODE')\n"
    )
    lay(root, FILES | {"tests/test_a.py": test, "tests/data.json": "1"})
    join(root).verdict()
    code, out, _ = companion(root, "affected", f"{T}test_all", "--json")
    assert code == 0
    told = json.loads(out)
    assert {name: told[name] for name in ("why", "external", "opaque", "fixtures", "reads")} == {
        "why": "", "external": False, "opaque": False, "fixtures": ["tests.test_a:it"], "reads": ["tests/data.json"],
    }  # fmt: skip
    assert "app:f" in told["calls"]
    assert "app.py" in told["imports"]
    assert "MODE" in told["variables"]
    assert "calls" in companion(root, "affected", f"{T}test_all")[1]
    code, out, _ = companion(root, "affected", "--explain")
    assert "unchanged: " in out
    code, _, err = companion(root, "affected", f"{T}test_none")
    assert (code, "has not run yet" in err) == (4, True)


def test_since_a_revision(tmp_path: Path, join: Join) -> None:
    root = tmp_path / "project"
    lay(root, FILES)
    first = commit(root)
    assert ran(root)[0] == 0
    lay(root, {"app.py": APP.replace("return 1", "return 2", 1)})
    commit(root)
    assert ran(root)[0] == 0
    assert affected(root) == {}
    assert affected(root, "--since", first) == {T + "test_f": "calls app:f"}
    assert ran(root, "--since", first) == (0, {T + "test_f": "calls app:f"})
    assert affected(root, "--since", "HEAD") == {}
    assert ran(root, "--since", "HEAD") == (0, {})
    git(root, "mv", "app.py", "lib.py")
    lay(root, {"tests/test_a.py": TEST.replace("import app", "import lib as app")})
    assert set(affected(root, "--since", "HEAD")) == {T + "test_f", T + "test_g"}
    lay(root, {"tests/test_new.py": "def test_new():\n    pass\n"})
    assert "tests/test_new.py" in affected(root, "--since", "HEAD")


def test_since_what_git_does_not_know(tmp_path: Path) -> None:
    root = tmp_path / "project"
    lay(root, FILES)
    for command in ("affected", "test"):
        code, _, err = companion(root, command, "--since", "main")
        assert (code, "is not in a git repository" in err) == (4, True)
    commit(root)
    for command in ("affected", "test"):
        code, _, err = companion(root, command, "--since=--all")
        assert (code, err) == (
            4,
            "companion: --all is no revision that git knows here: name a branch, a tag or a commit\n",
        )


def test_what_reaches_outside_has_a_mark_and_is_not_run_a_second_time(tmp_path: Path, join: Join) -> None:
    root = tmp_path / "project"
    test = (
        "import pathlib\nLOG = pathlib.Path(__file__).with_name('log')\n\ndef test_writes():\n"
        "    with LOG.open('a') as out:\n        out.write('x')\n    assert len(LOG.read_text()) < 2\n\n"
        "def test_b():\n    pass\n"
    )
    lay(root, {"pyproject.toml": "", "tests/test_a.py": test})
    front = join(root)
    front.verdict()
    marked = {event.id for event in front.seen if isinstance(event, ItemFinished) and event.external}
    assert marked == {T + "test_writes"}
    assert front.diagnose().external == 1
    front.run("paths", "tests/test_a.py")
    front.verdict()
    assert front.red() == [T + "test_writes"]
    assert (root / "tests/log").read_text() == "xx"
    assert edited(front, {"tests/test_a.py": test.replace("pass", "assert 1")}) == {
        T + "test_b": "calls tests.test_a:test_b"
    }
    assert (root / "tests/log").read_text() == "xx"
