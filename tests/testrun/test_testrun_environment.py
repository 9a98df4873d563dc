"""What an interpreter says of itself, or something else in its place."""

import subprocess
import sys
from pathlib import Path

import pytest

from companion.config import Config
from companion.workers.running.project import find_project
from companion.workers.testrun.environment import LISTS, NAMES, QUESTION, CompanionFinder, parse_answer


def ask() -> str:
    return subprocess.run([sys.executable, "-c", QUESTION], capture_output=True, text=True, check=True).stdout


def test_an_interpreter_answers() -> None:
    shown = dict(parse_answer(ask()))
    assert set(shown) == NAMES
    assert (shown["prefix"], shown["build"]) == (sys.prefix, sys.version)
    assert all(isinstance(value, tuple) == (name in LISTS) for name, value in shown.items())


def test_any_part_of_an_answer_is_none() -> None:
    """Whoever is interrupted, or speaks before it."""
    answer = ask()
    words = answer.split("\0")
    for cut in range(len(words) - 2):
        with pytest.raises(ValueError, match="no Python"):
            parse_answer("\0".join(words[:cut]))
    with pytest.raises(ValueError, match="no Python"):
        parse_answer(f"Welcome to this machine\n{answer}")


@pytest.mark.parametrize("answer", ["", "hello", "a\0b", "a\0-1\0", "prefix\0" + "9" * 30, "\0\0\0", "prefix\x001"])
def test_nonsense(answer: str) -> None:
    with pytest.raises(ValueError, match="no Python"):
        parse_answer(answer)


@pytest.mark.parametrize(
    ("command", "says"),
    [
        (("echo", "hello"), "it is no Python"),
        (("false",), "exit code 1"),
        (("/nowhere/python",), "No such file"),
        (("sh", "-c", "echo broken >&2; exit 3"), "broken"),
        ((sys.executable, "-c", "raise SystemExit('no licence')"), "no licence"),
    ],
)
def test_a_python_that_is_none_is_one_sentence(tmp_path: Path, command: tuple[str, ...], says: str) -> None:
    project = find_project(Config(root=str(tmp_path), python=command), {})
    assert says in project.problem
    assert "\n" not in project.problem
    assert project.lanes == ()


def test_where_the_projects_python_is_looked_for(tmp_path: Path) -> None:
    root = tmp_path / "repository" / "packages" / "one"
    (root / "sub").mkdir(parents=True)
    (tmp_path / "repository" / ".git").mkdir()
    outside, own, upper = tmp_path / ".venv", root / ".venv", tmp_path / "repository" / ".venv"
    config = Config(root=str(root))
    assert find_project(config, {}).python == (sys.executable,)
    for place, environment in ((outside, {}), (upper, {}), (tmp_path / "active", {"VIRTUAL_ENV": "x"}), (own, {})):
        (place / "bin").mkdir(parents=True)
        (place / "bin" / "python").symlink_to(sys.executable)
        chosen = find_project(config, {name: str(place) for name in environment}).python
        assert chosen == ((sys.executable,) if place == outside else (str(place / "bin" / "python"),))


def test_a_relative_command_lies_in_the_project(tmp_path: Path) -> None:
    (tmp_path / "env" / "bin").mkdir(parents=True)
    (tmp_path / "env" / "bin" / "python").symlink_to(sys.executable)
    project = find_project(Config(root=str(tmp_path), python=("env/bin/python", "-B")), {})
    assert project.python == (str(tmp_path / "env" / "bin" / "python"), "-B")
    assert project.problem == ""


def test_the_process_lane_alone_where_it_was_asked_for(tmp_path: Path) -> None:
    both = find_project(Config(root=str(tmp_path)), {})
    assert both.lanes == ("interpreter", "process")
    assert find_project(Config(root=str(tmp_path), lane="process"), {}).lanes == ("process",)


def test_only_companions_own_modules_are_found() -> None:
    finder = CompanionFinder(str(Path(__file__).parents[2]))
    assert finder.find_spec("companion") is not None
    assert [finder.find_spec(name) for name in ("lsp", "companions", "json", "pytest")] == [None] * 4
