"""What the parts of a file mention and keep, which lines are theirs, and what the file imports."""

import pytest
from sourcekit import part, source

from companion.core.impact.imports import ImportRef, imports_of
from companion.core.impact.parts import MODULE, NameImport
from companion.core.impact.source import analyse, keys_at


def test_what_does_not_parse() -> None:
    assert analyse("def f(:") is None
    assert analyse("x = '\0'") is None
    assert analyse("(" * 10_000) is None


def test_an_empty_file_is_a_module_without_anything() -> None:
    assert set(source("").parts) == {MODULE}


@pytest.mark.parametrize(("body", "names", "words"), [
    ("return total(x)", "total x", ""),
    ("return shop.total", "shop", "total"),
    ("x = 1", "", ""),
    ("x += 1", "", ""),
    ("self.x = 1", "self", "x"),
    ("del x", "", ""),
    ("global x", "x", ""),
    ("f(key=1)", "f", "key"),
    ("return 'total'", "", "total"),
    ("return 'shop.cart:total'", "", "shop cart total"),
    ("return 'total of it'", "", ""),
    ("return '" + "x" * 201 + "'", "", ""),
    ("return f'{x}.total'", "x", "total"),
    ("from shop import total as t", "", "total"),
    ("import shop.cart", "", "shop cart"),
    ("def g(x): pass", "", "x"),
    ("return lambda x: y", "y", "x"),
    ("match a:\n  case A(b=c): pass", "a A", "b"),
    ("@g\n def h(): 'total'", "g", ""),
    ("def h() -> a: pass", "a", ""),
])  # fmt: skip
def test_what_a_body_mentions(body: str, names: str, words: str) -> None:
    mentions = part(f"def f():\n {body}", "f()").mentions
    assert mentions.names == set(names.split())
    assert mentions.words == set(words.split())
    assert not mentions.computes
    assert not mentions.enumerates


def test_names_of_parameters_are_words_of_the_body_for_they_ask_for_fixtures() -> None:
    text = "def test_a(db, /, cart, *args, tax=RATE, **kw): pass"
    assert part(text, "test_a()").mentions.words == {"db", "cart", "args", "tax", "kw"}
    assert part(text, "test_a").mentions.names == {"RATE"}
    assert part(text, "test_a").mentions.words == set()


@pytest.mark.parametrize(("code", "prefixes"), [
    ("getattr(self, f'on_{x}')", {"on_"}), ("getattr(self, 'on_' + x + y)", {"on_"}),
    ("setattr(self, 'on_%s' % x, 1)", {"on_"}), ("hasattr(self, 'on_{}'.format(x))", {"on_"}),
    ("patch(f'shop.cart.on_{x}')", {"on_"}), ("monkeypatch.setattr(a, f'on_{x}', 1)", {"on_"}),
    ("mock.patch.object(a, f'on_{x}')", {"on_"}), ("methodcaller(f'on_{x}')", {"on_"}),
    ("object.__getattribute__(self, f'on_{x}')", {"on_"}), ("super().__setattr__(f'on_{x}', 1)", {"on_"}),
])  # fmt: skip
def test_attributes_of_which_the_beginning_is_known(code: str, prefixes: set[str]) -> None:
    mentions = part(f"def f(): {code}", "f()").mentions
    assert mentions.prefixes == prefixes
    assert not mentions.computes


@pytest.mark.parametrize("code", [
    "getattr(a, b)", "setattr(a, b, 1)", "delattr(a, b)", "attrgetter(b)", "operator.attrgetter('a', b)",
    "getattr(*a)", "getattr(a, f'{b}_x')", "patch(b)", "patch.object(a, b)", "monkeypatch.setattr(a, b, 1)",
    "super().__getattribute__(a)", "object.__setattr__(a, b, 1)",
])  # fmt: skip
def test_attributes_that_no_text_shows(code: str) -> None:
    assert part(f"def f(): {code}", "f()").mentions.computes


