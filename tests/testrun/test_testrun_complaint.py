"""What pytest really prints when it cannot run, in one sentence."""

import subprocess
import sys
from pathlib import Path

import pytest

from companion.workers.testrun.complaint import Complaint, complaint

EXIT = "pytest.exit('no db', 7)"
TEST = {"test_a.py": "def test(): pass"}


def output(folder: Path, files: dict[str, str], arguments: list[str]) -> str:
    """Of a pytest that complains."""
    for path, text in {**TEST, **files}.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text)
    command = [sys.executable, "-m", "pytest", "--rootdir", str(folder), "-p", "no:cacheprovider", *arguments]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode not in (0, 1, 5), done.stdout
    return done.stdout + done.stderr


@pytest.mark.parametrize(
    ("text", "message", "line"),
    [
        ("import nothing_here", "ModuleNotFoundError: No module named 'nothing_here'", 1),
        ("\n\ndef f(:\n", "SyntaxError: invalid syntax", 1),
        ("x = 1\nraise RuntimeError('first\\nsecond')", "RuntimeError: first", 2),
        ("class Boom(Exception): pass\n\nraise Boom('x')", "conftest.Boom: x", 3),
        ("print('SomeError: printed')\nraise ValueError('real')", "ValueError: real", 2),
        ("try:\n    1/0\nexcept Exception as e:\n    raise OSError('on top') from e", "OSError: on top", 4),
        ("assert 1 == 2", "assert 1 == 2", 1),
    ],
)
def test_a_conftest_that_cannot_be_imported(tmp_path: Path, text: str, message: str, line: int) -> None:
    said = output(tmp_path, {"sub/conftest.py": text, "sub/test_b.py": ""}, ["sub/test_b.py"])
    assert complaint(said) == Complaint(message, str(tmp_path / "sub" / "conftest.py"), line)


@pytest.mark.parametrize(
    ("files", "arguments", "message"),
    [
        ({}, ["--nope"], "unrecognized arguments: --nope"),
        ({"pytest.ini": "[pytest]\naddopts = --what"}, [], "unrecognized arguments: --what"),
        ({}, ["gone.py"], "file or directory not found: gone.py"),
        ({"pytest.ini": "[pytest]\nrequired_plugins = nosuch"}, [], "Missing required plugins: nosuch"),
        ({}, ["-k", "a and"], "Wrong expression passed to '-k': a and"),
        (
            {"conftest.py": "import pytest\ndef pytest_configure(): raise pytest.UsageError('do this')"},
            [],
            "do this",
        ),
        (
            {"conftest.py": "def pytest_runtestloop(): raise RuntimeError('hook\\nbroke')"},
            [],
            "RuntimeError: hook",
        ),
        ({"conftest.py": f"import pytest\ndef pytest_configure(): {EXIT}"}, [], "Exit: no db"),
        ({"conftest.py": f"import pytest\ndef pytest_sessionstart(): {EXIT}"}, [], "Exit: no db"),
        ({"test_a.py": f"import pytest\ndef test(): {EXIT}"}, [], "Exit: no db"),
    ],
)
def test_what_ends_a_session(tmp_path: Path, files: dict[str, str], arguments: list[str], message: str) -> None:
    found = complaint(output(tmp_path, files, arguments))
    assert found.message.startswith(f"pytest: {message}")
    assert (found.conftest, found.line) == ("", 0)


def test_where_a_session_was_stopped(tmp_path: Path) -> None:
    said = output(tmp_path, {"test_a.py": "def test():\n    raise KeyboardInterrupt"}, [])
    assert complaint(said).message == f"pytest: KeyboardInterrupt ({tmp_path}/test_a.py:2)"
    said = output(tmp_path, {"test_a.py": "import sys\nsys.exit(0)"}, [])
    assert complaint(said).message == f"pytest: SystemExit: 0 ({tmp_path}/test_a.py:2)"


@pytest.mark.parametrize("text", ["", "\n\n", "nothing that is known"])
def test_silence(text: str) -> None:
    assert complaint(text) == Complaint("pytest: ended without saying why")
