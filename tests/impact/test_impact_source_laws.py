"""Laws of the parts of a file, on made-up files and on those of the standard library."""

import ast
import sysconfig
import warnings
from collections.abc import Iterator
from pathlib import Path
from random import Random
from types import CodeType

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sourcekit import source, told

from companion.core.impact.difference import difference
from companion.core.impact.imports import imports_of
from companion.core.impact.parts import Source
from companion.core.impact.source import analyse, keys_at

CALM = settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])
LIBRARY = sorted(path for path in Path(sysconfig.get_paths()["stdlib"]).glob("*.py") if path.is_file())
SOME = Random(4).sample([path for path in LIBRARY if path.stat().st_size < 60_000], 40)
STATEMENTS = [
    "import os", "from shop import cart", "X{n} = {n}", "Y{n} = [1, {n}]", "Z{n} = make({n})", "run({n})",
    "def f{n}(a, b={n}): return {n}", "@cache\ndef g{n}(): return {n}", "async def h{n}(): return {n}",
    "class A{n}:\n    x = {n}\n    def m(self): return {n}", "class B{n}(Exception): code = {n}",
    "if X:\n    def i{n}(): return {n}", "try:\n    import fast\nexcept ImportError:\n    fast = {n}",
    "T{n}: int = {n}", "@dataclass\nclass D{n}:\n    x: int = {n}", "for i in range({n}): print(i)",
]  # fmt: skip
statements = st.tuples(st.sampled_from(STATEMENTS), st.integers(0, 5)).map(lambda pair: pair[0].format(n=pair[1]))
files = st.lists(statements, max_size=8)


def read(path: Path) -> tuple[str, ast.Module]:
    text = path.read_text(encoding="utf-8")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return text, ast.parse(text)


def known(text: str) -> Source:
    found = analyse(text)
    assert found is not None
    return found


@CALM
@given(files, st.data())
def test_comments_blank_lines_and_formatting_change_nothing(lines: list[str], data: st.DataObject) -> None:
    old = "\n".join(lines)
    spaced = "\n\n# why\n".join(lines) + "\n\n# end"
    for new in (spaced, ast.unparse(ast.parse(old))):
        assert not difference(source(old), source(new))


@CALM
@given(files, files)
def test_what_differs_does_so_both_ways(one: list[str], other: list[str]) -> None:
    old, new = source("\n".join(one)), source("\n".join(other))
    there, back = difference(old, new), difference(new, old)
    assert (there.names, there.members, there.classes) == (back.names, back.members, back.classes)
    assert there.main == back.main
    assert there.bodies - back.bodies <= old.parts.keys() - new.parts.keys()
    assert bool(there) == bool(back)
    assert not difference(old, source("\n".join(one)))


@CALM
@given(files, st.data())
def test_one_more_function_is_told_by_its_name(lines: list[str], data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(lines)))
    more = [*lines[:at], "def added(x, y=1):\n    return x + y", *lines[at:]]
    assert told(difference(source("\n".join(lines)), source("\n".join(more)))) == {"added"}


@CALM
@given(files)
def test_what_one_change_of_a_body_is_told_as(lines: list[str]) -> None:
    old = [*lines, "def changed():\n    one()\n    return 1", "class Changed:\n    def m(self): return 1"]
    new = [*lines, "def changed():\n    one()\n    return 2", "class Changed:\n    def m(self): return 2"]
    found = difference(source("\n".join(old)), source("\n".join(new)))
    assert told(found) == {"changed()", "Changed.m()"}


@pytest.mark.parametrize("path", SOME, ids=lambda path: path.name)
def test_a_file_of_the_library_written_anew_is_the_same(path: Path) -> None:
    text, tree = read(path)
    found = known(text)
    assert not difference(found, known(ast.unparse(tree)))
    assert set(found.imports) == set(imports_of(text) or ())


@pytest.mark.parametrize("path", SOME, ids=lambda path: path.name)
def test_all_code_of_a_function_belongs_to_its_body(path: Path) -> None:
    text, _ = read(path)
    found = known(text)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        code = compile(text, str(path), "exec")
    for inner, function in functions(code):
        keys = {key.partition("#")[0] for key in keys_at(found, inner.co_firstlineno)}
        assert f"{function}()" in keys, (inner, keys)


def functions(code: CodeType, inside: str = "") -> Iterator[tuple[CodeType, str]]:
    """Code objects of and within functions, with the qualified name of the outermost one."""
    for inner in code.co_consts:
        if isinstance(inner, CodeType):
            made = inner.co_name.startswith("<") or inner.co_name == "__annotate__"
            is_function = inner.co_flags & 0x1 and not made  # CO_OPTIMIZED: no class
            outer = inside or (inner.co_qualname if is_function else "")
            if outer and not (inner.co_name == "__annotate__" or inner.co_name.startswith("<generic")):
                yield inner, outer
            yield from functions(inner, outer)


@pytest.mark.parametrize("path", SOME, ids=lambda path: path.name)
def test_no_mutation_of_a_file_goes_unnoticed(path: Path) -> None:
    random = Random(path.name)
    text = ast.unparse(read(path)[1])
    old = known(text)
    for _ in range(6):
        tree = ast.parse(text)
        mutate(random, tree)
        new = ast.unparse(tree)
        after = analyse(new)
        if after is not None and ast.dump(ast.parse(new)) != ast.dump(ast.parse(text)):
            assert difference(old, after), new


def mutate(random: Random, tree: ast.Module) -> None:  # noqa: C901 - one case for each kind of mutation
    """Change one node that is not within ``if TYPE_CHECKING:``."""
    hidden = {id(inner) for node in ast.walk(tree) if isinstance(node, ast.If) for inner in ast.walk(node)
              if "TYPE_CHECKING" in ast.unparse(node.test)}  # fmt: skip
    nodes = [node for node in ast.walk(tree) if id(node) not in hidden]
    while True:
        match random.choice(nodes):
            case ast.Constant(value=bool()) as node:
                node.value = not node.value
            case ast.Constant(value=int(number)) as node:
                node.value = number + 1
            case ast.Constant(value=str(string)) as node:
                node.value = f"{string}q"
            case ast.Name() as node:
                node.id += "q"
            case ast.Attribute() as node:
                node.attr += "q"
            case ast.arg() as node:
                node.arg += "q"
            case ast.alias() as node:
                node.name += "q"
            case ast.Compare() as node:
                node.ops[0] = ast.In() if isinstance(node.ops[0], ast.NotIn) else ast.NotIn()
            case ast.BoolOp() as node:
                node.op = ast.And() if isinstance(node.op, ast.Or) else ast.Or()
            case ast.If(body=body) | ast.FunctionDef(body=body) if len(body) > 1:
                body.pop(random.randrange(len(body)))
            case _:
                continue
        return
