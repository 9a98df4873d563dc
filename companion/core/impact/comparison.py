"""Two texts of a Python file, statement by statement: what stayed, what came, what went. Pure.

A statement is its own lines only: of a compound one the header, with its decorators. What only looks otherwise
(comments, formatting) is the same.
"""

import ast
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import cast

from companion.core.impact.alignment import matches, opcodes
from companion.core.impact.imports import parsed
from companion.core.text import split_lines

INNER = ("body", "orelse", "finalbody", "handlers", "cases")
"""Fields of nodes that hold other statements."""


@dataclass(frozen=True, slots=True)
class Statement:
    """``first`` and ``last`` are its lines, ``depth`` how many statements it is in; ``shape`` is what it says."""

    shape: str
    first: int
    last: int
    depth: int
    node: ast.AST

    @property
    def end(self) -> int:
        """The last line of all that is inside."""
        return max(self.last, getattr(self.node, "end_lineno", None) or self.last)


@dataclass(frozen=True, slots=True)
class Text:
    """One text. ``owner`` is the statement of each line, as a number; nothing of those between statements."""

    lines: tuple[str, ...]
    statements: tuple[Statement, ...]
    owner: dict[int, int]

    def at(self, line: int) -> Statement | None:
        """The statement that this line belongs to."""
        number = self.owner.get(line)
        return None if number is None else self.statements[number]

    def shown(self, line: int) -> str:
        """A line as people are told of it."""
        return self.lines[line - 1].strip() if 0 < line <= len(self.lines) else ""


@dataclass(frozen=True, slots=True)
class Comparison:
    """``pairs`` are the numbers of statements before by those now, and ``inverse`` the other way round; ``touched``
    are those now that came or say something else, ``gone`` those before that say something else now, or nothing."""

    before: Text
    now: Text
    pairs: dict[int, int] = field(default_factory=dict[int, int])
    inverse: dict[int, int] = field(default_factory=dict[int, int])
    touched: frozenset[int] = frozenset()
    gone: frozenset[int] = frozenset()

    def place(self, number: int) -> int:
        """The line now of a statement before: where it was."""
        if number in self.inverse:
            return self.named(self.inverse[number])
        earlier = next((self.inverse[at] for at in range(number - 1, -1, -1) if at in self.inverse), -1)
        if earlier + 1 < len(self.now.statements) and earlier + 1 not in self.pairs:
            return self.now.statements[earlier + 1].first  # it is in its place
        line = self.now.statements[earlier].last + 1 if earlier >= 0 else 1
        return max(1, min(line, len(self.now.lines)))

    def gone_with(self, number: int) -> int:
        """The first of the statements that have gone together with this one."""
        while number and number not in self.inverse and number - 1 not in self.inverse:
            number -= 1
        return number

    def named(self, number: int) -> int:
        """The line to look at of a statement now: the first that is another."""
        return self.differing(number)[0]

    def differing(self, number: int) -> tuple[int, str]:
        """That line, and what it was; nothing where it was not there."""
        one = self.now.statements[number]
        other = self.before.statements[self.pairs[number]] if number in self.pairs else None
        if other is None:
            return one.first, ""
        lines = [_plain(line) for line in self.now.lines[one.first - 1 : one.last]]
        known = [_plain(line) for line in self.before.lines[other.first - 1 : other.last]]
        for tag, i, _, j, _ in opcodes(known, lines):
            if tag != "equal" and number in self.touched:
                was = self.before.shown(other.first + i) if i < len(known) else ""
                return min(one.first + j, one.last), was
        return _meant(one), ""


def compared(before: str, now: str) -> Comparison | None:
    """None where one of them does not parse."""
    one, other = text_of(before), text_of(now)
    return None if one is None or other is None else _compared(one, other)


def text_of(text: str) -> Text | None:
    """Its statements in their order."""
    tree = parsed(text)
    if tree is None:
        return None
    statements = tuple(_statements(tree.body, 0))
    owner: dict[int, int] = {}
    for number, statement in enumerate(statements):
        owner |= dict.fromkeys(range(statement.first, statement.last + 1), number)
    return Text(tuple(split_lines(text)), statements, owner)