@pytest.mark.parametrize("code", [
    "getattr(a, 'b')", "client.patch(f'/{a}')", "object()", "monkeypatch.setattr('a.b', c)", "getattr(a)",
    "object.__setattr__(a, 'b', c)", "session.object(a, b)",
])  # fmt: skip
def test_attributes_that_the_text_shows(code: str) -> None:
    mentions = part(f"def f(): {code}", "f()").mentions
    assert not mentions.computes
    assert not mentions.prefixes


@pytest.mark.parametrize("code", [
    "vars(a)", "globals()", "locals()", "dir(a)", "a.__dict__", "inspect.getmembers(a)", "getmembers(a)",
    "A.__subclasses__()", "eval(a)", "exec(a)", "map(vars, a)", "typing.get_type_hints(a)",
])  # fmt: skip
def test_what_lists_all_that_is_there(code: str) -> None:
    assert part(f"def f(): {code}", "f()").mentions.enumerates


def test_statements_of_the_top_level_mention_what_they_evaluate() -> None:
    assert part("x = [a, 'b']", "x").mentions.names == {"a"}
    assert part("run(a.b)", MODULE).mentions.names == {"run", "a"}
    assert part("from shop import cart", MODULE).mentions.words == set()
    assert part("class A(B):\n    x = y", "A").mentions.names == {"B"}
    assert part("class A(B):\n    x = y", "A.x").mentions.names == {"y"}


@pytest.mark.parametrize(("code", "lazy"), [
    ("if self._x is None:\n  self._x = self.compute()\n return self._x", {"self", "compute"}),
    ("self._x = self._x or self.compute()", {"self", "_x", "compute"}),
    ("if k not in CACHE:\n  CACHE[k] = compute(k)\n return CACHE[k]", {"compute", "k"}),
    ("try: return CACHE[k]\n except KeyError: CACHE[k] = compute(k)", {"compute", "k"}),
    ("if k in CACHE: return CACHE[k]\n v = compute(k)\n CACHE[k] = v\n return v", {"compute", "k", "v"}),
    ("global X\n if X is None:\n  X = compute()", {"compute"}),
    ("if not hasattr(self, '_x'):\n  self._x = compute()", {"compute"}),
    ("if k not in cls.seen:\n  cls.seen[k] = compute()", {"compute"}),
    ("cache = self.cache\n if k not in cache:\n  cache[k] = compute()", {"self", "cache", "compute"}),
    ("v = CACHE.get(k)\n if v is None: v = CACHE.setdefault(k, compute())", {"CACHE", "k", "setdefault", "compute"}),
    ("if 'x' not in self.__dict__: self.__dict__['x'] = compute()", {"compute"}),
    ("if (v := self._v) is None: setattr(self, '_v', compute())", {"setattr", "self", "_v", "compute"}),
])  # fmt: skip
def test_results_that_a_function_keeps_beyond_its_call(code: str, lazy: set[str]) -> None:
    assert part(f"def f(self, k, cls):\n {code}", "f()").lazy == lazy


@pytest.mark.parametrize("code", [
    "self.x = compute()", "if a: self.x = compute()", "x = {}\n if k not in x:\n  x[k] = compute()",
    "x = None\n if x is None:\n  x = compute()", "CACHE[k] = compute()", "return compute() if a else 1",
    "x = dict()\n for k in a:\n  x[k] = compute(x[k])",
])  # fmt: skip
def test_results_that_end_with_the_call(code: str) -> None:
    assert part(f"def f(self, k):\n {code}", "f()").lazy == set()


def test_a_default_that_is_changed_is_kept() -> None:
    assert "compute" in part("def f(k, _c={}):\n if k not in _c:\n  _c[k] = compute(k)\n return _c[k]", "f()").lazy


@pytest.mark.parametrize(("mark", "kept"), [
    ("functools.cache", True), ("functools.lru_cache(maxsize=None)", True), ("functools.cached_property", True),
    ("unknown", True), ("unknown.thing(1)", True), ("pytest.fixture", False), ("property", False),
    ("pytest.mark.slow", False), ("contextlib.contextmanager", False),
])  # fmt: skip
def test_decorators_that_keep_results(mark: str, kept: bool) -> None:
    head = "import functools, pytest, contextlib\n"
    assert part(f"{head}@{mark}\ndef f(): pass", "f()").kept is kept
    assert part(f"{head}class A:\n @{mark}\n def f(self): pass", "A.f()").kept is kept
    assert part(f"{head}if x:\n @{mark}\n def f(self): pass", "f()").kept is kept


