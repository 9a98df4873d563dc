"""Rewriting a test file in less time, and only where it has changed, changes nothing of what comes of it."""

import ast
import contextlib
import gc
from collections.abc import Iterator
from pathlib import Path
from types import CodeType
from typing import cast

import pytest
from _pytest.assertion import rewrite
from hypothesis import given
from hypothesis import strategies as st

from companion.workers.testrun.codestore import CodeStore
from companion.workers.testrun.overlays import no_overlays
from companion.workers.testrun.patches import Patches
from companion.workers.testrun.rewriting import Rewriting, places, without_collecting
from companion.workers.testrun.splice import SPECIAL, Splice, parts_of

TREE = Path(__file__).parents[1]
CHUNKS = [
    '"""About."""\n',
    "from __future__ import annotations\n",
    "import os, json as j\n",
    "from math import *\n",
    "try:\n    import tomllib\nexcept ImportError:\n    tomllib = None\n",
    "\n\n",
    "# a comment: é\n",
    "x: int = 1; y = 2\n",
    "assert x == 1, 'module'\n",
    "def test_one():\n    assert os.getpid() == j.dumps(1), 'one'\n",
    "@deco\n@other(lambda: 1)\ndef test_two(a, *b, c=lambda: 3, **d) -> int:\n    'doc'\n    assert a in b\n",
    "async def test_three():\n    global x\n    x = 3\n    assert [i async for i in x]\n    assert (z := x) and z\n",
    "def test_four():\n    class Inner:\n        v = 10\n        def f(self): assert self.v\n    assert Inner\n",
    "class TestCase(B, metaclass=M):\n    n: int = 7\n    def test(self):\n        super().x = self.__n\n",
    "class TestMore(B):\n    @deco\n    def test(self):\n        self.x = 1\n        assert self.__n == 7\n",
    "class Empty: pass\n",
    "def typed[T](a: T) -> T:\n    assert a\n    return a\n",
    "if x:\n    def test_five():\n        assert not x\n",
    "def test_one():\n    yield\n    assert tomllib.loads('é') is None\n",
    "test_six = lambda: 1\n",
    "def short(): assert 1 < x < 3 or all(i for i in y); return 5\n",
]


def rewritten(source: bytes, known: dict[bytes, CodeType] | None = None) -> tuple[CodeType, Splice]:
    """Plain pytest's, unless something is known."""
    splice = Splice(known or {})
    tree = ast.parse(source)
    if known is not None:
        splice.leave_out(tree, source)
    rewrite.rewrite_asserts(tree, source, "test.py", None)
    code = splice.put_back(compile(tree, "test.py", "exec", dont_inherit=True))
    assert code is not None
    return code, splice


def facts(code: CodeType) -> Iterator[object]:
    """Everything that a code object holds, without the order of what has none."""
    for name in sorted(n for n in dir(code) if n.startswith("co_") and n not in ("co_lnotab", "co_consts")):
        value = getattr(code, name)
        yield name, list(cast("Iterator[object]", value())) if callable(value) else value
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from facts(constant)
        else:
            yield repr(constant)


sources = st.lists(st.sampled_from(CHUNKS), max_size=8).map("".join).map(str.encode)


@given(sources, sources)
def test_what_has_not_changed_compiles_to_the_same(before: bytes, after: bytes) -> None:
    try:
        plain, _ = rewritten(after)
        old, splice = rewritten(before, {})
    except SyntaxError:  # an import from the future is in its middle
        return
    again, _ = rewritten(after, parts_of(old, splice.parts))
    assert list(facts(again)) == list(facts(plain))


