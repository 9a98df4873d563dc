"""What tests leave in an interpreter is called at its end, in its order, and harms nobody: not this very process."""

import sys
from pathlib import Path

import pytest
from sessionkit import interpreter_outcomes, plain, process_outcomes

EXITS = """
import atexit
import os
from pathlib import Path

NOTES = Path(__file__).with_name("notes")


def note(text):
    with NOTES.open("a") as out:
        out.write(f"{text} ")


@atexit.register
def decorated():
    note("decorated")


def test_registering():
    assert atexit.register(note, text="one") is note
    atexit.register(note, "two")
    atexit.register(os.path.exists, "")
    atexit.unregister(os.path.exists)


def test_unregistering():
    def never():
        note("never")

    atexit.register(never)
    atexit.unregister(never)


def test_ends():
    def end():
        note("end")
        os._exit(3)

    atexit.register(end)
"""


def test_functions_for_the_end(tmp_path: Path) -> None:
    """Were anything of it to reach the process, there would be no test report."""
    root = tmp_path / "project"
    root.mkdir()
    (root / "test_exits.py").write_text(EXITS)
    outcomes = interpreter_outcomes(root, tmp_path / "code")
    assert set(outcomes.values()) == {"passed"}
    assert (root / "notes").read_text().split() == ["end", "two", "one", "decorated"]


ENDS = """
import atexit
import concurrent.futures
import os
import sys
import threading
import weakref

POOL = concurrent.futures.ThreadPoolExecutor(1)

def note(text):
    with open(os.environ["NOTES"], "a") as out:
        out.write(f"{text} ")

class Object: pass
KEPT = Object()

def test_registers():
    POOL.submit(abs, 1).result()
    threading._register_atexit(note, "of_threads")
    atexit.register(note, "first")
    weakref.finalize(KEPT, note, "finalized")

    @atexit.register
    def registers():
        note("registers")
        atexit.register(note, "registered_late")

    @atexit.register
    def fails():
        note("fails")
        raise OSError

    @atexit.register
    def exits():
        note("exits")
        sys.exit(3)

    @atexit.register
    def interrupts():
        note("interrupts")
        raise KeyboardInterrupt

    @atexit.register
    def starts():
        note("starts")
        with concurrent.futures.ThreadPoolExecutor(1) as pool:
            try:
                note(pool.submit(abs, -1).result())
            except RuntimeError:
                note("too_late")
"""


def test_each_function_for_the_end_is_called_once_and_in_its_order(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = tmp_path.resolve() / "project"
    root.mkdir()
    (root / "test_ends.py").write_text(ENDS, "utf-8")
    notes = [tmp_path / name for name in ("plain", "interpreter", "process")]
    plain(sys.executable, root, {"NOTES": str(notes[0])})
    monkeypatch.setenv("NOTES", str(notes[1]))
    interpreter_outcomes(root, tmp_path / "code")
    process_outcomes(sys.executable, root, {"NOTES": str(notes[2])})
    expected, *found = [path.read_text("utf-8").split() for path in notes]
    assert expected.count("of_threads") == 1
    assert found == [expected, expected]
