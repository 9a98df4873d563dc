"""libcst's parser inside subinterpreters, which it refuses by itself."""

import sys
import threading
from concurrent import interpreters
from pathlib import Path

import pytest

from companion.refactor.native import NativeParserError
from companion.refactor.tree import prepare_native

SETUP = """
import tempfile
tempfile.tempdir = folder
from companion.refactor.tree import Tree, cst, parse, prepare_native
"""
WORK = """
prepare_native()
prepare_native()
for path in paths:
    with open(path, encoding="utf-8") as file:
        text = file.read()
    for number in range(2):
        tree = parse(f"{text}\\n# {number}\\n")
        assert isinstance(tree, Tree) and isinstance(tree.module, cst.Module)
        assert tree.module.code == tree.text
"""
REFUSED = """
try:
    import libcst.native
except ImportError as error:
    assert "does not support loading in subinterpreters" in str(error)
else:
    raise AssertionError("libcst needs no private copy any more")
"""
PROPOSE = """
from companion.refactor.finding import Candidate
from companion.refactor.registry import load_rules
from companion.refactor.rule import look
prepare_native()
text = "def f(x):\\n    if x:\\n        print(1)\\n        print(x)\\n"
(found,) = look(load_rules(), text, None)
assert isinstance(found, Candidate)
"""
SOURCES = tuple(str(path) for path in sorted(Path(threading.__file__).parent.glob("t*.py"))[:3])


def run_in_interpreter(code: str, folder: Path, failures: list[Exception]) -> None:
    interpreter = interpreters.create()
    try:
        interpreter.prepare_main(folder=str(folder), paths=SOURCES)
        interpreter.exec(SETUP + code)
    except Exception as error:  # noqa: BLE001 - raised again in the test's own thread
        failures.append(error)
    finally:
        interpreter.close()


def test_main_interpreter_needs_no_copy() -> None:
    prepare_native()
    assert "site-packages" in str(sys.modules["libcst.native"].__file__)


def test_subinterpreter_is_refused_without_help(tmp_path: Path) -> None:
    failures: list[Exception] = []
    run_in_interpreter(REFUSED, tmp_path, failures)
    assert failures == []


def test_two_subinterpreters_parse_at_once_and_leave_no_file(tmp_path: Path) -> None:
    failures: list[Exception] = []
    threads = [threading.Thread(target=run_in_interpreter, args=(WORK, tmp_path, failures)) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert list(tmp_path.iterdir()) == []


def test_rules_work_in_a_subinterpreter(tmp_path: Path) -> None:
    failures: list[Exception] = []
    run_in_interpreter(PROPOSE, tmp_path, failures)
    assert failures == []


def test_folder_that_takes_no_copy_is_one_clear_error(tmp_path: Path) -> None:
    failures: list[Exception] = []
    run_in_interpreter("prepare_native()", tmp_path / "missing", failures)
    with pytest.raises(interpreters.ExecutionFailed, match=NativeParserError.__name__):
        raise failures[0]
