"""Whom a change affects: names through imports and aliases, classes over files, what imports execute and read."""

import pytest
from graphkit import Project, check, selected

from companion.core.impact.graph import CONTENT, LISTING, common, joined, within

A, B = "test_a.py", "test_b.py"
X, Y, Z = "test_a.py::test_x", "test_a.py::test_y", "test_b.py::test_z"
NOTHING = {X: "", Y: "", Z: ""}
OTHERS = {B: "def test_z(): pass\n"}


def laid(head: str, x: str, y: str = "pass") -> dict[str, str]:
    """Two items of a file, and one of another that imports nothing."""
    return OTHERS | {A: f"{head}\n\ndef test_x():\n    {x}\n\ndef test_y():\n    {y}\n"}


# --- names --------------------------------------------------------------------------------------------------

ONE = {"consts.py": "A = 1\nAB = 1\n"}
TWO = {"consts.py": "A = 2\nAB = 1\n"}


@pytest.mark.parametrize(
    ("head", "x", "y"),
    [
        ("import consts", "consts.A", "consts.AB"),
        ("import consts as c", "c.A", "c.AB"),
        ("from consts import A", "A", "pass"),
        ("from consts import A as C, AB", "C", "AB"),
        ("from consts import *", "A", "AB"),
        ("import consts", "from consts import A", "from consts import AB"),
        ("import consts", "getattr(consts, 'A')", "getattr(consts, 'AB')"),
        ("import consts", "patch('consts.A')", "patch('consts.AB')"),
        ("import consts", "vars(consts)", "consts.AB"),
        ("import consts", "consts.__dict__", "consts.AB"),
        ("import consts\nB = consts.A\nC = B", "C", "pass"),
        ("import consts\nB, C = consts.A, 1", "C", "consts.AB"),
        ("import consts\ndef f(a=consts.A): pass", "f()", "pass"),
    ],
)
def test_a_constant_affects_who_speaks_of_it(head: str, x: str, y: str) -> None:
    executed = {**NOTHING, X: f"{A}:f()" if "def f" in head else ""}
    check(ONE | laid(head, x, y), TWO, executed, X)


@pytest.mark.parametrize(
    "between",
    [
        {"pkg/__init__.py": "from consts import A\n", "m.py": "from pkg import A as B\n"},
        {
            "p/__init__.py": "from .deep import *\n",
            "p/deep.py": "from consts import *\n",
            "m.py": "from p import A as B",
        },
        {"m.py": "import consts\nB = consts.A\n"},
        {"m.py": "from consts import A\nB = A\n"},
        {"n.py": "import consts as c\n", "m.py": "import n\nB = n.c.A\n"},
    ],
)
def test_a_constant_is_followed_through_other_modules(between: dict[str, str]) -> None:
    files = ONE | between | laid("from m import B as C\nimport m", "m.B", "C")
    check(files, TWO, NOTHING, f"{X} {Y}")
    check(ONE | between | laid("import m", "m.B", "m.other"), TWO, NOTHING, X)


def test_who_speaks_of_it_and_was_not_executed_is_not_affected() -> None:
    files = ONE | {"m.py": "import consts\n\ndef f():\n    return consts.A\n"} | laid("import m", "m.f()", "m")
    check(files, TWO, {**NOTHING, X: "m.py:f()"}, X)
    check(files, TWO, NOTHING, "")


def test_the_same_name_of_another_module_is_another() -> None:
    files = ONE | {"other.py": "A = 5\n", B: "import other\n\ndef test_z():\n    other.A\n"}
    files |= {A: "def test_x(): pass\ndef test_y(): pass\n"}
    check(files, TWO, NOTHING, "")


def test_a_name_that_is_bound_with_an_effect_concerns_all_who_import_it() -> None:
    files = ONE | {"m.py": "import consts\nprint(consts.A)\n"} | laid("import m", "pass")
    check(files, TWO, NOTHING, A)


