"""Branches of a real repository: one run for a checkout, and none for going back."""

from collections.abc import Callable
from pathlib import Path

from clockkit import tick
from enginekit import Front
from repokit import commit, git
from selectionkit import edited, lay

from companion.messages import Change, ItemFinished, RunFinished, Selected

Join = Callable[[Path], Front]
FILES = 50
T = "tests/test_a.py::"


def ran(front: Front, generation: int) -> set[str]:
    lots = [event for event in front.seen if isinstance(event, Selected) and event.generation == generation]
    return {item.id for lot in lots for item in lot.items}


def checkout(front: Front, branch: str) -> set[str]:
    """The items that it runs; all that changes with it is one change."""
    known = len(front.seen)
    tick()
    git(front.root, "checkout", "-q", branch)
    change = front.until(Change)
    end = front.until(RunFinished, lambda run: run.generation >= change.generation and not run.cancelled)
    runs = [event for event in front.seen[known:] if isinstance(event, RunFinished)]
    assert [run.generation for run in runs] == [end.generation], "one run"
    return ran(front, end.generation)


def modules(value: int) -> dict[str, str]:
    return {f"app/m{n}.py": f"def f():\n    return {value}\n" for n in range(FILES)}


def project(root: Path) -> None:
    tests = {
        f"tests/test_{n}.py": f"from app import m{n}\n\ndef test_it():\n    assert m{n}.f()\n" for n in range(FILES)
    }
    lay(root, {"pyproject.toml": "", "conftest.py": "", "app/__init__.py": "", ".gitignore": "__pycache__/\n"})
    lay(root, modules(1) | tests)


def test_a_checkout_of_fifty_files_is_one_run_and_going_back_runs_nothing(tmp_path: Path, join: Join) -> None:
    root = tmp_path / "project"
    project(root)
    commit(root)
    git(root, "checkout", "-qb", "other")
    lay(root, modules(2))
    commit(root)
    git(root, "checkout", "-q", "main")
    front = join(root)
    front.verdict()
    everything = set(front.outcomes())
    assert len(everything) == FILES
    assert checkout(front, "other") == everything
    assert checkout(front, "main") == set()
    assert checkout(front, "other") == set()
    assert set(front.outcomes().values()) == {"passed"}


def test_items_that_a_branch_does_not_have_are_back_with_their_results(tmp_path: Path, join: Join) -> None:
    root = tmp_path / "project"
    one, two = "def test_one():\n    pass\n", "def test_two():\n    pass\n"
    lay(root, {"pyproject.toml": "", ".gitignore": "__pycache__/\n", "tests/test_a.py": f"{one}\n\n{two}"})
    lay(root, {"tests/test_gone.py": "def test_gone():\n    pass\n"})
    commit(root)
    git(root, "checkout", "-qb", "other")
    lay(root, {"tests/test_a.py": one, "tests/test_gone.py": None})
    commit(root)
    git(root, "checkout", "-q", "main")
    front = join(root)
    front.verdict()
    known = front.outcomes()
    checkout(front, "other")
    assert set(front.outcomes()) == {T + "test_one"}
    assert checkout(front, "main") == set()
    assert front.outcomes() == known


def test_what_never_held_together_with_all_that_is_imported_runs_again(tmp_path: Path, join: Join) -> None:
    root = tmp_path / "project"
    app = "def f():\n    return 1\n\ndef g():\n    return 1\n"
    test = "import app\n\ndef test_f():\n    assert app.f()\n\ndef test_g():\n    assert app.g()\n"
    lay(root, {"pyproject.toml": "", "conftest.py": "", "app.py": app, "tests/test_a.py": test})
    front = join(root)
    front.verdict()
    assert set(edited(front, {"app.py": app.replace("return 1", "return 2", 1)})) == {T + "test_f"}
    assert set(edited(front, {"app.py": app.replace("return 1", "return 3")})) == {T + "test_f", T + "test_g"}
    assert set(edited(front, {"app.py": app})) == {T + "test_g"}


