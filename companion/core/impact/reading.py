"""One walk over some code, for its fingerprint and for what it mentions. Pure.

The walk goes by a list of its own, not by recursion: it is as quick as Python allows, and as deep as the code is.
"""

import ast
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from hashlib import blake2b
from operator import attrgetter
from typing import Any

from companion.core.impact.lookups import LOOKUPS, prefix_of
from companion.core.impact.parts import Mentions

type Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
type Function = ast.FunctionDef | ast.AsyncFunctionDef

NOT_READ = frozenset({"ctx", "type_comment", "type_ignores", "kind"})
LISTING = frozenset({"vars", "globals", "locals", "dir", "eval", "exec"})
"""Builtins that see names which no text shows."""
LISTINGS = frozenset({
    "__dict__", "__subclasses__", "__annotations__", "getmembers", "getmembers_static", "get_type_hints",
    "get_annotations",
})  # fmt: skip
"""Attributes and functions that list what an object has."""
SHORT = 200
WORDY = re.compile(r"[\w.:-]+")
WORD = re.compile(r"[^\W\d]\w*")
DOCUMENTING = frozenset({"getdoc", "doctest", "testmod", "testfile"})


@dataclass(slots=True)
class Reading:
    """What has been read so far.

    ``pieces`` say the code unambiguously. ``binds`` are variables that it stores to, ``globals`` those it declares
    so, ``stores`` the attributes it stores to, ``filled`` the containers. ``aliases`` are variables that may be
    another name of something. ``found`` are the definitions that a walk at the ``top`` level left out, ``imported``
    its import statements; ``suspects`` nodes that may import something, if their class is in ``keen``.
    """

    keen: frozenset[type[ast.AST]] = frozenset()
    top: bool = False
    pieces: list[str] = field(default_factory=list[str])
    names: set[str] = field(default_factory=set[str])
    words: set[str] = field(default_factory=set[str])
    strings: list[str] = field(default_factory=list[str])
    prefixes: set[str] = field(default_factory=set[str])
    computes: bool = False
    binds: set[str] = field(default_factory=set[str])
    globals: set[str] = field(default_factory=set[str])
    stores: set[str] = field(default_factory=set[str])
    filled: set[str] = field(default_factory=set[str])
    aliases: set[str] = field(default_factory=set[str])
    docs: list[str] = field(default_factory=list[str])
    found: list[Definition] = field(default_factory=list["Definition"])
    imported: list[ast.Import | ast.ImportFrom] = field(default_factory=list[ast.Import | ast.ImportFrom])
    suspects: list[ast.AST] = field(default_factory=list[ast.AST])

    def absorb(self, other: Reading) -> None:
        """Go on with what another one read, but for the names that it binds."""
        self.pieces += other.pieces
        self.strings += other.strings
        self.docs += other.docs
        self.suspects += other.suspects
        self.names |= other.names
        self.words |= other.words
        self.prefixes |= other.prefixes
        self.globals |= other.globals
        self.stores |= other.stores
        self.computes |= other.computes

    def mentions(self) -> Mentions:
        words = self.words | self.stores
        for text in self.strings:
            words.update(words_in(text))
        if not words.isdisjoint(DOCUMENTING) or not self.names.isdisjoint(DOCUMENTING):
            words.add("__doc__")
        listing = not (self.names.isdisjoint(LISTING) and words.isdisjoint(LISTINGS))
        listing = listing or not self.names.isdisjoint(LISTINGS)
        return Mentions(frozenset(self.names), frozenset(words), frozenset(self.prefixes), self.computes, listing)

    def fingerprint(self) -> int:
        return number("\n".join(self.pieces))

    def read(self, nodes: Iterable[Any]) -> Reading:  # noqa: C901 - a call for each node would take twice as long
        """Walk these nodes and all below them, in their order."""
        stack: list[Any] = [*nodes]
        stack.reverse()
        pop, push, extend = stack.pop, stack.append, stack.extend
        say, keen = self.pieces.append, self.keen
        names, words, strings, binds, stores = self.names, self.words, self.strings, self.binds, self.stores
        while stack:
            node = pop()
            kind = node.__class__
            if kind is ast.Name:
                say(f"={node.id}")
                (names if node.ctx.__class__ is ast.Load else binds).add(node.id)
            elif kind is ast.Constant:
                value = node.value
                say(repr(value) if value.__class__ is str else _constant(value))
                if value.__class__ is str:
                    strings.append(value)
            elif kind is ast.Attribute:
                say(f".{node.attr}")
                (words if node.ctx.__class__ is ast.Load else stores).add(node.attr)
                push(node.value)
            elif kind is list:
                say(f"[{len(node)}")
                extend(reversed(node))
            elif node is None:
                say("~")
            elif kind is str:
                say(node)
            elif kind is int or kind is bool:
                say(str(node))
            else:
                say(kind.__name__)
                if kind in keen:
                    self.suspects.append(node)
                special = SPECIAL.get(kind)
                if special is None or special(self, node, stack):
                    extend(children(node))
        return self


def number(text: str) -> int:
    """63 bits."""
    digest = blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return int.from_bytes(digest) >> 1


def documented(node: Definition | ast.Module) -> tuple[list[ast.stmt], str]:
    """The statements of a definition without its docstring, and that."""
    match node.body:
        case [ast.Expr(value=ast.Constant(value=str(text))), *rest]:
            return rest, text
        case body:
            return body, ""


def parameters(args: ast.arguments) -> Iterator[ast.arg]:
    yield from (*args.posonlyargs, *args.args, *args.kwonlyargs)
    yield from (arg for arg in (args.vararg, args.kwarg) if arg)


