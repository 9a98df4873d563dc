"""Lines of an earlier text in the text of now, as two strings: what a line said then is what it says now."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lsp.document import Document, Place, shifts, split
from lsp.linemap import LineHistory, Shift

OLD = "def a():\n    one\n    two\n    three\n"


def followed(document: Document, old: str, line: int, generation: int = 1) -> tuple[str, str]:
    """The line's code in the old text, and in the text where it is said to be now."""
    return split(old)[line].strip(), document.lines[document.history.now(line, generation)].strip()


@pytest.mark.parametrize("line", [0, 1, 2, 3])
@pytest.mark.parametrize(
    ("first", "last", "text"),
    [
        ((0, 0), (0, 0), "import x\n\n"),
        ((1, 7), (1, 7), "\n    more"),
        ((2, 4), (2, 4), "more\n    "),
        ((4, 0), (4, 0), "end"),
        ((0, 0), (0, 0), "typed "),
    ],
)
def test_insertions(first: tuple[int, int], last: tuple[int, int], text: str, line: int) -> None:
    document = Document("file:///a.py", 1, OLD)
    document.replace(Place(*first), Place(*last), text)
    then, now = followed(document, OLD, line)
    assert now.endswith(then)


def test_delete_lines_above() -> None:
    document = Document("file:///a.py", 1, OLD)
    document.replace(Place(0, 0), Place(2, 0), "")
    assert followed(document, OLD, 2) == ("two", "two")
    assert followed(document, OLD, 3) == ("three", "three")


def test_deleted_line_stays_near() -> None:
    document = Document("file:///a.py", 1, OLD)
    document.replace(Place(1, 0), Place(3, 0), "")
    assert document.history.now(2, 1) in {0, 1}


def test_the_whole_text_sent_again() -> None:
    document = Document("file:///a.py", 1, OLD)
    document.rewrite("import x\n" + OLD.replace("    two\n", "") + "\nend\n")
    assert followed(document, OLD, 3) == ("three", "three")
    assert followed(document, OLD, 1) == ("one", "one")


def test_a_result_is_followed_from_its_own_generation_on() -> None:
    document = Document("file:///a.py", 1, OLD)
    document.replace(Place(0, 0), Place(0, 0), "# first\n")
    document.history.anchor(5, [])
    document.replace(Place(0, 0), Place(0, 0), "# second\n")
    assert document.history.now(1, 4) == 3
    assert document.history.now(1, 5) == 2
    assert document.history.now(1, 9) == 2


def test_a_dirty_document_is_followed_from_the_text_on_disk() -> None:
    document = Document("file:///a.py", 1, "# unsaved\n" + OLD)
    document.history.restart([Shift(0, 0, 0, 1)])
    assert followed(document, OLD, 3) == ("three", "three")


def test_old_steps_are_forgotten() -> None:
    history = LineHistory(most=10)
    for generation in range(1, 100):
        history.anchor(generation, [])
        history.edited([Shift(0, 0, 0, 1)])
    assert history.now(0, 99) == 1
    assert history.now(0, 1) <= 10


LINES = st.lists(st.sampled_from(["a\n", "b\n", "  c\n", "\n"]), max_size=8).map("".join)


@given(LINES, LINES)
def test_unchanged_ends_are_followed(old: str, new: str) -> None:
    head, tail = "first = 1\nsecond = 2\n", "beforelast = 8\nlast = 9\n"
    document = Document("file:///a.py", 1, head + old + tail)
    before = document.text
    document.rewrite(head + new + tail)
    count = len(split(before)) - 1
    for line in (0, 1, count - 2, count - 1):
        then, now = followed(document, before, line)
        assert then == now


@given(LINES, LINES)
def test_lines_stay_inside_what_replaced_them(old: str, new: str) -> None:
    document = Document("file:///a.py", 1, old)
    document.rewrite(new)
    for line in range(len(split(old))):
        assert 0 <= document.history.now(line, 1) < len(document.lines)


def test_shifts_of_nothing() -> None:
    assert shifts((), ["a\n", ""]) == []
