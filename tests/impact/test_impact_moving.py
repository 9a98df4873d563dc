"""Lines move with their code, and only as long as that is the same."""

from textwrap import dedent, indent

from hypothesis import given
from hypothesis import strategies as st

from companion.core.impact.moving import moves

BEFORE = dedent('''\
    """About."""
    import os

    LIMIT = 3

    @mark
    def total(items):
        """All of them."""
        result = sum(
            items,
        )
        if result > LIMIT:
            return LIMIT
        return result

    class Cart:
        """Of one customer."""
        size = 1
        def add(self, item):
            self.items.append(item)
            self.count()
        def count(self):
            return len(self.items)

    if os.name:
        NAME = 1
    else:
        NAME = 2
''')


def moved(after: str, *lines: int) -> dict[int, int]:
    """Where each of these lines is afterwards."""
    found = moves(BEFORE, after)
    return {line: next(iter(found.of([line]))) for line in lines if found.of([line])}


def test_nothing_moves_where_nothing_changes() -> None:
    statements = {2, 4, 6, 7, 9, 12, 13, 14, 16, 18, 19, 20, 21, 22, 23, 25, 26, 28}
    assert moves(BEFORE, BEFORE).of(statements) == statements
    assert moved(BEFORE, 10, 11) == {10: 9, 11: 9}, "as the first line of the statement"


def test_comments_blank_lines_and_docstrings_move_what_follows() -> None:
    after = BEFORE.replace("    if result > LIMIT:", "    # the most\n\n    if result > LIMIT:")
    assert moved(after, 9, 12, 13, 20) == {9: 9, 12: 14, 13: 15, 20: 22}
    assert moved(BEFORE.replace('    """All of them."""\n', ""), 7, 9, 13) == {7: 7, 9: 8, 13: 12}
    assert moved(BEFORE.replace('"""About."""', '"""About\n\nit."""'), 2, 13) == {2: 4, 13: 15}


def test_another_layout_of_the_same_code() -> None:
    after = BEFORE.replace("sum(\n        items,\n    )", "sum(items)")
    assert moved(after, 9, 12, 13) == {9: 9, 12: 10, 13: 11}


def test_a_function_with_another_body_is_unknown_and_no_other() -> None:
    after = BEFORE.replace("return LIMIT\n", "return LIMIT - 1\n")
    assert moved(after, 9, 12, 13, 14) == {}
    assert moved(after, 6, 7, 20, 23) == {6: 6, 7: 7, 20: 20, 23: 23}
    after = BEFORE.replace("self.count()", "self.count()\n        pass")
    assert moved(after, 19, 20, 21, 22, 23) == {19: 19, 22: 23, 23: 24}


def test_another_header_is_another_line_with_the_same_body() -> None:
    after = BEFORE.replace("def total(items):", "def total(items=()):")
    assert moved(after, 6, 7, 9, 13) == {9: 9, 13: 13}


def test_a_statement_of_a_module_or_class_counts_for_itself() -> None:
    after = BEFORE.replace("LIMIT = 3", "LIMIT = 4").replace("    size = 1\n", "    colour = 1\n    size = 1\n")
    assert moved(after, 2, 4, 16, 18) == {2: 2, 16: 16, 18: 19}


def test_what_is_inside_of_another_block_is_other_code() -> None:
    assert moved(BEFORE.replace("if os.name:", "if os.sep:"), 25, 26, 28) == {}
    assert moved(BEFORE.replace("NAME = 2", "NAME = 3"), 25, 26, 28) == {25: 25, 26: 26}


def test_what_goes_and_what_does_not_parse() -> None:
    assert moved(BEFORE.replace("class Cart", "class Basket"), 13, 20) == {13: 13}
    assert moved("def", 2) == {}
    assert moves("def", BEFORE).of([1, 2]) == frozenset()


functions = st.lists(st.tuples(st.sampled_from("abcd"), st.integers(0, 3)), max_size=6)
noise = st.lists(st.sampled_from(["", "# said", "x = 1", "import y"]), max_size=3).map("\n".join)


def _written(some: list[tuple[str, int]], between: list[str]) -> str:
    """Functions whose bodies have so many statements, each line of which says of which function it is."""
    texts: list[str] = []
    for at, (name, size) in enumerate(some):
        body = "\n".join(f"{name}{size}_{line}()" for line in range(size)) or "pass"
        texts += [between[at] if at < len(between) else "", f"def {name}{size}():", indent(body, "    ")]
    return "\n".join(texts) + "\n"


@given(functions, functions, st.lists(noise, max_size=6), st.lists(noise, max_size=6))
def test_a_line_never_becomes_one_that_says_something_else(
    old: list[tuple[str, int]], new: list[tuple[str, int]], first: list[str], second: list[str]
) -> None:
    before, after = _written(old, first), _written(new, second)
    were, are = before.splitlines(), after.splitlines()
    found = moves(before, after)
    for number, text in enumerate(were, 1):
        if text.strip() and not text.startswith("#"):
            now = found.of([number])
            assert all(are[line - 1] == text for line in now)
            assert now or text not in are or were.count(text) > are.count(text) or text.strip() == "pass"