@lru_cache(20_000)
def words_in(text: str) -> tuple[str, ...]:
    """The identifiers of a short string that may name something."""
    return tuple(WORD.findall(text)) if len(text) <= SHORT and WORDY.fullmatch(text) else ()


def _constant(value: object) -> str:
    """As ``repr``, which refuses integers of very many digits."""
    return f"{value:#x}" if type(value) is int else repr(value)


def _getter(kind: type[ast.AST]) -> Callable[[Any], Iterable[Any]]:
    """The children of a node, the last one first."""
    fields = [name for name in reversed(kind._fields) if name not in NOT_READ]
    if len(fields) > 1:
        return attrgetter(*fields)
    return lambda node: [getattr(node, name) for name in fields]


_GETTERS: dict[type[ast.AST], Callable[[Any], Iterable[Any]]] = {}


def children(node: ast.AST) -> Iterable[Any]:
    """What a node consists of, the last first: nodes, lists of them, names, None."""
    kind = node.__class__
    if kind not in _GETTERS:
        _GETTERS[kind] = _getter(kind)
    return _GETTERS[kind](node)


type _Special = Callable[[Reading, Any, list[Any]], bool]
"""Notes what a node means beyond its children; whether those are still to be walked."""


def _definition(reading: Reading, node: Definition, stack: list[Any]) -> bool:
    if reading.top:
        reading.found.append(node)
        return False
    body, text = documented(node)
    if text:
        bare = not node.decorator_list and not (isinstance(node, ast.ClassDef) and (node.bases or node.keywords))
        (reading.docs if bare else stack).append(text if bare else repr(text))
    stack += [body, node.decorator_list, node.type_params]
    if isinstance(node, ast.ClassDef):
        stack += [node.keywords, node.bases]
    else:
        stack += [node.returns, node.args]
    stack.append(node.name)
    return False


def _argument(reading: Reading, node: ast.arg, _: list[Any]) -> bool:
    if not reading.top:
        reading.words.add(node.arg)
    return True


def _keyword(reading: Reading, node: ast.keyword, _: list[Any]) -> bool:
    if node.arg:
        reading.words.add(node.arg)
    return True


def _call(reading: Reading, node: ast.Call, _: list[Any]) -> bool:
    func = node.func
    name = func.id if isinstance(func, ast.Name) else func.attr if isinstance(func, ast.Attribute) else ""
    if name in LOOKUPS:
        for prefix in prefix_of(node, name):
            if prefix:
                reading.prefixes.add(prefix)
            else:
                reading.computes = True
    return True


def _declared(reading: Reading, node: ast.Global | ast.Nonlocal, _: list[Any]) -> bool:
    reading.names.update(node.names)
    reading.globals.update(node.names)
    return True


def _import(reading: Reading, node: ast.Import | ast.ImportFrom, _: list[Any]) -> bool:
    if reading.top:
        reading.imported.append(node)
        reading.binds.update(alias.asname or alias.name.partition(".")[0] for alias in node.names)
    else:
        reading.words.update(word for alias in node.names for word in alias.name.split("."))
    return True


def _augmented(reading: Reading, node: ast.AugAssign, _: list[Any]) -> bool:
    if isinstance(node.target, ast.Name):
        reading.names.add(node.target.id)
    elif isinstance(node.target, ast.Attribute):
        reading.words.add(node.target.attr)
    return True


def _subscript(reading: Reading, node: ast.Subscript, _: list[Any]) -> bool:
    if not isinstance(node.ctx, ast.Load):
        value = node.value
        while isinstance(value, ast.Subscript):
            value = value.value
        reading.filled.add(value.id if isinstance(value, ast.Name) else "")
    return True


def _assigned(reading: Reading, node: ast.Assign, _: list[Any]) -> bool:
    if not isinstance(node.value, (ast.Constant, ast.Dict, ast.List, ast.Set, ast.ListComp, ast.DictComp)):
        reading.aliases.update(target.id for target in node.targets if isinstance(target, ast.Name))
    return True


def _renamed(reading: Reading, node: ast.NamedExpr | ast.For | ast.withitem | ast.AnnAssign, _: list[Any]) -> bool:
    target = node.optional_vars if isinstance(node, ast.withitem) else node.target
    reading.aliases.update([target.id] if isinstance(target, ast.Name) else [])
    return True


def _class_pattern(reading: Reading, node: ast.MatchClass, _: list[Any]) -> bool:
    reading.words.update(node.kwd_attrs)
    return True


def _captured(reading: Reading, node: ast.ExceptHandler | ast.MatchAs | ast.MatchStar, _: list[Any]) -> bool:
    reading.binds.update([node.name] if node.name else [])
    return True


def _rest(reading: Reading, node: ast.MatchMapping, _: list[Any]) -> bool:
    reading.binds.update([node.rest] if node.rest else [])
    return True


SPECIAL: dict[type[ast.AST], _Special] = {
    ast.FunctionDef: _definition, ast.AsyncFunctionDef: _definition, ast.ClassDef: _definition, ast.arg: _argument,
    ast.keyword: _keyword, ast.Call: _call, ast.Global: _declared, ast.Nonlocal: _declared, ast.Import: _import,
    ast.ImportFrom: _import, ast.AugAssign: _augmented, ast.Subscript: _subscript, ast.MatchClass: _class_pattern,
    ast.Assign: _assigned, ast.NamedExpr: _renamed, ast.For: _renamed, ast.withitem: _renamed,
    ast.AnnAssign: _renamed, ast.ExceptHandler: _captured, ast.MatchAs: _captured, ast.MatchStar: _captured,
    ast.MatchMapping: _rest,
}  # fmt: skip
