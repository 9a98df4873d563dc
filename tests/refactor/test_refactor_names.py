"""Names: what to call an element, and who binds and reads which name."""

import ast

import pytest

from companion.refactor.analysis.liveness import read_outside
from companion.refactor.analysis.naming import element_name
from companion.refactor.analysis.scope import bound_within, local_names, mentioned_within, module_names
from companion.refactor.analysis.sequence import fresh_names, is_private, looks_like_mapping


@pytest.mark.parametrize(
    ("collection", "element"),
    [
        ("items", "item"), ("xs", "x"), ("entries", "entry"), ("prices", "price"), ("boxes", "box"), ("ties", "tie"),
        ("matches", "match"), ("cases", "case"), ("caches", "cache"), ("statuses", "status"), ("children", "child"),
        ("leaves", "leaf"), ("line_items", "line_item"), ("_items", "item"), ("ITEMS", "item"), ("item_list", "item"),
        ("items_list", "item"), ("list_of_items", "item"), ("itemList", "item"), ("userNames", "userName"),
        ("data", "element"), ("status", "element"), ("analysis", "element"), ("pos", "element"), ("x", "element"),
        ("names2", "element"), ("types", "element"), ("ids", "element"), ("classes", "element"), ("ls", "element"),
        ("s", "element"), ("__", "element"), ("largés", "largé"), ("列s", "列"),
    ],
)  # fmt: skip
def test_element_is_called_after_its_collection(collection: str, element: str) -> None:
    assert element_name(collection, ()) == element


def test_taken_names_are_left() -> None:
    assert element_name("items", {"item"}) == "element"
    assert element_name("items", {"item", "element"}) is None


BINDINGS = """
import a.b, c as d
from e import f as g, h
global i
j: int = (k := 1)
for l, (m, *n) in o: pass
with p as q: pass
try: pass
except r as s: pass
def t(u, /, v, *w, x=1, **y): pass
class z: pass
match aa:
    case {'': ab, **ac} | [*ad] | ae: pass
del af
type ag[ah] = ai
"""


def test_every_kind_of_binding_is_seen() -> None:
    tree = ast.parse(BINDINGS)
    expected = [
        "a",
        "d",
        "g",
        "h",
        "i",
        "j",
        "k",
        "l",
        "m",
        "n",
        "q",
        "s",
        "t",
        "u",
        "v",
        "w",
        "x",
        "y",
        "z",
        "ab",
        "ac",
        "ad",
        "ae",
        "af",
        "ag",
        "ah",
    ]
    assert bound_within(tree) == set(expected)
    assert mentioned_within(tree) == {*expected, "o", "p", "r", "aa", "ai", "int"}


def test_scopes_keep_their_names() -> None:
    tree = ast.parse("def f(a):\n  global b\n  b = c = [d for d in a]\n  def g(e): h = 1\nx = 1\nfrom y import *\n")
    function = tree.body[0]
    assert isinstance(function, ast.FunctionDef)
    assert local_names(function) == {"a", "c", "d", "g"}
    assert module_names(tree) == {"f", "b", "x", "*"}


@pytest.mark.parametrize(
    ("rest", "read"),
    [
        ("pass", False),
        ("print(i)", True),
        ("i += 1", True),
        ("del i", True),
        ("i = 1", False),
        ("for i in y: print(i)", False),
        ("for i in y: pass\nelse: print(i)", True),
        ("for i in range(i): pass", True),
        ("for i, j in y: print(i)", False),
        ("[i for i in y]", False),
        ("[i for j in y]", True),
        ("[i for i in i]", True),
        ("lambda: i", True),
        ("def f(i): return i", False),
        ("def f(j=i): return j", True),
        ("def f():\n  global i\n  return 1", True),
        ("def f():\n  return i", True),
        ("for i in y: z(lambda: i)", True),
        ("for i in y: z(i for _ in y)", True),
        ("class A: j = i", True),
    ],
)
def test_reads_outside_of_a_loop(rest: str, read: bool) -> None:
    tree = ast.parse(f"for i in x: print(i)\n{rest}\n")
    loop = tree.body[0]
    assert isinstance(loop, ast.For)
    assert read_outside("i", loop, tree) == read


def test_loop_around_a_loop_may_read_its_target() -> None:
    tree = ast.parse("for i in y:\n  for i in x: pass\n  print(i)\n")
    inner = next(node for node in ast.walk(tree) if isinstance(node, ast.For) and node is not tree.body[0])
    assert read_outside("i", inner, tree)


@pytest.mark.parametrize(
    ("text", "mapping"),
    [
        ("xs = {}", True), ("xs = {1: 2}", True), ("xs = dict()", True), ("xs = collections.Counter(y)", True),
        ("xs: dict[int, str] = y", True), ("xs: 'Mapping[int, str]'", True), ("xs: Optional[dict]", True),
        ("xs: list | typing.Mapping", True), ("def f(xs: DataFrame): pass", True), ("def f(**xs): pass", True),
        ("xs.keys()", True), ("print(xs['name'])", True), ("xs = []", False), ("xs: list[dict] = y", False),
        ("ys = {}", False), ("xs = y", False), ("xs[1]", False), ("def f(xs: 'list[dict]'): pass", False),
    ],
)  # fmt: skip
def test_signs_of_a_mapping(text: str, mapping: bool) -> None:
    assert looks_like_mapping("xs", ast.parse(text)) == mapping


@pytest.mark.parametrize(
    ("text", "private"),
    [
        ("def f(xs): pass", True),
        ("def f(): xs = y", True),
        ("def f(): print(xs)", False),
        ("def f():\n  global xs\n  xs = y", False),
        ("def f(xs): return lambda: xs", False),
        ("def f(xs):\n  def g(): xs.pop()\n", False),
        ("def f(xs): return [xs for _ in xs]", True),
    ],
)
def test_private_names_are_the_functions_own(text: str, private: bool) -> None:
    assert is_private("xs", ast.parse(text).body[0]) == private


def test_fresh_names_hold_what_was_made_here() -> None:
    text = "a = []\nb = [1]; b = {2}\nc = []; c = a\nd = f()\ne: list[int] = list(a)\nf = g = []\nfor h in a: pass\n"
    assert fresh_names(ast.parse(text)) == {"a", "b", "e"}