@pytest.mark.parametrize(
    "call", ["getattr(consts, f'A_{n}')", "getattr(consts, 'A_' + n)", "getattr(consts, 'A_%s' % n)"]
)
def test_a_name_that_is_put_together_may_be_any_that_begins_so(call: str) -> None:
    files = {"consts.py": "A_ONE = 1\nB_ONE = 1\n"} | laid("import consts", call)
    check(files, {"consts.py": "A_ONE = 2\nB_ONE = 1\n"}, NOTHING, X)
    check(files, {"consts.py": "A_ONE = 1\nB_ONE = 2\n"}, NOTHING, "")


@pytest.mark.parametrize(("old", "new"), [("", "A = 1\n"), ("A = 1\n", ""), ("A = 1\n", "def A(): pass\n")])
def test_a_name_that_comes_or_goes_affects_who_speaks_of_it(old: str, new: str) -> None:
    check({"consts.py": old} | laid("import consts", "consts.A"), {"consts.py": new}, NOTHING, X)


def test_a_name_that_hides_one_of_pythons_own() -> None:
    files = {"m.py": "def f(x):\n    return len(x)\n\ndef g(): pass\n"} | laid("import m", "m.f([])", "m.g()")
    hidden = {"m.py": files["m.py"] + "\n\ndef len(x):\n    return 7\n"}
    check(files, hidden, {**NOTHING, X: "m.py:f()", Y: "m.py:g()"}, X)


# --- bodies, headers and the rest of a module ---------------------------------------------------------------

FUNCTIONS = {"m.py": "def f(a=1):\n    return a\n\ndef g():\n    return 1\n"}
RAN = {X: "m.py:f()", Y: "m.py:g()", Z: ""}


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("return a", "return a + 1", X),
        ("def f(a=1)", "def f(a=2)", X),
        ("def f(a=1)", "def f(a=1, *, b=2)", X),
        ("return 1", "return 2", Y),
        ("def g", "def h", Y),
        ("def g", "A = 1\n\ndef g", ""),
        ("def f", "# why\ndef f", ""),
        ("def f", "print()\ndef f", A),
        ("def f", "import not_there\ndef f", A),
        ("def f", "if __name__ == '__main__':\n    print()\n\ndef f", ""),
    ],
)
def test_an_edit_of_a_module(old: str, new: str, expected: str) -> None:
    files = FUNCTIONS | laid("import m", "m.f()", "m.g()")
    check(files, {"m.py": files["m.py"].replace(old, new)}, RAN, expected)


def test_what_a_program_does_affects_who_ran_it() -> None:
    files = {"m.py": "if __name__ == '__main__':\n    print(1)\n"} | laid("import m, runpy", "runpy.run_path('m.py')")
    check(files, {"m.py": files["m.py"].replace("1", "2")}, NOTHING, X)


def test_what_importing_calls_affects_whoever_imports() -> None:
    """It was executed once for all, however many items came after."""
    files = FUNCTIONS | {"table.py": "import m\nTABLE = m.f()\n"} | laid("import table", "table.TABLE")
    new = {"m.py": files["m.py"].replace("return a", "return -a")}
    check(files, new, NOTHING, A, bundles={"table.py": "m.py:f()"})
    check(files, new, NOTHING, "")
    project = Project(files, NOTHING, {"table.py": "m.py:f()"})
    assert project.edit(new).why(A, 0) == "imports table, which calls m:f"


@pytest.mark.parametrize("module", ["m.py", "pkg/m.py", "src/pkg/m.py", "pkg/__init__.py"])
def test_a_module_that_is_deleted_affects_who_imported_it(module: str) -> None:
    name = {"m.py": "m", "pkg/__init__.py": "pkg"}.get(module, "pkg.m")
    files = {module: "def f(): pass\n"} | laid(f"import {name}", "pass")
    check(files, {module: None}, NOTHING, A)


