"""Which parts of a file two states of it differ in."""

import pytest
from sourcekit import check, part, source, told

from companion.core.impact.difference import difference

FIXTURE = "import pytest\n"
TYPING = "from typing import TYPE_CHECKING\n"


@pytest.mark.parametrize(("old", "new"), [
    ("def f():\n    return 1", "# why\n\n\ndef f():\n\n    return (1)  # because"),
    ("x = {'a': 1,}", 'x = {\n  "a":1\n}'),
    ("def f(): 'one'", "def f(): 'two'; "),
    ("x = 0x10", "x = 16"),
    (f"{TYPING}if TYPE_CHECKING:\n    import shop", f"{TYPING}if TYPE_CHECKING:\n    import cart\n    y = 2"),
    ("import typing as t\nif t.TYPE_CHECKING: x = 1", "import typing as t\nif t.TYPE_CHECKING: x = 2"),
    ("import os\nimport re", "import re\nimport os"),
    ("import os, re", "import os\nimport re"),
    ("def f(): pass\ndef g(): pass", "def g(): pass\ndef f(): pass"),
    ("class A:\n    x = 1\n    def f(self): pass", "class A:\n    def f(self): pass\n    x = 1"),
])  # fmt: skip
def test_what_nobody_can_notice(old: str, new: str) -> None:
    found = difference(source(old), source(new))
    assert told(found) <= {"__doc__"}


@pytest.mark.parametrize(("old", "new", "body"), [
    ("def f(): return 1", "def f(): return 2", "f()"),
    ("async def f(): await a", "async def f(): await b", "f()"),
    ("class A:\n def f(self): return 1", "class A:\n def f(self): return 2", "A.f()"),
    ("class A:\n class B:\n  def f(self): return 1", "class A:\n class B:\n  def f(self): return 2", "A.B.f()"),
    ("def f():\n def g(): return 1", "def f():\n def g(): return 2", "f()"),
    ("def f(): return lambda: 1", "def f(): return lambda: 2", "f()"),
    ("def f():\n class A:\n  x = 1", "def f():\n class A:\n  x = 2", "f()"),
    ("if x:\n def f(): return 1", "if x:\n def f(): return 2", "f()"),
    ("try:\n import a\nexcept ImportError:\n def f(): return 1",
     "try:\n import a\nexcept ImportError:\n def f(): return 2", "f()"),
    ("def f(): 1\ndef f(): 2", "def f(): 1\ndef f(): 3", "f()#2"),
    ("@register\ndef f(): return 1", "@register\ndef f(): return 2", "f()"),
    ("def f():\n 'doc'\n return 1", "def f():\n 'doc'\n return 2", "f()"),
    ("def f():\n @g\n def h(): 'one'", "def f():\n @g\n def h(): 'two'", "f()"),
    ("match x:\n case 1:\n  def f(): return 1", "match x:\n case 1:\n  def f(): return 2", "f()"),
    ("def f(): return 0x" + "f" * 9000, "def f(): return 0x" + "e" * 9000, "f()"),
    ("def f(): return 1", "def f(): return 1.0", "f()"),
    ("def f(): return 1", "def f(): return True", "f()"),
    ("def f(): return 'a', 'b'", "def f(): return 'a,b'", "f()"),
    ("def f(x):\n match x:\n  case True: pass", "def f(x):\n match x:\n  case False: pass", "f()"),
])  # fmt: skip
def test_the_body_of_a_function(old: str, new: str, body: str) -> None:
    check(old, new, body)


