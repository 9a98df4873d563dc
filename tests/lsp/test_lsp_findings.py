"""What a board says, as findings: boards in, findings out."""

from dataclasses import replace

from lspkit import failed, passed, proposal

from companion.core.board import Board
from companion.messages import Frame, Message
from lsp.findings import Finding, Related, findings, name_of


def found(*events: Message, most_related: int = 30) -> list[Finding]:
    board = Board()
    for event in events:
        board.apply(event)
    return [finding for all_ in findings(board, most_related=most_related).values() for finding in all_]


def test_a_failing_item() -> None:
    frames = (
        Frame("tests/test_a.py", 7, "total(cart)"),
        Frame("/lib/x.py", 3, ""),
        Frame("src/shop.py", 3, "raise E"),
    )
    item = failed("tests/test_a.py::TestCart::test_x[a::b-1]", 3, "E: boom", path="src/shop.py", frames=frames)
    assert found(item) == [
        Finding(
            "src/shop.py", 3, 3, 1, "companion-test", "test_x[a::b-1]", "E: boom",
            (Related("tests/test_a.py", 7, 1, "total(cart)"), Related("/lib/x.py", 3, 1, "called from here")),
            item.id,
        )
    ]  # fmt: skip


def test_a_passing_item_and_one_that_is_gone() -> None:
    assert found(failed("a.py::x"), passed("a.py::x")) == []


def test_a_flaky_item_is_no_error_and_stays_where_it_failed() -> None:
    red = failed("a.py::x", 3, "assert 0", path="src/shop.py")
    flaky = replace(
        red, outcome="passed", state="flaky", message="failed, then passed with nothing changed: assert 0"
    )
    (one,) = found(red, flaky)
    assert (one.path, one.line, one.red) == ("src/shop.py", 3, False)
    assert one.message == "flaky: failed, then passed with nothing changed: assert 0"
    assert found(red, flaky, passed("a.py::x")) == []
    both = found(replace(failed("a.py::y", 3, flaky.message), path="src/shop.py"), flaky)
    assert {one.data: one.red for one in both} == {"a.py::x": False, "a.py::y": True}, "one place, and two findings"


def test_an_order_dependent_item_is_red() -> None:
    (one,) = found(replace(failed("a.py::x"), state="order-dependent"))
    assert one.red
    assert one.message == "order-dependent: assert 1 == 2"


def test_a_file_that_cannot_be_collected() -> None:
    (finding,) = found(failed("tests/test_a.py", 12, "SyntaxError: invalid syntax", outcome="error"))
    assert (finding.path, finding.line, finding.code, finding.data) == (
        "tests/test_a.py", 12, "test_a.py", "tests/test_a.py",
    )  # fmt: skip


def test_one_cause_of_many_items() -> None:
    items = [
        failed(
            f"tests/test_a.py::test_x[{i}]", 3, "boom", path="src/s.py", frames=[Frame("tests/test_a.py", 10 + i, "")]
        )
        for i in range(3)
    ]
    (finding,) = found(*items, failed("tests/test_b.py::test_y", 3, "", path="src/s.py"))[:1]
    (many,) = [f for f in found(*items) if isinstance(f.data, tuple)]
    assert many.message == "boom (3 tests)"
    assert many.code == "test_x"
    assert many.data == tuple(item.id for item in items)
    assert many.related[2] == Related("tests/test_a.py", 12, 1, "tests/test_a.py::test_x[2]")
    assert finding.path == "src/s.py"


def test_different_items_of_one_cause_have_no_name_in_common() -> None:
    (many,) = found(failed("a.py::x", path="s.py"), failed("b.py::y", path="s.py"))
    assert many.code == ""
    assert many.related == (Related("a.py", 1, 1, "a.py::x"), Related("b.py", 1, 1, "b.py::y"))


def test_related_places_are_limited_to_the_innermost() -> None:
    frames = tuple(Frame("a.py", n, str(n)) for n in range(2, 50))
    (finding,) = found(failed("a.py::x", 1, frames=frames), most_related=3)
    assert [related.message for related in finding.related] == ["47", "48", "49"]


def test_every_failed_subtest_is_shown() -> None:
    reports = ("setup passed", "subtest (i=1) failed", "subtest (i=3) failed: assert 3 == 4", "call failed")
    red = replace(failed("a.py::x", 3, "(i=1): assert 1 == 2 (and 1 more failure)"), reports=reports)
    (one,) = found(red)
    assert one.message == "(i=1): assert 1 == 2 (and 1 more failure)\nsubtest (i=3) failed: assert 3 == 4"


def test_an_item_without_a_place() -> None:
    (finding,) = found(failed("tests/test_a.py::x", 0, ""))
    assert (finding.path, finding.line, finding.message) == ("tests/test_a.py", 1, "x failed")


def test_proposals() -> None:
    shown = found(
        proposal("a.py", "x", "y", line=2, end_line=5),
        proposal("a.py", "x", "y", number=2, line=9, end_line=3, verdict="verified"),
        proposal("a.py", "x", "y", number=3, verdict="rejected"),
        proposal("a.py", "x", "y", number=4, line=20, verdict="weak"),
    )
    assert [(f.line, f.end_line, f.message, f.code, f.data) for f in shown] == [
        (2, 5, "Guard clause (not verified)", "guard-clause", "p1"),
        (9, 9, "Guard clause (14 tests pass)", "guard-clause", "p2"),
        (20, 20, "Guard clause (14 tests pass, 2 of 3 changed lines run)", "guard-clause", "p4"),
    ]


def test_names() -> None:
    assert name_of("tests/test_a.py") == "test_a.py"
    assert name_of("test_a.py::test_x") == "test_x"
    assert name_of("test_a.py::A::B::test_x[a[b]::c]") == "test_x[a[b]::c]"