def test_a_module_that_comes_affects_who_looked_for_it() -> None:
    files = laid("try:\n    import fast\nexcept ImportError:\n    pass", "pass")
    check(files, {"fast.py": "x = 1\n"}, NOTHING, A)
    check(files, {"slow.py": "x = 1\n"}, NOTHING, "")


def test_a_test_file_with_an_item_more_may_hold_others() -> None:
    files = laid("", "pass")
    affected, found = selected(files, {A: files[A] + "\ndef test_new(): pass\n"}, NOTHING)
    assert affected == set()
    assert found.files == {A}
    affected, found = selected(files, {A: files[A].replace("pass", "return")}, NOTHING)
    assert affected == {X, Y}
    assert found.files == set()


def test_parameters_of_another_module_make_a_file_hold_others() -> None:
    files = {"cases.py": "CASES = [1]\n"} | laid(
        "import pytest\nfrom cases import CASES\n\n@pytest.mark.parametrize('x', CASES)\ndef test_p(x): pass", "pass"
    )
    executed = NOTHING | {f"{A}::test_p[1]": ""}
    affected, found = selected(files, {"cases.py": "CASES = [1, 2]\n"}, executed)
    assert affected == {f"{A}::test_p[1]"}
    assert A in found.files


# --- classes ------------------------------------------------------------------------------------------------

BASE = "class Base:\n    rate = 1\n    def f(self):\n        return self.rate\n    def other(self): pass\n"
CHILD = "from base import Base as B\n\nclass Child(B):\n    def own(self): pass\n"
CLASSES = {"base.py": BASE, "child.py": CHILD}
USED = {X: "base.py:Base.f()", Y: "base.py:Base.other()", Z: ""}


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("return self.rate", "return -self.rate", X),
        ("rate = 1", "rate = 2", X),
        ("rate = 1\n", "rate = 1\n    unused = 2\n", ""),
        ("    def other", "    def __eq__(self, o): return True\n    def other", f"{X} {Y}"),
        ("class Base", "class Base(dict)", f"{X} {Y}"),
        ("class Base", "@functools.total_ordering\nclass Base", A),
        ("def other(self)", "def other(self, a=1)", Y),
    ],
)
def test_an_edit_of_a_class_reaches_those_below_it_in_other_files(old: str, new: str, expected: str) -> None:
    """The items make a `Child` and speak of no other class."""
    files = CLASSES | laid("from child import Child", "Child().f()", "Child().other()")
    check(files, {"base.py": BASE.replace(old, new)}, USED, expected)


def test_an_override_affects_who_called_what_it_overrides() -> None:
    files = CLASSES | laid("from child import Child\nfrom base import Base", "Child().f()", "Base().f()")
    executed = {X: "base.py:Base.f()", Y: "base.py:Base.f()", Z: ""}
    overridden = {"child.py": CHILD + "    def f(self):\n        return 3\n"}
    check(files, overridden, executed, X)


def test_an_override_that_goes_affects_who_called_it() -> None:
    child = CHILD + "    def f(self):\n        return 3\n"
    files = CLASSES | {"child.py": child} | laid("from child import Child", "Child().f()", "Child().own()")
    check(files, {"child.py": CHILD}, {X: "child.py:Child.f()", Y: "child.py:Child.own()", Z: ""}, X)


def test_a_base_that_nobody_knows_may_do_anything_with_its_members() -> None:
    child = "import elsewhere\n\nclass Child(elsewhere.Model):\n    rate = 1\n    def f(self): pass\n"
    files = {"child.py": child, "mine.py": "from child import Child\n\nclass Mine(Child):\n    size = 1\n"}
    files |= laid("import mine", "pass")
    check(files, {"child.py": child.replace("rate = 1", "rate = 2")}, NOTHING, A)
    check(files, {"mine.py": files["mine.py"].replace("size = 1", "size = 2")}, NOTHING, A)