@pytest.mark.parametrize(("old", "new", "expected"), [
    ("def f(x=1): pass", "def f(x=2): pass", ["f"]),
    ("def f(x): pass", "def f(x: int): pass", ["f"]),
    ("def f(): pass", "def f() -> int: pass", ["f"]),
    ("def f(): pass", "async def f(): pass", ["f", "f()"]),
    ("def f(x): pass", "def f(y): pass", ["f", "f()"]),
    ("def f(x, y): pass", "def f(x, /, y): pass", ["f", "f()"]),
    ("def f(x): pass", "def f(*x): pass", ["f", "f()"]),
    ("def f[T](x): pass", "def f[S](x): pass", ["f"]),
    ("x = 1", "x = 2", ["x"]),
    ("x: int = 1", "x: str = 1", ["x"]),
    ("x, y = 1, 2", "x, y = 1, 3", ["x", "y"]),
    ("x = y = 1", "x = y = 2", ["x", "y"]),
    ("type A = int", "type A = str", ["A"]),
    ("f = lambda: 1", "f = lambda: 2", ["f"]),
    ("x = [1, *(2, 3)]", "x = [1, *(2, 4)]", ["x"]),
    ("x = {'a': (1, [2])}", "x = {'a': (1, [3])}", ["x"]),
    ("x = 60 * 60 + -1", "x = 60 * 61 + -1", ["x"]),
    ("x = 1", "x = y = 1", ["x", "y"]),
    ("", "x = 1", ["x"]),
    ("", "def f(): return 1", ["f"]),
    ("def g(): pass", "def f(): return 1\ndef g(): pass", ["f"]),
    ("", "import os", ["os"]),
    ("", "import os.path as path", ["<module>", "path"]),
    ("", "from os import path", ["<module>", "path"]),
    ("from os import path", "", ["path"]),
    ("import os", "import re as os", ["os"]),
    ("__all__ = ['a', 'b']", "__all__ = ['b', 'c']", ["__all__", "a", "c"]),
    ("__version__ = '1'", "__version__ = '2'", ["__version__"]),
    ("def f(): pass", "f = 1", ["f", "f()"]),
])  # fmt: skip
def test_names_that_are_only_bound(old: str, new: str, expected: list[str]) -> None:
    check(old, new, *expected)


@pytest.mark.parametrize(("old", "new"), [
    ("", "import shop"),
    ("", "from shop import cart"),
    ("", "from __future__ import annotations"),
    ("", "from os import *"),
    ("run(1)", "run(2)"),
    ("a\nx.y = 1", "a\nx.y = 2"),
    ("x[0] = 1", "x[0] = 2"),
    ("[x for x in y]", "[x for x in z]"),
    ("pass", ""),
    ("for a in b: pass", "for a in c: pass"),
    ("assert a", "assert b"),
    ("del x", "del y"),
    ("first()\nsecond()", "second()\nfirst()"),
    ("if x: run()", "if y: run()"),
    ("if x:\n def f(a=1): pass", "if x:\n def f(a=2): pass"),
    ("@register\ndef f(a=1): pass", "@register\ndef f(a=2): pass"),
    ("@register\ndef f(): 'one'", "@register\ndef f(): 'two'"),
    ("__getattr__ = 1", "__getattr__ = 2"),
    ("pytestmark = 1", "pytestmark = 2"),
    ("pytest_plugins = ['a']", "pytest_plugins = ['b']"),
    ("def pytest_addoption(parser, x=2): pass", "def pytest_addoption(parser, x=1): pass"),
    ("def setup_module(x=2): pass", "def setup_module(x=1): pass"),
    (f"{FIXTURE}@pytest.fixture(autouse=True)\ndef f(x=1): pass",
     f"{FIXTURE}@pytest.fixture(autouse=True)\ndef f(x=2): pass"),
    ("if __name__ == '__main__': pass\nelse: run(1)", "if __name__ == '__main__': pass\nelse: run(2)"),
    ("'one'\nprint(__doc__)", "'two'\nprint(__doc__)"),
    ("x = 1\nx = 2", "x = 1\nx = 3"),
    ("x = 1\nx += 2", "x = 2\nx += 2"),
    ("x = 1\nfor x in (): pass", "x = 2\nfor x in (): pass"),
    ("x = 1\ndel x", "x = 2\ndel x"),
    ("x = 1\n(lambda: 1)(x := 2)", "x = 2\n(lambda: 1)(x := 2)"),
    ("x = 1\ndef f():\n global x\n x = 2", "x = 2\ndef f():\n global x\n x = 2"),
    ("x = {**y}", "x = {**z}"),
    ("x = [*y]", "x = [*z]"),
    ("x = f(1)", "x = f(2)"),
    ("a = 1\nx = tuple(a)", "a = 1\nx = tuple((a, a))\ny = list(a)"),
    ("x = int(a)", "x = int(b)"),
    ("x, y.z = 1, 2", "x, y.z = 1, 3"),
    ("TYPE_CHECKING = a\nif TYPE_CHECKING: x = 1", "TYPE_CHECKING = a\nif TYPE_CHECKING: x = 2"),
])  # fmt: skip
def test_what_does_more_than_to_bind_concerns_all_that_import_it(old: str, new: str) -> None:
    found = difference(source(old), source(new))
    assert found.module
    assert not found.bodies


def test_what_runs_as_a_program_only() -> None:
    check("if __name__ == '__main__': run(1)", "if __name__ == '__main__': run(2)", "<main>")
    check("if '__main__' == __name__: run(1)", "", "<main>")
    check("if __name__ == '__main__':\n def f(): return 1", "if __name__ == '__main__':\n def f(): return 2", "f()")