LINES = """\
import os
@mark(lambda: 1)
def f(
    x=lambda: 1,
    y=2,
):
    return lambda: 3
X = [lambda: 1,
     lambda: 2]; Y = lambda: 3
class A(B,
        key=lambda: 1):
    x = lambda: 1
    @mark
    def m(self):
        def inner():
            pass
    class N:
        def n(self): return (i for i in self)
if X:
    def g(): return lambda: 1
    Z = lambda: 1
if __name__ == "__main__":
    run(lambda: 1)
    def h(): pass
class P: x = lambda: 1
class Q:
    x = lambda: 1
    def q(self, z=lambda: 1): return [
        lambda: 1]
"""


@pytest.mark.parametrize(("line", "keys"), [
    (0, {MODULE}), (1, {"os"}), (2, {MODULE, "f()"}), (4, {MODULE, "f()"}), (7, {"f()"}), (8, {"X"}), (9, {"X", "Y"}),
    (11, {MODULE}), (12, {MODULE}), (13, {MODULE, "A.m()"}), (15, {"A.m()"}), (18, {MODULE, "A.N.n()"}),
    (20, {MODULE, "g()"}), (21, {MODULE}), (23, {"<main>"}), (24, {"<main>", "h()"}), (25, {"P", "P.x"}), (26, {"Q"}),
    (27, {"Q.x"}), (28, {"Q.q", "Q.q()"}), (29, {"Q.q()"}), (99, {MODULE}),
])  # fmt: skip
def test_the_parts_that_code_belongs_to_by_where_it_begins(line: int, keys: set[str]) -> None:
    assert set(keys_at(source(LINES), line)) == keys


def test_lines_of_parts() -> None:
    found = source(LINES).parts
    assert [(found[key].first, found[key].last) for key in ("f()", "X", "A.m()")] == [(2, 7), (8, 9), (13, 16)]


def test_what_imports_bind() -> None:
    text = "import a.b\nimport c.d as e\nfrom .f import g as h, i\nfrom j import *\ntry:\n import k\nexcept E: pass"
    both = ImportRef("f", 1, ("g", "i"))
    assert set(source(text).bound) == {
        NameImport(ImportRef("a.b"), "", "a"), NameImport(ImportRef("a"), "", "a"),
        NameImport(ImportRef("c.d"), "", "e"), NameImport(both, "g", "h"), NameImport(both, "i", "i"),
        NameImport(ImportRef("j", 0, ("*",)), "*", "*"), NameImport(ImportRef("k"), "", "k"),
    }  # fmt: skip


@pytest.mark.parametrize("text", [
    "if TYPE_CHECKING: import a", "def f():\n import a", "class A:\n import a", "if __name__ == '__main__': import a",
])  # fmt: skip
def test_imports_that_do_not_bind_in_the_module(text: str) -> None:
    found = source(f"from typing import TYPE_CHECKING\n{text}")
    assert [name.alias for name in found.bound] == ["TYPE_CHECKING"]
    assert ImportRef("a") in found.imports


@pytest.mark.parametrize("text", [
    "x = 'shop.cart'", "def f(): 'shop.cart'", "'shop.cart'", "class A: 'shop.cart'", "x = 1\n'shop.cart'",
    "pytest_plugins = ['a', 'b']", "pytest_plugins += ['a']", "pytest_plugins: list = ['a']",
    "run('python', '-m', 'a')",
    "def f(): return ['-m', 'a']", "import_module('.a', 'b')", "def f():\n importlib.import_module(name='a')",
    "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n from a import b\n x = 'c.d'",
    "@deco('a.b')\ndef f(x: 'c.d' = 'e.f'): pass", "def f():\n def g(): 'a.b'\n class A:\n  'c.d'", "x = 'a.b c'",
])  # fmt: skip
def test_imports_are_those_that_the_whole_text_shows(text: str) -> None:
    assert set(source(text).imports) == set(imports_of(text) or ())