def test_a_red_is_never_taken_back(tmp_path: Path, join: Join) -> None:
    root = tmp_path / "project"
    app, test = "def f():\n    return 0\n", "import app\n\ndef test_f():\n    assert app.f()\n"
    lay(root, {"pyproject.toml": "", "conftest.py": "", "app.py": app, "tests/test_a.py": test})
    front = join(root)
    front.verdict()
    assert front.red() == [T + "test_f"]
    edited(front, {"app.py": app.replace("0", "1")})
    assert front.red() == []
    assert set(edited(front, {"app.py": app})) == {T + "test_f"}
    assert front.red() == [T + "test_f"]


def test_an_undo_shows_the_result_that_was(tmp_path: Path, join: Join) -> None:
    root = tmp_path / "project"
    app, test = "def f():\n    return 1\n", "import app\n\ndef test_f():\n    assert app.f()\n"
    lay(root, {"pyproject.toml": "", "conftest.py": "", "app.py": app, "tests/test_a.py": test})
    front = join(root)
    front.verdict()
    edited(front, {"app.py": app.replace("1", "0")})
    assert front.red() == [T + "test_f"]
    known = len(front.seen)
    assert edited(front, {"app.py": app}) == {}
    assert front.red() == []
    back = [event for event in front.seen[known:] if isinstance(event, ItemFinished)]
    assert [event.outcome for event in back] == ["passed"]


def test_between_two_engines(tmp_path: Path, join: Join) -> None:
    root = tmp_path / "project"
    app, test = "def f():\n    return 1\n", "import app\n\ndef test_f():\n    assert app.f()\n"
    lay(root, {"pyproject.toml": "", "conftest.py": "", "app.py": app, "tests/test_a.py": test})
    first = join(root)
    first.verdict()
    first.end()
    lay(root, {"app.py": app.replace("1", "2")})
    second = join(root)
    assert ran(second, second.verdict().generation) == {T + "test_f"}
    second.end()
    lay(root, {"app.py": app})
    third = join(root)
    assert ran(third, third.verdict().generation) == set()
    assert third.outcomes() == {T + "test_f": "passed"}


def test_what_was_taken_back_is_affected_by_edits_as_if_it_had_run(tmp_path: Path, join: Join) -> None:
    """What importing executes on one branch only, too."""
    root = tmp_path / "project"
    lay(
        root,
        {
            "pyproject.toml": "", "conftest.py": "", ".gitignore": "__pycache__/\n",
            "deep.py": "def one():\n    return 1\n\ndef two():\n    return 2\n",
            "mid.py": "import deep\n\ndef make():\n    return deep.one()\n",
            "app.py": "import mid\nX = mid.make()\n",
            "tests/test_a.py": "import app\n\ndef test_a():\n    assert app.X\n",
        },
    )  # fmt: skip
    commit(root)
    git(root, "checkout", "-qb", "other")
    lay(root, {"mid.py": "import deep\n\ndef make():\n    return deep.two()\n"})
    commit(root)
    git(root, "checkout", "-q", "main")
    front = join(root)
    front.verdict()
    assert checkout(front, "other") == {T + "test_a"}
    assert checkout(front, "main") == set()
    assert set(edited(front, {"deep.py": "def one():\n    return 0\n\ndef two():\n    return 2\n"})) == {T + "test_a"}
    assert front.red() == [T + "test_a"]


def test_hooks_of_a_conftest_that_a_part_of_the_suite_does_not_load_are_not_forgotten(
    tmp_path: Path, join: Join
) -> None:
    root = tmp_path / "project"
    hook = "def pytest_runtest_setup(item):\n    note()\n\ndef note():\n    return 1\n"
    lay(
        root,
        {
            "pyproject.toml": "", "tests/sub/conftest.py": hook, "tests/sub/test_s.py": "def test_s():\n    pass\n",
            "tests/test_a.py": "def test_a():\n    pass\n",
        },
    )  # fmt: skip
    front = join(root)
    front.verdict()
    assert set(edited(front, {"tests/test_a.py": "def test_a():\n    assert 1\n"})) == {T + "test_a"}
    selected = set(edited(front, {"tests/sub/conftest.py": hook.replace("return 1", "return 2")}))
    assert "tests/sub/test_s.py::test_s" in selected
