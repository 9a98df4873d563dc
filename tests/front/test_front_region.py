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
    """A stream that is shown at once, on a glass that is 80 columns wide at first."""

    def __init__(self) -> None:
        super().__init__()
        self.glass = Glass(80, 24)
        self.columns = 80

    def narrow(self, columns: int) -> None:
        self.columns = columns
        self.glass.narrow(columns)

    @override
    def write(self, text: str, /) -> int:
        self.glass.write(text)
        return len(text)


def narrowing() -> tuple[Region, Screen]:
    out = Screen()
    made = Region(out, console(out), lambda _: (out.columns, 24))
    made.open()
    return made, out


def region() -> tuple[Region, Glass]:
    made, out = narrowing()
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


def test_narrower_terminal_that_wraps_the_live_lines() -> None:
    live, out = narrowing()
    live.print(lines("permanent"), lines("", "x" * 70, "y" * 70, "gone soon"))
    live.paint(lines("", "x" * 70, "y" * 70))
    out.narrow(30)
    live.paint(lines("", "x" * 29, "y" * 29))
    assert out.glass.text() == "permanent\n\n" + "x" * 29 + "\n" + "y" * 29


WORDS = st.text("abc ", max_size=79).map(str.rstrip)
BLOCK = st.lists(WORDS, max_size=6)


@given(st.lists(st.tuples(st.sampled_from(["paint", "print", "narrow"]), BLOCK, BLOCK)))
def test_screen_is_what_was_printed_and_then_the_live_lines(steps: list[tuple[str, list[str], list[str]]]) -> None:
    live, out = narrowing()
    printed: list[str] = []
    shown: list[str] = []
    for kind, permanent, wanted in steps:
        width = out.columns - 1
        shown = [line[:width].rstrip() for line in ["live", *wanted]]
        if kind == "print":
            printed += [line[:19].rstrip() for line in permanent]
            live.print(lines(*(line[:19].rstrip() for line in permanent)), lines(*shown))
        else:
            live.paint(lines(*shown))
        if kind == "narrow":
            out.narrow(max(21, out.columns - 7))
            shown = [line[: out.columns - 1].rstrip() for line in shown]
            live.paint(lines(*shown))
    assert out.glass.text() == "\n".join([*printed, *shown]).rstrip("\n")