def changed_line(before: str, now: str) -> tuple[int, str, str]:
    """Of a file that is no Python: the first line that differs, from 1, and what it held before and holds now."""
    old, new = split_lines(before), split_lines(now)
    at = next((n for n, (one, other) in enumerate(zip(old, new, strict=False)) if one != other), None)
    if at is None:
        at = min(len(old), len(new))
    is_gone = len(new) < len(old) and new[at:] == old[at + len(old) - len(new) :]
    is_new = len(new) > len(old) and old[at:] == new[at + len(new) - len(old) :]
    was = "" if is_new or at >= len(old) else old[at].strip()
    here = "" if is_gone or at >= len(new) else new[at].strip()
    return max(1, min(at + 1, len(new))), was, here


def _statements(nodes: Iterable[ast.AST], depth: int) -> Iterator[Statement]:
    for node in nodes:
        inner = [child for name in INNER for child in _listed(node, name)]
        decorators = [each.lineno for each in _listed(node, "decorator_list")]
        line = getattr(node, "lineno", None)
        first = _first(node) if line is None else min([line, *decorators])
        last = min((_first(child) - 1 for child in inner), default=getattr(node, "end_lineno", None) or first)
        yield Statement(f"{depth} {_shape(node)}", first, max(first, _header_end(node, last)), depth, node)
        yield from _statements(sorted(inner, key=_first), depth + 1)


def _listed(node: ast.AST, name: str) -> list[ast.expr | ast.stmt]:
    found: object = getattr(node, name, None)
    return cast("list[ast.expr | ast.stmt]", found) if isinstance(found, list) else []


def _first(node: ast.AST) -> int:
    pattern: ast.AST = getattr(node, "pattern", node)  # a case has no place of its own
    lines = [getattr(pattern, "lineno", 1), *(each.lineno for each in _listed(node, "decorator_list"))]
    return min(lines)


def _header_end(node: ast.AST, last: int) -> int:
    """Blank lines and comments in front of what is inside are no part of it."""
    if not any(_listed(node, name) for name in INNER):
        return last
    ends = [
        getattr(inner, "end_lineno", None) or 0
        for name in node._fields
        if name not in INNER
        for child in _nodes(getattr(node, name, None))
        for inner in ast.walk(child)
    ]
    return min(last, max([getattr(node, "lineno", _first(node)), *ends]))


def _shape(node: ast.AST) -> str:
    """What it says, without what is inside."""
    if not any(_listed(node, name) for name in INNER):
        return ast.dump(node)
    shown = [
        f"{name}={ast.dump(value) if isinstance(value, ast.AST) else _dumped(value)}"
        for name, value in ast.iter_fields(node)
        if name not in INNER
    ]
    return f"{type(node).__name__}({', '.join(shown)})"


def _dumped(value: object) -> str:
    if isinstance(value, list):
        return str([_dumped(each) for each in cast("list[object]", value)])
    return ast.dump(value) if isinstance(value, ast.AST) else repr(value)


def _nodes(value: object) -> list[ast.AST]:
    values = cast("list[object]", value) if isinstance(value, list) else [value]
    return [each for each in values if isinstance(each, ast.AST)]


def _compared(one: Text, other: Text) -> Comparison:
    pairs: dict[int, int] = {}
    same: set[int] = set()
    shapes = [statement.shape for statement in one.statements], [statement.shape for statement in other.statements]
    for tag, i1, i2, j1, j2 in opcodes(*shapes):
        if tag == "equal":
            pairs |= dict(zip(range(j1, j2), range(i1, i2), strict=True))
            same |= set(range(j1, j2))
        else:
            pairs |= _paired(one.statements[i1:i2], other.statements[j1:j2], i1, j1)
    inverse = {old: new for new, old in pairs.items()}
    touched = frozenset(range(len(other.statements))) - same
    gone = frozenset(at for at in range(len(one.statements)) if inverse.get(at) not in same)
    return Comparison(one, other, pairs, inverse, touched, gone)


def _paired(old: Sequence[Statement], new: Sequence[Statement], i: int, j: int) -> dict[int, int]:
    """Statements that say something else now: as many, or those of the same kinds."""
    if len(old) == len(new):
        return {j + at: i + at for at in range(len(new))}
    one, other = ([f"{each.depth} {type(each.node).__name__}" for each in side] for side in (old, new))
    return {j + b: i + a for b, a in matches(one, other).items()}


def _meant(statement: Statement) -> int:
    """A definition's own line, rather than its first decorator's."""
    return getattr(statement.node, "lineno", statement.first)


def _plain(line: str) -> str:
    return line.strip().rstrip(",")
