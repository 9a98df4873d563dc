"""What tests leave in an interpreter is called at its end, in its order, and harms nobody: not this very process."""

from pathlib import Path

from sessionkit import interpreter_outcomes

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
