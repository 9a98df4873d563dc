"""What a session says of the items that it leaves out."""

from pathlib import Path

from sessionkit import session, snapshot_of

from companion.messages import Collected

TESTS = "def test_one():\n    pass\n\n\ndef test_two():\n    pass\n\n\ndef test_three():\n    pass\n"


def test_items_that_arguments_leave_out_are_counted(tmp_path: Path) -> None:
    (tmp_path / "test_a.py").write_text(TESTS, "utf-8")
    said = session(tmp_path, snapshot_of(tmp_path), tmp_path / "code", ("-k", "two"))
    (collected,) = (message for message in said if isinstance(message, Collected))
    assert (collected.items, collected.deselected) == (("test_a.py::test_two",), 2)


def test_items_that_the_run_has_shown_already_are_not(tmp_path: Path) -> None:
    (tmp_path / "test_a.py").write_text(TESTS, "utf-8")
    left_out = ("test_a.py::test_one",)
    said = session(tmp_path, snapshot_of(tmp_path), tmp_path / "code", ("-k", "one or two"), deselect=left_out)
    (collected,) = (message for message in said if isinstance(message, Collected))
    assert (collected.items, collected.deselected) == (("test_a.py::test_two",), 1)
