"""A file's parts as bytes: what comes back is what was kept, and what was damaged is nothing."""

import json
import zlib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from companion.core.impact.parts import Source
from companion.core.impact.source import analyse
from companion.store.shapes import packed_source, unpacked_source

ROOT = Path(__file__).resolve().parents[2]
FILES = sorted(
    path for folder in ("companion/core", "companion/store", "tests/impact") for path in (ROOT / folder).rglob("*.py")
)
TEXT = '''
"""Doc."""
from __future__ import annotations
import os.path as p, json
from .shop import *
from shop.cart import Cart as Basket

LIMIT = 3
__all__ = ["Child", "\\udc80\\U0001f600"]

class Child(Basket[int], metaclass=type):
    rate = LIMIT
    def total(self, *, by=LIMIT) -> Änderung:
        self._kept = self._kept or self.compute()
        return getattr(self, f"on_{by}"), vars(self), "app.core:run"

@functools.cache
def helper(): return open("data.json")

if __name__ == "__main__":
    helper()
'''


def analysed(text: str) -> Source:
    found = analyse(text)
    assert found is not None
    return found


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_a_real_file_comes_back(path: Path) -> None:
    source = analysed(path.read_text("utf-8"))
    assert unpacked_source(packed_source(source)) == source


@pytest.mark.parametrize("text", ["", "x = 1", TEXT, "'\\ud800'\nx = '\\ud800'"])
def test_a_text_comes_back(text: str) -> None:
    source = analysed(text)
    again = unpacked_source(packed_source(source))
    assert again is not None
    assert again == source
    assert packed_source(again) == packed_source(source)


def test_it_is_small() -> None:
    """A project of 2,000 modules keeps all of them."""
    size = sum(len(packed_source(analysed(path.read_text("utf-8")))) for path in FILES)
    assert size < sum(path.stat().st_size for path in FILES)


@settings(deadline=None)
@given(st.binary(max_size=60))
def test_any_bytes_are_no_source(data: bytes) -> None:
    assert unpacked_source(data) is None


@settings(deadline=None, max_examples=200)
@given(st.data())
def test_a_changed_byte_is_no_other_source(data: st.DataObject) -> None:
    source = analysed(TEXT)
    whole = bytearray(packed_source(source))
    place = data.draw(st.integers(2, len(whole) - 1))
    whole[place] ^= data.draw(st.integers(1, 255))
    assert unpacked_source(bytes(whole)) in (None, source)


@pytest.mark.parametrize("document", [None, 3, [], {}, {"parts": []}])
def test_another_document_is_no_source(document: Any) -> None:
    assert unpacked_source(zlib.compress(json.dumps(document).encode("ascii"))) is None


@pytest.mark.parametrize(
    ("what", "value"),
    [
        ("parts", 3),
        ("parts", [["a"]]),
        ("classes", [[1]]),
        ("imports", [["a"]]),
        ("bound", [[1, 2, 3]]),
        ("spans", [["a", "b", "c", "d"]]),
    ],
)
def test_a_document_with_something_else_in_it_is_no_source(what: str, value: Any) -> None:
    empty: dict[str, Any] = {name: [] for name in ("parts", "classes", "imports", "bound", "spans")}
    assert unpacked_source(zlib.compress(json.dumps(empty).encode("ascii"))) == Source({})
    assert unpacked_source(zlib.compress(json.dumps({**empty, what: value}).encode("ascii"))) is None


def test_a_document_without_end_is_no_source() -> None:
    assert unpacked_source(zlib.compress(b"[" * 100_000)) is None
    assert unpacked_source(packed_source(analysed(TEXT))[:-9]) is None
