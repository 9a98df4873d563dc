"""What speaks against turning an index loop into one over elements."""

import ast
import re
from collections.abc import Callable, Iterator

from companion.refactor.analysis.index_loop import IndexLoop
from companion.refactor.analysis.scope import SCOPES, arguments, bound, bound_within, module_names
from companion.refactor.analysis.sequence import could_disturb, dotted, fresh_names, is_private, looks_like_mapping
from companion.refactor.rule import Precondition
from companion.refactor.writing.excerpt import behind_colon

IN_CLASS = Precondition("in-class", "the element's name would become an attribute of the class")
COMMENT = Precondition("comment", "a comment on its line gives the index a type, or tells a linter to leave it alone")
DYNAMIC = Precondition("dynamic", "names are looked up by their text here (eval, exec, locals)")
SHADOWED = Precondition("shadowed", "`range`, `len` or `enumerate` may not be the builtin here")
ITSELF = Precondition("itself", "it is the object's own method, and may be how the object is iterated")
INDEX_BOUND = Precondition("index-bound", "the index is bound again inside the loop")
REBOUND = Precondition("rebound", "the sequence's name is bound again inside the loop")
CHANGED = Precondition("changed", "the loop stores into the sequence, or deletes from it")
OTHER_INDEX = Precondition("other-index", "the loop takes slices of the sequence, or elements by another index")
USED_WHOLE = Precondition("used-whole", "the loop calls a method of the sequence, or uses it as a whole")
CAPTURED = Precondition("captured", "a function or generator made inside the loop may read the element later")
SHARED = Precondition("shared", "what the loop calls could change the sequence, which is no local name of its own")
MAPPING = Precondition("mapping", "it looks like a mapping, whose indexes are keys")
NO_NAME = Precondition("no-name", "no good name for the element is free")

ON_PURPOSE = re.compile(r"#\s*type:(?!\s*ignore)|consider-using-enumerate|C0200|PLC0200|PLR1736")
LOOK_UPS = {"eval", "exec", "globals", "locals"}
OWN_LOOK_UPS = {"dir", "vars"}
"""Look names up in their caller if they are called without an argument."""
CONSUMERS = {"all", "any", "dict", "frozenset", "list", "max", "min", "set", "sorted", "sum", "tuple"}
"""Builtins that are done with a generator when they return."""
NEEDED = {"enumerate", "len", "range", "*"}
"""Names that must be the builtins; a star import may bring any."""


def objection(loop: IndexLoop) -> Precondition | None:
    """The first precondition that does not hold."""
    return next((precondition for precondition, fails in CHECKS if fails(loop)), None)


def _has_comment(loop: IndexLoop) -> bool:
    return ON_PURPOSE.search(behind_colon(loop.site.tree, loop.node.iter)) is not None


def _is_self(loop: IndexLoop) -> bool:
    match loop.site.definitions:
        case [*_, ast.ClassDef(), ast.FunctionDef() | ast.AsyncFunctionDef() as method]:
            return loop.sequence in {argument.arg for argument in arguments(method)[:1]}
        case _:
            return False


def _looks_names_up(loop: IndexLoop) -> bool:
    for node in ast.walk(loop.area):
        match node:
            case ast.Call(ast.Name(name), arguments) if name in LOOK_UPS or (name in OWN_LOOK_UPS and not arguments):
                return True
            case _:
                pass
    return False


def _not_builtin(loop: IndexLoop) -> frozenset[str]:
    names = module_names(loop.site.tree.syntax)
    return names if isinstance(loop.area, ast.Module) else names | bound_within(loop.area)


def _rebinds(loop: IndexLoop) -> bool:
    for node, _ in loop.nodes:
        name = dotted(node) if isinstance(getattr(node, "ctx", None), ast.Store | ast.Del) else None
        if loop.root in bound(node) or (name is not None and f"{loop.sequence}.".startswith(f"{name}.")):
            return True
    return False


def _uses(loop: IndexLoop) -> Iterator[tuple[ast.AST, ast.AST]]:
    """Where the sequence occurs as anything but the base of an element that is read."""
    for node, parent in loop.nodes:
        if dotted(node) == loop.sequence:
            element = loop.has_element(parent) and isinstance(getattr(parent, "ctx", None), ast.Load)
            if not element:
                yield node, parent


def _changes(loop: IndexLoop) -> bool:
    return any(_is_base(use, parent) and not _is_read(parent) for use, parent in _uses(loop))


def _takes_others(loop: IndexLoop) -> bool:
    return any(_is_base(use, parent) for use, parent in _uses(loop))


def _uses_whole(loop: IndexLoop) -> bool:
    return any(not _is_length(parent) for _, parent in _uses(loop))


def _is_base(node: ast.AST, parent: ast.AST) -> bool:
    return isinstance(parent, ast.Subscript) and parent.value is node


def _is_read(parent: ast.AST) -> bool:
    return isinstance(getattr(parent, "ctx", None), ast.Load)


def _is_length(parent: ast.AST) -> bool:
    match parent:
        case ast.Call(ast.Name("len"), [_], []):
            return True
        case _:
            return False


def _captures(loop: IndexLoop) -> bool:
    return any(
        isinstance(node, SCOPES) or (isinstance(node, ast.GeneratorExp) and not _is_consumed(parent))
        for node, parent in loop.nodes
        if any(loop.has_element(child) for child in ast.walk(node))
    )


def _is_consumed(parent: ast.AST) -> bool:
    match parent:
        case ast.Call(ast.Name(name)):
            return name in CONSUMERS
        case ast.Call(ast.Attribute(ast.Constant(str()), "join")):
            return True
        case _:
            return False


def _is_private(loop: IndexLoop) -> bool:
    return "." not in loop.sequence and is_private(loop.sequence, loop.site.scope)


def _is_disturbed(loop: IndexLoop) -> bool:
    if _is_private(loop) or loop.sequence.isupper():  # a constant by its name
        return False
    shadowed, fresh = _not_builtin(loop), fresh_names(loop.site.scope)
    return any(could_disturb(node, shadowed, fresh) for node, _ in loop.nodes)


def _maps(loop: IndexLoop) -> bool:
    area = loop.site.scope if _is_private(loop) else loop.site.tree.syntax
    return looks_like_mapping(loop.sequence, area)


CHECKS: tuple[tuple[Precondition, Callable[[IndexLoop], bool]], ...] = (
    (IN_CLASS, lambda loop: isinstance(loop.site.scope, ast.ClassDef)),
    (COMMENT, _has_comment),
    (ITSELF, _is_self),
    (SHADOWED, lambda loop: not NEEDED.isdisjoint(_not_builtin(loop))),
    (DYNAMIC, _looks_names_up),
    (INDEX_BOUND, lambda loop: any(loop.index in bound(node) for node, _ in loop.nodes)),
    (REBOUND, _rebinds),
    (CHANGED, _changes),
    (OTHER_INDEX, _takes_others),
    (USED_WHOLE, _uses_whole),
    (CAPTURED, _captures),
    (SHARED, _is_disturbed),
    (MAPPING, _maps),
)
PRECONDITIONS = (*(precondition for precondition, _ in CHECKS), NO_NAME)
