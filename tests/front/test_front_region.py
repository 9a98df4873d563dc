"""Live lines below permanent ones, seen on a terminal's screen."""

from io import StringIO
from typing import override

from glass import Glass
from hypothesis import given
from hypothesis import strategies as st
from rich.text import Text

from companion.front.live import console
from companion.front.region import Region


class Screen(StringIO):
    """A stream that is shown at once; it has no descriptor, so it counts as 80 by 24."""

    def __init__(self) -> None:
        super().__init__()
        self.glass = Glass(80, 24)

    @override
    def write(self, text: str, /) -> int:
        self.glass.write(text)
        return len(text)


def region() -> tuple[Region, Glass]:
    out = Screen()
    made = Region(out, console(out))
    made.open()
    return made, out.glass


def lines(*words: str) -> list[Text]:
    return [Text(word) for word in words]


def test_live_lines_are_replaced() -> None:
    live, glass = region()
    live.paint(lines("one", "two"))
    live.paint(lines("one", "three"))
    assert glass.text() == "one\nthree"


def test_shorter_line_leaves_nothing_behind() -> None:
    live, glass = region()
    live.paint(lines("a long line", "two"))
    live.paint(lines("a", "two"))
    assert glass.text() == "a\ntwo"


def test_fewer_lines_leave_nothing_behind() -> None:
    live, glass = region()
    live.paint(lines("one", "two", "three"))
    live.paint(lines("one"))
    assert glass.text() == "one"


def test_permanent_lines_stay_above() -> None:
    live, glass = region()
    live.paint(lines("live"))
    live.print(lines("first", "second"), lines("live", "more"))
    live.paint(lines("end"))
    assert glass.text() == "first\nsecond\nend"


def test_closing_leaves_the_permanent_lines_and_the_cursor() -> None:
    live, glass = region()
    live.print(lines("first"), lines("live", "more"))
    assert glass.cursor == "hidden"
    live.close()
    assert (glass.text(), glass.cursor) == ("first", "shown")


def test_nothing_is_written_where_nothing_changed() -> None:
    live, glass = region()
    live.paint(lines("one", "two"))
    before = glass.writes
    live.paint(lines("one", "two"))
    assert glass.writes == before


def test_every_change_is_one_write() -> None:
    live, glass = region()
    before = glass.writes
    live.print(lines("first", "second"), lines("one", "two"))
    live.paint(lines("one", "three"))
    assert glass.writes == before + 2


def test_print_on_what_is_no_terminal_has_no_control_characters() -> None:
    out = StringIO()
    Region(out, console(out)).print([Text("red", "bold red"), Text()], ())
    assert out.getvalue() == "red\n\n"


WORDS = st.text("abc ", max_size=12).map(str.rstrip)
BLOCK = st.lists(WORDS, max_size=6)


@given(st.lists(st.tuples(st.sampled_from(["paint", "print"]), BLOCK, BLOCK)))
def test_screen_is_what_was_printed_and_then_the_live_lines(steps: list[tuple[str, list[str], list[str]]]) -> None:
    live, glass = region()
    printed: list[str] = []
    shown: list[str] = []
    for kind, permanent, wanted in steps:
        shown = ["live", *wanted]
        if kind == "paint":
            live.paint(lines(*shown))
        else:
            printed += permanent
            live.print(lines(*permanent), lines(*shown))
    assert glass.text() == "\n".join([*printed, *shown]).rstrip("\n")
