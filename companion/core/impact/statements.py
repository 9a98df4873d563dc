"""Which lines of a text are statements that can be executed: those that coverage.py counts. Pure."""

import __future__

import ast
import io
import re
import tokenize
import warnings
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from types import CodeType

from companion.core.impact.definitions import documented
from companion.core.text import LINE_END

EXCLUDED = (
    r"#\s*(pragma|PRAGMA)[:\s]?\s*(no|NO)\s*(cover|COVER)",
    r"^\s*(((async )?def .*?)?[\])]+(\s*->.*?)?:\s*)?\.\.\.\s*(#|$)",
    r"^\s*if (typing\.)?TYPE_CHECKING:",
)
"""Lines that nobody wants to be counted, as coverage.py has it where nothing is configured."""
ASIDE = frozenset({tokenize.COMMENT, tokenize.NL, tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER})
FAULTS = (SyntaxError, ValueError, RecursionError, MemoryError, tokenize.TokenError)


@dataclass(frozen=True, slots=True)
class Statements:
    """``lines`` are those at which statements begin; ``firsts`` and ``lasts`` are logical lines, ascending."""

    lines: frozenset[int] = frozenset()
    firsts: tuple[int, ...] = ()
    lasts: tuple[int, ...] = ()

    def first(self, line: int) -> int:
        """Where the logical line begins that this one belongs to."""
        at = bisect_right(self.firsts, line) - 1
        return self.firsts[at] if at >= 0 and line <= self.lasts[at] else line

    def executed(self, lines: Iterable[int]) -> frozenset[int]:
        """The statements among lines of which Python has told."""
        return frozenset(map(self.first, lines)) & self.lines


@dataclass(frozen=True, slots=True)
class _Logical:
    """A logical line: ``opens`` where a colon may begin a block after it, which is ``depth`` blocks deep itself."""

    first: int
    last: int
    depth: int
    opens: bool


def statements(text: str, excluded: Iterable[str] = EXCLUDED, *, annotates: bool = False) -> Statements | None:
    """None for what is no Python of today; ``excluded`` are regular expressions as coverage.py's ``exclude_lines``.

    ``annotates``: annotations of classes and modules are executed with these, as before Python 3.14.
    """
    text = LINE_END.sub("\n", text)
    flags = __future__.annotations.compiler_flag if annotates else 0
    try:
        with warnings.catch_warnings(action="ignore"):
            tree = ast.parse(text)
            code = compile(text, "<text>", "exec", flags, dont_inherit=True)
        logical = list(_logical_lines(text))
    except FAULTS:
        return None
    found = Statements(firsts=tuple(line.first for line in logical), lasts=tuple(line.last for line in logical))
    if not logical:
        return found
    left_out = _left_out(tree, logical, _matching(text, "|".join(f"(?:{one})" for one in excluded), found))
    begun = {line for inner in _codes(code) for _, _, line in inner.co_lines() if line}
    ignored = left_out | _documentation(tree)
    left_out |= _idle_cases(tree, begun, left_out)
    lines = {found.first(line) for line in begun - ignored - left_out} - ignored - left_out
    return Statements(frozenset(lines), found.firsts, found.lasts)


def _codes(code: CodeType) -> Iterator[CodeType]:
    """But for annotations that are only executed if somebody asks for them."""
    if code.co_name != "__annotate__":
        yield code
    for inner in code.co_consts:
        if isinstance(inner, CodeType):
            yield from _codes(inner)


def _logical_lines(text: str) -> Iterator[_Logical]:
    first = depth = nested = 0
    opens = False
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        depth += (token.type == tokenize.INDENT) - (token.type == tokenize.DEDENT)
        if token.type == tokenize.NEWLINE:
            yield _Logical(first, token.start[0], depth, opens)
            first, opens = 0, False
        elif token.type not in ASIDE:
            first = first or token.start[0]
            if token.type == tokenize.OP:
                nested += (token.string in "([{") - (token.string in ")]}")
                opens = opens or (token.string == ":" and not nested)


def _matching(text: str, pattern: str, found: Statements) -> set[int]:
    """Beginnings of logical lines that hold what matches; more than one line may."""
    lines: set[int] = set()
    for match in re.finditer(pattern, text, re.MULTILINE) if pattern else ():
        first = text.count("\n", 0, match.start()) + 1
        lines.update(map(found.first, range(first, first + match[0].count("\n") + 1)))
    return lines


def _left_out(tree: ast.Module, logical: Iterable[_Logical], matching: set[int]) -> set[int]:
    """These lines, the blocks that they open, and definitions of which the decorators or the head are among them."""
    left_out = set(matching)
    limit: int | None = None
    for line in logical:
        if limit is not None and line.depth <= limit:
            limit = None
        if limit is not None:
            left_out.add(line.first)
        elif line.opens and line.first in matching:
            limit = line.depth
    for node in ast.walk(tree):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            head = min((decorator.lineno for decorator in node.decorator_list), default=node.lineno)
            if not left_out.isdisjoint(range(head, node.lineno + 1)):
                left_out.update(range(head, (node.end_lineno or node.lineno) + 1))
    return left_out


def _documentation(tree: ast.Module) -> set[int]:
    found: set[int] = set()
    for node in ast.walk(tree):
        if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)):
            _, text = documented(node)
            first = node.body[0] if node.body else None
            if first is not None and (text or _is_text(first)):
                found.update(range(first.lineno, (first.end_lineno or first.lineno) + 1))
    return found


def _is_text(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)


def _idle_cases(tree: ast.Module, begun: set[int], left_out: set[int]) -> set[int]:
    """``case _:`` is no statement where nothing below it is."""
    found: set[int] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.match_case) and node.guard is None and _takes_all(node.pattern):
            body = begun & set(range(node.body[0].lineno, (node.body[-1].end_lineno or 0) + 1))
            if body and body <= left_out:
                found.update(range(node.pattern.lineno, node.pattern.end_lineno + 1))
    return found


def _takes_all(pattern: ast.pattern) -> bool:
    match pattern:
        case ast.MatchAs(pattern=None):
            return True
        case ast.MatchAs(pattern=ast.pattern() as inner):
            return _takes_all(inner)
        case ast.MatchOr(patterns=patterns):
            return any(map(_takes_all, patterns))
        case _:
            return False
