"""What selection has missed once, and must not again: over a small graph."""

import pytest
from graphkit import check

A, B = "test_a.py", "test_b.py"
X, Y, Z = "test_a.py::test_x", "test_a.py::test_y", "test_b.py::test_z"
NOTHING = {X: "", Y: "", Z: ""}
OTHERS = {B: "def test_z(): pass\n"}
ONE, TWO = {"consts.py": "A = 1\n"}, {"consts.py": "A = 2\n"}


def laid(head: str, x: str, y: str = "pass") -> dict[str, str]:
    return OTHERS | {A: f"{head}\n\ndef test_x():\n    {x}\n\ndef test_y():\n    {y}\n"}


@pytest.mark.parametrize(
    "use",
    ["print(A)", "T = build(A)", "T = [str(A) for _ in '1']", "if A:\n    T = 1", "for x in [A]:\n    T = x"],
)
def test_an_imported_name_that_the_import_of_a_module_uses(use: str) -> None:
    files = ONE | {"m.py": f"from consts import A\nfrom elsewhere import build\n{use}\n"} | laid("import m", "m.T")
    check(files, TWO, NOTHING, A)


def test_a_mark_of_a_whole_file_that_another_module_decides() -> None:
    head = "import pytest\nfrom consts import A\npytestmark = pytest.mark.skipif(A == 1, reason='')"
    check(ONE | laid(head, "pass"), TWO, NOTHING, A)


def test_a_fixture_for_all_that_another_module_switches_on() -> None:
    conftest = "import pytest\nfrom consts import A\n\n@pytest.fixture(autouse=A == 2)\ndef it():\n    1 / 0\n"
    check(ONE | {"conftest.py": conftest} | laid("", "pass"), TWO, NOTHING, f"{A} {B}")


def test_a_name_in_a_class_whose_base_nobody_knows() -> None:
    model = "import elsewhere\nfrom consts import A\n\nclass User(elsewhere.Model):\n    size = A\n"
    files = ONE | {"m.py": model} | laid("import m, elsewhere", "elsewhere.make_tables()")
    check(files, {"m.py": model.replace("= A", "= 2")}, NOTHING, A)
    check(files, TWO, NOTHING, A)


@pytest.mark.parametrize("call", ["getattr(consts, chr(65))", "getattr(consts, NAME.upper())"])
def test_an_attribute_by_a_name_that_no_text_shows(call: str) -> None:
    check(ONE | laid("import consts\nNAME = 'a'", call), TWO, NOTHING, X)
