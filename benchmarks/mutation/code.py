"""A Python text with its syntax tree, and places in it that can be replaced. Pure."""

import ast
from dataclasses import dataclass
from itertools import accumulate


@dataclass(frozen=True, slots=True)
class Edit:
    """The bytes from ``start`` to ``end`` become ``new``."""

    start: int
    end: int
    new: str

    def apply(self, data: bytes) -> bytes:
        """The whole text afterwards."""
        return data[: self.start] + self.new.encode() + data[self.end :]


class Code:
    """A text that parses: `SyntaxError` and `ValueError` are raised for others."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.tree = ast.parse(data)
        self._starts = [0, *accumulate(map(len, data.splitlines(keepends=True)))]

    def start(self, node: ast.expr | ast.stmt | ast.arg | ast.alias) -> int:
        """Where it begins."""
        return self._starts[node.lineno - 1] + node.col_offset

    def end(self, node: ast.expr | ast.stmt | ast.arg | ast.alias) -> int:
        """Behind it."""
        assert node.end_lineno is not None
        assert node.end_col_offset is not None
        return self._starts[node.end_lineno - 1] + node.end_col_offset

    def text(self, node: ast.expr | ast.stmt | ast.arg | ast.alias) -> str:
        """What stands there."""
        return self.data[self.start(node) : self.end(node)].decode()

    def put(self, node: ast.expr | ast.stmt | ast.arg | ast.alias, new: str) -> Edit:
        """Something else in its place."""
        return Edit(self.start(node), self.end(node), new)

    def put_between(self, one: ast.expr, other: ast.expr, old: str, new: str) -> Edit:
        """Another operator between two operands; one that changes nothing where it cannot be found."""
        at = self.data.find(old.encode(), self.end(one), self.start(other))
        return Edit(at, at + len(old.encode()), new) if at >= 0 else Edit(0, 0, "")

    def name_of(self, node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) -> tuple[int, int]:
        """From where to where the name of a definition stands."""
        keyword = {ast.FunctionDef: b"def ", ast.AsyncFunctionDef: b"def ", ast.ClassDef: b"class "}[type(node)]
        at = self.data.index(keyword, self.start(node)) + len(keyword)
        return at, at + len(node.name.encode())
