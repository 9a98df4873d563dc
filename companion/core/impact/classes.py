"""What a class statement does beyond binding its name, and what its members are. Pure."""

import ast
from dataclasses import dataclass, field

from companion.core.impact import known
from companion.core.impact.chunks import Chunk
from companion.core.impact.headers import binds_of, decorator, is_dunder, simple
from companion.core.impact.parts import ClassKind, ClassShape
from companion.core.impact.purity import ImpureError, Judge
from companion.core.impact.refusals import look_at_class
from companion.core.impact.scope import Scope, dotted

ABSTRACT = frozenset({"abc.abstractmethod", "abc.abstractproperty"})
OPEN = ClassShape("open", ())


@dataclass(slots=True)
class Member:
    """What a class binds a name to; several statements where it binds it again (a property's setter)."""

    chunks: list[Chunk] = field(default_factory=list[Chunk])
    judges: list[Judge] = field(default_factory=list[Judge])
    always: bool = False


@dataclass(slots=True)
class Classified:
    """``judge`` has seen what the class statement itself evaluates; ``inner`` are the classes in it, by key."""

    shape: ClassShape
    judge: Judge
    members: dict[str, Member] = field(default_factory=dict[str, Member])
    inner: dict[str, Classified] = field(default_factory=dict[str, "Classified"])


def classify(chunk: Chunk, node: ast.ClassDef, scope: Scope, around: frozenset[str] = frozenset()) -> Classified:
    """``around`` are names of the class body that it stands in."""
    own = frozenset(getattr(param, "name", "") for param in node.type_params)
    judge = Judge(scope, {*around, *own})
    found = Classified(OPEN, judge)
    try:
        kind, bases = _heading(node, judge)
        abstract = _members(chunk, scope, found, own)
    except ImpureError, RecursionError:
        return Classified(OPEN, Judge(scope))
    found.shape = ClassShape(kind, bases, frozenset(abstract))
    return found


def _heading(node: ast.ClassDef, judge: Judge) -> tuple[ClassKind, tuple[str, ...]]:
    whole, bases, marks, names = False, list[str](), list[str](), list[str]()
    for mark in node.decorator_list:
        name = decorator(mark, judge)
        if not (name in known.CLASS_DECORATORS or name.startswith(known.MARK)):
            raise ImpureError
        whole |= name in known.WHOLE_DECORATORS
        marks.append(name)
    for base in node.bases:
        name, written = _base(base, judge)
        whole |= name in known.WHOLE_BASES
        bases += [written] if written else []
        names.append(name)
    look_at_class(node, marks, names, judge)
    for keyword in node.keywords:
        judge.expression(keyword.value)
        is_abstract = keyword.arg == "metaclass" and judge.scope.resolve(keyword.value) == "abc.ABCMeta"
        if not is_abstract and (not whole or keyword.arg in {None, "metaclass"}):
            raise ImpureError
    return "whole" if whole else "plain", tuple(bases)


def _base(base: ast.expr, judge: Judge) -> tuple[str, str]:
    """Its qualified name, and how it is written if it is not one of those that are known."""
    if isinstance(base, ast.Subscript):
        judge.annotation(base.slice)
        base = base.value
    name, written = judge.scope.resolve(base), dotted(base)
    if name in known.PLAIN_BASES | known.WHOLE_BASES:
        judge.root(base)
        return name, ""
    if not written or name.partition(".")[0] in known.STANDARD:
        raise ImpureError
    judge.expression(base)
    return name, written


def _members(chunk: Chunk, scope: Scope, found: Classified, own: frozenset[str]) -> set[str]:
    """The names of those that are abstract; ``own`` are the class's type parameters. Raises ImpureError."""
    bound, abstract = set(own), set[str]()
    for member in chunk.members:
        if isinstance(member.node, ast.ClassDef):
            inner = classify(member, member.node, scope, frozenset(bound))
            if inner.shape.kind == "open":
                raise ImpureError
            found.inner[member.key] = inner
            bound.add(member.node.name)
        elif not isinstance(member.node, (ast.Pass, ast.Expr)):
            judge = Judge(scope, set(bound))
            marks = simple(member, judge)
            _add(found.members, member, judge, always=not ABSTRACT.isdisjoint(marks))
            names = binds_of(member)
            abstract |= set(names) if not ABSTRACT.isdisjoint(marks) else set()
            bound |= set(names) if not isinstance(member.node, ast.AnnAssign) or member.node.value else set()
        elif not isinstance(member.node, ast.Pass) and not isinstance(member.node.value, ast.Constant):
            raise ImpureError
    return abstract


def _add(members: dict[str, Member], chunk: Chunk, judge: Judge, *, always: bool) -> None:
    names = binds_of(chunk)
    if not known.SUBCLASSING.isdisjoint(names):
        raise ImpureError
    member = members.setdefault(names[0], Member())
    member.chunks.append(chunk)
    member.judges.append(judge)
    member.always |= always or any(map(_is_protocol, names))


def _is_protocol(name: str) -> bool:
    return is_dunder(name) or name in known.MEMBER_PROTOCOL or name.startswith("pytest_")