@pytest.mark.parametrize("path", sorted(TREE.glob("*/test_*.py"))[::12], ids=lambda p: Path(p).stem)
def test_the_same_code(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = path.read_bytes()
    plain, _ = rewritten(source)
    monkeypatch.setattr(rewrite, "traverse_node", places)
    again, splice = rewritten(source, {})
    assert list(facts(again)) == list(facts(plain))
    assert splice.parts or SPECIAL.search(source)
    twice, _ = rewritten(source, parts_of(again, splice.parts))
    assert list(facts(twice)) == list(facts(plain))


def test_only_what_changed_is_rewritten() -> None:
    before = b"def test_a():\n    assert 1\n\ndef test_b():\n    assert 2\n"
    old, splice = rewritten(before, {})
    known = parts_of(old, splice.parts)
    assert {code.co_name for code in known.values()} == {"test_a", "test_b"}
    tree = ast.parse(before.replace(b"1", b"3"))
    Splice(known).leave_out(tree, before.replace(b"1", b"3"))
    assert [type(definition.body[0]) for definition in tree.body if isinstance(definition, ast.FunctionDef)] == [
        ast.Assert,
        ast.Pass,
    ]


@pytest.mark.parametrize("first", ["# -*- coding: latin-1 -*-", "\n# coding=latin-1", '"""PYTEST_DONT_REWRITE"""'])
def test_a_special_text_is_left_alone(first: str) -> None:
    source = f"{first}\ndef test():\n    assert 'x'\n".encode()
    _, splice = rewritten(source, {})
    assert splice.parts == ()


def test_code_that_is_not_where_it_was_is_not_put_back() -> None:
    old, splice = rewritten(b"def test():\n    assert 1\n", {})
    splice = Splice(parts_of(old, splice.parts))
    splice.leave_out(ast.parse(b"def test():\n    assert 1\n"), b"def test():\n    assert 1\n")
    assert splice.put_back(compile("x = 1", "test.py", "exec")) is None


class Config:
    """As far as rewriting asks."""

    def getini(self, _name: str) -> bool:
        return False


def imported(hook: Rewriting, path: Path) -> CodeType:
    code = hook.read(path)
    if code is None:
        _, code = hook.rewrite(path, Config())
    assert isinstance(code, CodeType)
    return code


def test_edit_after_edit(tmp_path: Path) -> None:
    path, folder, patches = tmp_path / "test_it.py", str(tmp_path / "code"), Patches()
    text = "def test_a():\n    assert 1\n\ndef test_b():\n    assert 2\n"
    try:
        for old, new in (("1", "1"), ("1", "11"), ("2", "22"), ("\n\n", "\n\n\nX = 1\n"), ("11", "111"), ("X", "Y")):
            text = text.replace(old, new)
            path.write_text(text, "utf-8")
            hook = Rewriting(lambda name: no_overlays() if name == str(path) else None, folder)
            hook.apply(patches)
            again = imported(hook, path)
            patches.undo()
            tree = ast.parse(text)
            rewrite.rewrite_asserts(tree, text.encode(), str(path), None)
            assert list(facts(again)) == list(facts(compile(tree, str(path), "exec", dont_inherit=True)))
    finally:
        patches.undo()


def test_parts_are_kept_beside_the_code(tmp_path: Path) -> None:
    store = CodeStore(str(tmp_path), "pytest")
    code, splice = rewritten(b"def test():\n    assert 1\n", {})
    assert store.load_parts("test.py") == (None, ())
    store.save("test.py", b"text", code)
    store.save_parts("test.py", b"text", splice.parts)
    assert store.load_parts("test.py") == (code, splice.parts)
    assert store.load_parts("other.py") == (None, ())
    assert CodeStore("", "pytest").load_parts("test.py") == (None, ())
    for entry in tmp_path.glob("*/*"):
        if entry.read_bytes()[:1] != b"(":
            entry.unlink()
    store.save_parts("test.py", b"gone", splice.parts)
    assert store.load_parts("test.py") == (None, ())


@pytest.mark.parametrize("enabled", [True, False])
def test_the_collector_is_left_as_it_was(enabled: bool) -> None:
    before = gc.isenabled()
    try:
        (gc.enable if enabled else gc.disable)()
        with contextlib.suppress(SyntaxError), without_collecting():
            assert not gc.isenabled()
            compile("(", "test.py", "exec")
        assert gc.isenabled() == enabled
    finally:
        (gc.enable if before else gc.disable)()
