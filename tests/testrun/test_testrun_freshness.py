"""Rewriting a test file in less time changes nothing of what comes of it."""

import ast
import contextlib
import gc
import marshal
from pathlib import Path

import pytest
from _pytest.assertion import rewrite

from companion.workers.testrun.freshness import places, without_collecting

TREE = Path(__file__).parents[1]
HARD = """
from __future__ import annotations
import pytest
@pytest.mark.parametrize("n", [1, 2])
async def test_all(n, *, k=lambda x: x):
    async with a() as b, c(): assert await b(*n, **k), f"{n!r:>{k}}"
    assert (y := n) and y < 2 <= n != [*range(3)][0:1] or not -n @ k, "message"
    match n:
        case {"a": [1, *_], **rest} if rest: assert rest
        case str(x) | int(x): assert x is not None
    assert [i async for i in b if i], {j: j for j in n}
    for n.a, b[0] in k: assert all(x in y for x in n)
    try: assert lambda: (yield)
    except* OSError: assert n[1:2, ...] == 1
class A[T: int](B, metaclass=M):
    x: int = 1
    def f(self): assert self.x.y(1, z=2) not in self, self
"""


def rewritten(source: bytes) -> bytes:
    tree = ast.parse(source)
    rewrite.rewrite_asserts(tree, source, "test.py", None)
    return marshal.dumps(compile(tree, "test.py", "exec", dont_inherit=True))


@pytest.mark.parametrize("path", ["", *sorted(TREE.glob("*/test_*.py"))[::12]], ids=lambda p: Path(p).stem)
def test_the_same_code(path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    source = Path(path).read_bytes() if path else HARD.encode()
    plain = rewritten(source)
    monkeypatch.setattr(rewrite, "traverse_node", places)
    assert rewritten(source) == plain


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
