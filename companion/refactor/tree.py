"""The one place that parses Python, and the one that imports libcst (rules take ``cst`` from here).

Two trees of one text, for two purposes. Rules *decide* on `Tree.syntax`, the compiler's own: a tenth of the price,
exact, with positions. They *write* through libcst, which keeps every comment and space, and which is given only the
definition concerned (`companion.refactor.writing.excerpt`); docs/decisions/0020 has the figures.
The user's broken code is data (`Broken`), never an exception.
"""

import ast
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache

import libcst as cst
from libcst.metadata import MetadataWrapper, ProviderT

from companion.core.text import line_starts, split_lines
from companion.refactor.native import NativeParserError, load_native

__all__ = [
    "Broken",
    "Tree",
    "compile_problem",
    "concrete",
    "cst",
    "nesting",
    "parse",
    "parse_syntax",
    "prepare_native",
    "probe",
]

TREES = 4
"""Texts whose trees are kept; each of their lines takes about a kilobyte."""
EXCERPTS = 32
"""Definitions whose libcst trees are kept; each of their lines takes about a kilobyte."""
DEEPEST = 100
"""Levels of nesting above which libcst is not asked: its recursion ends in an exception at some hundreds, and takes
the whole process with it at some thousands."""


@dataclass(frozen=True, slots=True)
class Broken:
    """Why a text has no tree: the one-based line, and what the parser said."""

    line: int
    message: str


class Tree:
    """One text and what can be known of it; made by `parse`. Nobody changes its nodes."""

    def __init__(self, text: str, syntax: ast.Module) -> None:
        self.text = text
        self.syntax = syntax

    @cached_property
    def lines(self) -> list[str]:
        """The lines with their ends; a node's line 1 is the first."""
        return split_lines(self.text)

    @cached_property
    def starts(self) -> list[int]:
        """Offset of each line, and where the text ends, in code points."""
        return [*line_starts(self.text)[: len(self.lines)], len(self.text)]

    def offset(self, line: int, column: int) -> int:
        """Offset in code points of a node's ``lineno`` and ``col_offset``, which count UTF-8 bytes."""
        return self.starts[line - 1] + len(self.lines[line - 1].encode()[:column].decode())

    @cached_property
    def module(self) -> cst.Module | Broken:
        """libcst's tree of the whole text: ten times the price of ``syntax``, so prefer an excerpt's."""
        return concrete(self.text, nesting(self.syntax))

    def metadata(self, provider: ProviderT) -> Mapping[cst.CSTNode, object]:
        """What a libcst provider knows of the nodes of ``module``, computed once; nothing where there is no module.

        Dearer still: positions cost more than parsing did, parents twice that.
        """
        return {} if self._wrapper is None else self._wrapper.resolve(provider)

    @cached_property
    def _wrapper(self) -> MetadataWrapper | None:
        # Not copied: what comes from the parser holds no node twice.
        return None if isinstance(self.module, Broken) else MetadataWrapper(self.module, unsafe_skip_copy=True)


@lru_cache(maxsize=TREES)
def parse(text: str) -> Tree | Broken:
    """The text's tree, from a cache that knows it by its content."""
    syntax = parse_syntax(text)
    return syntax if isinstance(syntax, Broken) else Tree(text, syntax)


def parse_syntax(text: str) -> ast.Module | Broken:
    """The compiler's tree alone, and not kept."""
    with warnings.catch_warnings(action="ignore"):  # the user's invalid escapes are the user's affair
        return _or_broken(lambda: ast.parse(text))


def compile_problem(text: str) -> Broken | None:
    """What the compiler, which looks closer than its parser, has against the text."""
    with warnings.catch_warnings(action="ignore"):
        code = _or_broken(lambda: compile(text, "<proposal>", "exec", dont_inherit=True))
    return code if isinstance(code, Broken) else None


def _or_broken[T](action: Callable[[], T]) -> T | Broken:
    try:
        return action()
    except SyntaxError as error:
        return Broken(error.lineno or 1, error.msg)
    except (ValueError, RecursionError, MemoryError) as error:  # surrogates; nested too deeply, in two ways
        return Broken(1, str(error) or type(error).__name__)


def nesting(node: ast.AST) -> int:
    """Levels of the tree below and including the node."""
    level, depth = [node], 0
    while level:
        level = [child for parent in level for child in ast.iter_child_nodes(parent)]
        depth += 1
    return depth


@lru_cache(maxsize=EXCERPTS)
def concrete(text: str, depth: int) -> cst.Module | Broken:
    """libcst's tree of a text that parses with ``depth`` levels of nesting; Broken if libcst cannot give it back."""
    if depth > DEEPEST:
        return Broken(1, f"nested {depth} levels deep")
    try:
        module = cst.parse_module(text)
        return module if module.code == text else Broken(1, "libcst would change other parts of the text")
    except cst.ParserSyntaxError as error:
        return Broken(error.raw_line, error.message)
    except BaseException as error:  # a panic in the native parser derives from nothing narrower
        if isinstance(error, KeyboardInterrupt | SystemExit):
            raise
        return Broken(1, f"libcst failed: {error!r}")


def prepare_native() -> None:
    """Make libcst's parser work in this interpreter, main or sub, and prove that it does; see `load_native`.

    Raises NativeParserError.
    """
    load_native()
    probe()


def probe() -> None:
    """Parse a line and write it again. Raises NativeParserError if that is not the same line."""
    try:
        code = cst.parse_module("x = 1\n").code
    except Exception as error:
        raise NativeParserError(f"libcst's native parser loads but does not parse: {error!r}") from error
    if code != "x = 1\n":
        raise NativeParserError(f"libcst's native parser gives back {code!r} for 'x = 1'")