@pytest.mark.parametrize("new", [
    "x = y", "x = a.b", "x = a[0]", "x = 'a' + 1", "x = f'{a}'", "x = {a}", "x = {a: 1}", "x = -a", "x = a < b",
    "x = a or b", "x = 1 if a else 2", "def f(x=a.b): pass", "def f(x: a.b): pass", "def f(x: 'A' | None): pass",
    "def f(x: A | None): pass", "import tomllib", "from re import nothing", "class A(a.B): pass",
    "class A(Late): pass",
    "class A:\n x = a.b", "class A:\n def f(self, x=y): pass", "x, y = 1", "import re\nP = re.compile('(')",
    "import re\nP = re.compile('a*+')", "from decimal import Decimal\nx = Decimal('x')",
    "import re\nP = re.nothing", "class A(B, C): pass", "x = not a", "x = {[1]: 2}", "x = 1 << -1",
])  # fmt: skip
def test_a_new_expression_that_may_raise_concerns_all_that_import_it(new: str) -> None:
    head, _, last = new.rpartition("\n") if new.startswith(("import re\n", "from decimal")) else ("", "", new)
    assert difference(source(head), source(new)).module, last
    assert not difference(source(new), source(new))
    assert not difference(source(new), source(head)).module


@pytest.mark.parametrize("new", [
    "def f(x: A | None): pass", "def f(x: list[A]): pass", "def f(x: Optional[A], y: Any): pass", "x = A",
    "def f(x: t.Any, y: t.Callable[[A], None]): pass", "log = logging.getLogger(__name__)", "x = [A, B, len]",
    "P = re.compile(r'a+[bc]')", "x = frozenset({'a', 'b'})", "x = dict(a=1)", "x = object()", "T = TypeVar('T')",
    "class C(A): pass", "class C(Exception): x = 1", "x = A is None", "x = lambda y: y.z + 1", "x = ('a' 'b') + 'c'",
    "def f[T](x: T) -> T: pass", "class C[T]:\n def f(self, x: T) -> T: pass", "HOME = Path('a/b')",
])  # fmt: skip
def test_what_cannot_raise_does_not(new: str) -> None:
    above = (
        "import logging, re\nimport typing as t\nfrom typing import Any, Optional, TypeVar\n"
        "from pathlib import Path\n"
        "class A: pass\nclass B: pass\n"
    )
    assert not difference(source(above), source(above + new)).module


def test_a_name_that_is_used_before_it_is_bound() -> None:
    check("a = 1\nb = a", "b = a\na = 1", "<module>")
    check("def a(): pass\nrun(a)", "run(a)\ndef a(): pass", "<module>")
    check("def g(): pass\ndef f(): g()\nx = f()", "def f(): g()\nx = f()\ndef g(): pass", "<module>")
    check("def f(): g()\nx = [f]\ndef g(): pass", "def f(): g()\ndef g(): pass\nx = [f]")


def test_what_reads_a_value_is_told_by_where_it_stands_among_what_may_change_it() -> None:
    check("a = []\nrun(a)\nb = (a, 1)", "a = []\nb = (a, 1)\nrun(a)", "b")
    check("a = []\nrun(a)\nb = a[0]", "a = []\nb = a[0]\nrun(a)", "b", "<module>")
    check("a = []\nrun(a)\nb = 1", "a = []\nb = 1\nrun(a)")


@pytest.mark.parametrize("mark", [
    "pytest.mark.slow", "pytest.fixture", "pytest.fixture(scope='module')", "staticmethod", "functools.cache",
    "ft.lru_cache(maxsize=1)", "abc.abstractmethod", "typing.overload", "contextmanager", "patch('a.b')",
    "mock.patch.object(A, 'x')", "pytest.mark.parametrize('x', [1, pytest.param(2, marks=pytest.mark.skip)])", "slow",
    "unittest.skipIf(True, 'why')", "skip_b",
])  # fmt: skip
def test_decorators_that_only_mark(mark: str) -> None:
    head = (
        "import pytest, functools, abc, typing, unittest\nimport functools as ft\n"
        "from contextlib import contextmanager\n"
        "from unittest import mock\nfrom unittest.mock import patch\nclass A: x = 1\nslow = pytest.mark.slow\n"
        "skip_b = pytest.mark.skipif(True, reason='b')\n"
    )
    check(f"{head}def f(): pass", f"{head}@{mark}\ndef f(): pass", "f")
    check(f"{head}@{mark}\ndef f(): 'one'", f"{head}@{mark}\ndef f(): 'two'", "__doc__")


