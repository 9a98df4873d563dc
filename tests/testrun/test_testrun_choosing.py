"""What a session says of the items that it leaves out."""

from pathlib import Path

import pytest
from sessionkit import session, snapshot_of

from companion.messages import Collected, ItemFinished

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


ANEW = """import uuid

import pytest


@pytest.mark.parametrize("name", [str(uuid.uuid4())])
def test_reaches_outside(name):
    pass


def test_two():
    pass


def test_one():
    pass
"""


@pytest.mark.parametrize("chosen", [("test_a.py::test_one", "test_a.py::test_two", "test_a.py::test_gone"), ()])
def test_items_that_nobody_has_chosen_do_not_run_whatever_they_are_called(
    tmp_path: Path, chosen: tuple[str, ...]
) -> None:
    (tmp_path / "test_a.py").write_text(ANEW, "utf-8")
    said = session(tmp_path, snapshot_of(tmp_path), tmp_path / "code", ("test_a.py",), chosen=chosen)
    ended = [message.id for message in said if isinstance(message, ItemFinished)]
    assert ended == [name for name in ("test_a.py::test_two", "test_a.py::test_one") if name in chosen]