@pytest.mark.parametrize("decorator", ["dataclasses.dataclass", "dataclass(frozen=True)"])
def test_what_a_dataclass_has_concerns_who_meets_it(decorator: str) -> None:
    text = f"import dataclasses\nfrom dataclasses import dataclass\n\n@{decorator}\nclass Item:\n    price: int = 1\n"
    files = {"m.py": text} | laid("import m", "m.Item()", "m.other")
    check(files, {"m.py": text.replace("= 1", "= 2")}, NOTHING, X)


def test_a_member_that_makes_a_class_complete_concerns_who_makes_one() -> None:
    base = "import abc\n\nclass Base(abc.ABC):\n    @abc.abstractmethod\n    def f(self): ...\n"
    child = "from base import Base\n\nclass Child(Base):\n    pass\n"
    files = {"base.py": base, "child.py": child} | laid("from child import Child", "Child()", "pass")
    check(files, {"child.py": child.replace("pass", "def f(self): return 1")}, NOTHING, X)


# --- what is read -------------------------------------------------------------------------------------------


def test_a_file_that_is_read() -> None:
    files = {"data/one.json": "1"} | laid("", "pass")
    executed = {**NOTHING, X: f"data/one.json:{CONTENT}", Y: f"data:{LISTING}"}
    for edits, expected in (
        ({"data/one.json": "2"}, X),
        ({"data/two.json": "2"}, Y),
        ({"data/one.json": None}, f"{X} {Y}"),
        ({"data/one.json/deep": "2"}, f"{X} {Y}"),
        ({"other.json": "2"}, ""),
    ):
        check(files, edits, executed, expected)


def test_a_file_that_importing_reads() -> None:
    files = {"data.json": "1", "m.py": "DATA = open('data.json').read()\n"} | laid("import m", "m.DATA")
    bundles = {"m.py": f"data.json:{CONTENT} .:{LISTING}"}
    check(files, {"data.json": "2"}, NOTHING, A, bundles)
    check(files, {"new.json": "2"}, NOTHING, A, bundles)
    project = Project(files, NOTHING, bundles)
    assert project.edit({"data.json": "2"}).why(A, 1) == "imports m, which reads data.json"


def test_a_python_file_that_is_read_is_a_resource_as_well() -> None:
    files = {"template.py": "x = 1\n"} | laid("", "open('template.py')")
    check(files, {"template.py": "x = 1  # or two\n"}, {**NOTHING, X: f"template.py:{CONTENT}"}, X)


# --- several at once ----------------------------------------------------------------------------------------


def test_a_checkout_of_several_files_is_one_change() -> None:
    files = ONE | FUNCTIONS | {"data.json": "1"} | laid("import m, consts", "m.f()", "consts.A")
    edits: dict[str, str | None] = {
        **TWO,
        "m.py": FUNCTIONS["m.py"].replace("return a", "return 5"),
        "data.json": None,
    }
    affected, found = selected(files, edits, {X: "m.py:f()", Y: "", Z: f"data.json:{CONTENT}"})
    assert affected == {X, Y, Z}
    assert (found.why(A, 0), found.why(A, 1)) == ("calls m:f", "mentions consts:A")
    assert found.why(B, 0) == "reads data.json"
    assert found.why(B, 1) == ""


def test_nothing_that_changed_affects_nobody() -> None:
    files = ONE | FUNCTIONS | CLASSES | laid("import m, consts, child", "m.f()", "consts.A")
    affected, found = selected(files, {path: f"# one more line\n{text}" for path, text in files.items()}, RAN)
    assert (affected, found.files, found.lots) == (set(), set(), [])


def test_sets_of_items() -> None:
    one, other = {A: 0b101, B: -1}, {A: 0b110, "c": 1}
    assert joined(one, other) == {A: 0b111, B: -1, "c": 1}
    assert common(one, other) == {A: 0b100}
    assert common({A: -1}, other) == {A: 0b110}
    assert within(one, frozenset({B})) == {B: -1}