@pytest.mark.parametrize("mark", [
    "cache", "app.route('/')", "pytest.fixture(autouse=True)", "functools.wraps(A)",
    "pytest.mark.parametrize('x', f())",
    "pytest.fixture(**kw)", "pytest.fixture(autouse=x)", "pytest.fixture(name=x)", "functools.singledispatch",
])  # fmt: skip
def test_decorators_that_may_do_more(mark: str) -> None:
    head = "import pytest, functools\nclass A: pass\nfrom shop import cache\n"
    found = difference(source(f"{head}def f(): pass"), source(f"{head}@{mark}\ndef f(): pass"))
    assert found.module


def test_a_name_that_is_bound_to_something_else_too_is_no_known_decorator() -> None:
    head = "try:\n from functools import cache\nexcept ImportError:\n cache = print\n"
    assert difference(source(head), source(f"{head}@cache\ndef f(): pass")).module
    assert difference(source("property = 1\n"), source("property = 1\n@property\ndef f(): pass")).module


def test_a_fixture_that_is_asked_for_by_another_name() -> None:
    check(FIXTURE, f"{FIXTURE}@pytest.fixture(name='db')\ndef make_db(): pass", "db", "make_db")


@pytest.mark.parametrize(("old", "new", "expected"), [
    ("x = 1", "x = 2", ["A.x"]),
    ("", "x: int", ["A.x"]),
    ("", "def f(self): return 1", ["A.f"]),
    ("def f(self): return 1", "", ["A.f", "A.f()"]),
    ("def f(self, x=1): pass", "def f(self, x=2): pass", ["A.f"]),
    ("", "def __eq__(self, other): return 1", ["A.__eq__!"]),
    ("", "def setup_method(self): pass", ["A.setup_method!"]),
    ("", "def setUp(self): pass", ["A.setUp!"]),
    ("", "def pytest_runtest_setup(self): pass", ["A.pytest_runtest_setup!"]),
    ("", "@abstractmethod\ndef f(self): pass", ["A.f!"]),
    ("@property\ndef x(self): return 1", "@property\ndef x(self): return 1\n@x.setter\ndef x(self, v): pass",
    ["A.x"]),
    ("@staticmethod\ndef f(): pass", "@classmethod\ndef f(): pass", ["A.f"]),
    ("class B: x = 1", "class B: x = 2", ["class A"]),
    ("'one'", "'two'", ["__doc__"]),
    ("def f(self): 'one'", "def f(self): 'two'", ["__doc__"]),
    ("run(1)", "run(2)", ["<module>"]),
    ("if x: y = 1", "if x: y = 2", ["<module>"]),
    ("@register\ndef f(self, x=1): pass", "@register\ndef f(self, x=2): pass", ["<module>"]),
    ("def __init_subclass__(cls): pass\nx = 1", "def __init_subclass__(cls): pass\nx = 2", ["<module>"]),
])  # fmt: skip
def test_members_of_a_plain_class(old: str, new: str, expected: list[str]) -> None:
    def text(members: str) -> str:
        return "from abc import abstractmethod\nclass A:\n" + "\n".join(
            f"    {line}" for line in members.splitlines()
        )

    check(f"{text(old)}\n    pass", f"{text(new)}\n    pass", *expected)


@pytest.mark.parametrize(("head", "kind"), [
    ("class C:", "plain"), ("class C(Exception):", "plain"), ("class C(A):", "plain"), ("class C(shop.A):", "plain"),
    ("class C(unittest.TestCase):", "plain"), ("class C(abc.ABC):", "plain"), ("class C(metaclass=abc.ABCMeta):",
    "plain"),
    ("class C(typing.Generic[T]):", "plain"), ("class C(typing.Protocol):", "plain"), ("class C[S]:", "plain"),
    ("@pytest.mark.slow\nclass C:", "plain"), ("class C(A[T]):", "plain"),
    ("class C(enum.Enum):", "whole"), ("class C(typing.NamedTuple):", "whole"), ("@dataclass\nclass C:", "whole"),
    ("class C(typing.TypedDict, total=False):", "whole"), ("@dataclass(frozen=True)\nclass C:", "whole"),
    ("@functools.total_ordering\nclass C:", "whole"), ("@typing.runtime_checkable\nclass C(typing.Protocol):",
    "whole"),
    ("@register\nclass C:", "open"), ("class C(metaclass=Meta):", "open"), ("class C(A, key=1):", "open"),
    ("class C(type):", "open"), ("class C(make()):", "open"), ("class C(threading.Thread):", "open"),
    ("class C(*A):", "open"),
])  # fmt: skip
def test_kinds_of_classes(head: str, kind: str) -> None:
    above = (
        "import unittest, abc, typing, enum, functools, threading, pytest, shop\nfrom dataclasses import dataclass\n"
        "class A: pass\nT = typing.TypeVar('T')\nclass Meta(type): pass\n"
    )

    def text(value: int, result: int = 1) -> str:
        return f"{above}{head}\n    x = {value}\n    def f(self): return {result}"

    assert source(text(1)).classes["C"].kind == kind
    check(text(1), text(2), {"plain": "C.x", "whole": "class C", "open": "<module>"}[kind])
    check(text(1), text(1, 2), "C.f()")


