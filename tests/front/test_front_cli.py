"""The command line as far as no engine is needed."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from companion import cli

ROOT = Path(cli.__file__).parents[1]


def command(*words: str, cwd: Path = ROOT) -> tuple[int, str, str]:
    """``(exit code, stdout, stderr)``."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "COLUMNS": "100"}
    done = subprocess.run(
        [sys.executable, "-m", "companion.cli", *words], cwd=cwd, env=environment, capture_output=True, text=True,
        timeout=30, check=False,
    )  # fmt: skip
    return done.returncode, done.stdout, done.stderr


def test_version() -> None:
    code, out, err = command("--version")
    assert (code, err) == (0, "")
    assert out.startswith("companion 0.")


@pytest.mark.parametrize(
    "words", [["--help"], ["watch", "--help"], ["test", "--help"], ["doctor", "--help"], ["debug", "--help"]]
)
def test_help_documents_the_exit_codes(words: list[str]) -> None:
    code, out, err = command(*words)
    assert (code, err) == (0, "")
    assert "5 no tests (as pytest)" in out


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ([], "companion: the following arguments are required: COMMAND"),
        (["frobnicate"], "companion: argument COMMAND: invalid choice: 'frobnicate'"),
        (["watch", "--all"], "companion: unrecognized arguments: --all"),
        (["doctor", ".", "--", "-x"], "companion: doctor takes no arguments for pytest"),
        (["debug"], "companion debug: the following arguments are required: NODEID"),
        (["test", "--", "--pdb"], "companion: nobody could answer --pdb here: debug one test with companion debug"),
        (["watch", "--", "-x", "--trace"], "companion: nobody could answer --trace here: debug one test with"),
        (["test", "--", "--markers"], "companion: --markers runs no test: python -m pytest --markers shows it"),
        (["watch", "--", "--co"], "companion: watch runs tests: companion test -- --co lists them"),
        (["watch", "gone"], "companion: gone does not exist: name the project's folder"),
        (["test", "pyproject.toml"], "companion: pyproject.toml is a file: name the project's folder instead"),
    ],
)
def test_usage_errors_end_with_pytests_code(words: list[str], sentence: str) -> None:
    code, out, err = command(*words)
    assert (code, out) == (4, "")
    assert sentence in err.splitlines()[-1]


def test_lsp_is_another_program_that_keeps_our_descriptors(tmp_path: Path) -> None:
    (tmp_path / "lsp").mkdir()
    (tmp_path / "lsp/cli.py").write_text("raise SystemExit('the folder that is being edited was imported')")
    _, _, err = command("lsp", "--help", cwd=tmp_path)
    assert "being edited" not in err


@pytest.mark.parametrize("words", [["test"], ["test", "--json", "--all"], ["debug", "test_a.py::test_x"]])
@pytest.mark.parametrize(
    ("written", "sentence"),
    [
        ('[tool.companion]\nlane = "proces"\n', "lane must be one of auto, process, interpreter, not 'proces'"),
        ('[tool.companion.lanes]\n"test_a.py" = "x"\n', "'test_a.py' must be interpreter or process, not 'x'"),
        ('[tool.companion]\nrules = ["x"]\n', "no refactoring rule is called x; there are "),
        ("[tool.compa", "cannot be read as TOML"),
    ],
)
def test_nothing_runs_once_with_a_configuration_that_cannot_be_used(
    words: list[str], written: str, sentence: str, tmp_path: Path
) -> None:
    (tmp_path / "pyproject.toml").write_text(written, "utf-8")
    code, out, err = command(*words, str(tmp_path))
    assert (code, out, err.count("\n")) == (4, "", 1)
    assert err.startswith("companion: ")
    assert sentence in err
    assert [path.name for path in tmp_path.iterdir()] == ["pyproject.toml"], "no engine was started"