def test_a_dataclass_with_fields_of_its_own_making_is_whole() -> None:
    text = "from dataclasses import dataclass, field\n@dataclass\nclass C:\n    x: list = field(default_factory={})"
    check(text.format("list"), text.format("tuple"), "class C")


def test_a_class_statement() -> None:
    check("class A: pass\nclass B: pass", "class A: pass\nclass B(A): pass", "class B")
    check("", "class A:\n    x = 1", "A", "A.x", "class A")
    check("class A:\n    x = 1", "class B:\n    x = 1", "A", "A.x", "B", "B.x", "class A", "class B")
    check("class A:\n    x = 1", "def A(): pass", "A", "A.x", "class A")
    check("if x:\n class A:\n  def f(self): return 1", "if x:\n class A:\n  def f(self): return 2", "A.f()")
    check("if x:\n class A: y = 1", "if x:\n class A: y = 2", "<module>")


def test_bases_are_listed_if_somebody_has_to_look_what_they_are() -> None:
    text = "import abc, shop\nfrom cart import Base\nclass A(Base, shop.x.Y, abc.ABC, Generic[int], Exception): pass"
    assert source(text).classes["A"].bases == ("Base", "shop.x.Y", "Generic")
    text = "import abc\nclass A(abc.ABC):\n  @property\n  @abc.abstractmethod\n  def x(self): pass\n  y = 1"
    assert source(text).classes["A"].abstract == {"x"}


def test_a_file_that_came_or_went() -> None:
    text = "import os\nclass A:\n    def f(self): pass\nif __name__ == '__main__': pass"
    everything = {"A", "A.f", "A.f()", "class A", "os", "<module>", "<main>"}
    assert told(difference(None, source(text))) == told(difference(source(text), None)) == everything
    assert not difference(None, None)


def test_docstrings_are_for_those_who_mention_them() -> None:
    check("def f(): '>>> 1'", "def f(): '>>> 2'", "__doc__")
    assert "__doc__" in part("import inspect\ndef f(x): return inspect.getdoc(x)", "f()").mentions.words
    assert "__doc__" in part("import doctest\ndef f(x): doctest.testmod()", "f()").mentions.words
    check("'one'\nx = 1", "'two'\nx = 1", "__doc__")


def test_a_comment_reads_no_docstring() -> None:
    assert not difference(source("'one'\nx = 1"), source("'one'\nx = 1  # as __doc__ says"))
    assert difference(source("'one'\ndef f(): return __doc__"), source("'two'\ndef f(): return __doc__")).module


def test_a_string_that_is_a_statement_is_a_docstring() -> None:
    for head in ("", "class A:\n ", "class A(Base, key=1):\n ", "import enum\nclass A(enum.Enum):\n "):
        check(
            f"{head}x = 1\n{' ' * head.endswith(' ')}'one'",
            f"{head}x = 1\n{' ' * head.endswith(' ')}'two'",
            "__doc__",
        )


def test_fingerprints_are_the_same_tomorrow() -> None:
    """They are kept in the store: who changes them has to give that another version."""
    parts = source("def f(a, b=1):\n    return [a, 'x', 1.5]\nX = {1: b'y'}\n").parts
    assert parts["f()"].fingerprint == 4850914261856329849
    assert parts["f"].fingerprint == 4968619065006228595
    assert parts["X"].fingerprint == 2465882520717339699


def test_annotations_that_nobody_evaluates_cannot_raise() -> None:
    head = "from __future__ import annotations\n"
    check(head, f"{head}def f(x: A[b.c] | D()): pass", "f")
