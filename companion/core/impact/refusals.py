"""What may be refused while a function or a class is made, though all that it is made of is harmless. Pure.

Such expressions are risks, see `purity`: whoever imports the module notices, not only who meets the class.
"""

import ast
from collections.abc import Iterable, Iterator

from companion.core.impact import known
from companion.core.impact.literals import is_number
from companion.core.impact.purity import Judge

SCOPES = frozenset({"function", "class", "module", "package", "session"})
FIXTURE_OPTIONS = frozenset({"scope", "params", "autouse", "ids", "name"})
ORDERINGS = frozenset({"__lt__", "__le__", "__gt__", "__ge__"})
DEFAULTS = frozenset({"default", "default_factory", "factory"})


def look_at_decorator(name: str, call: ast.Call, judge: Judge) -> None:
    """``name`` is its qualified one; it is one of those that only mark or wrap."""
    if name == "pytest.fixture":
        fits = _is_fixture(call)
    elif name in known.KEEPING:
        fits = not call.keywords or [keyword.arg for keyword in call.keywords] == ["maxsize"]
        fits = fits and all(map(_is_size, (*call.args, *(keyword.value for keyword in call.keywords))))
    else:
        fits = name not in known.FIELD_DECORATORS and not (name == "unittest.mock.patch" and not _is_target(call))
    if not fits:
        judge.risk(call)


def look_at_class(node: ast.ClassDef, marks: Iterable[str], bases: Iterable[str], judge: Judge) -> None:
    """``marks`` and ``bases`` are the qualified names of its decorators and bases, as far as they are known."""
    marks, bases = set(marks), set(bases)
    if len(node.bases) > 1:
        judge.risk(ast.Tuple(node.bases))  # they may not go together
    found: set[str] = set()
    if "functools.total_ordering" in marks and ORDERINGS.isdisjoint(_names(node.body)):
        found.add("nothing to order by")
    if any(base.startswith("enum.") for base in bases):
        found.update(_of_enum(node))
    elif marks & known.FIELD_DECORATORS or bases & known.WHOLE_BASES:
        found.update(_of_fields(node))
        found.update(f"made by {ast.dump(mark)}" for mark in node.decorator_list)  # frozen, above one that is not
    found.update(f"__slots__ {_kind(value)}" for name, value in _assigned(node) if name == "__slots__")
    judge.risks |= {f"{node.name}: {what}" for what in found}


def _is_fixture(call: ast.Call) -> bool:
    given = {keyword.arg: keyword.value for keyword in call.keywords}
    scope = given.get("scope", ast.Constant(value="function"))
    is_known = isinstance(scope, ast.Constant) and scope.value in SCOPES
    return is_known and not call.args and given.keys() <= FIXTURE_OPTIONS


def _is_size(value: ast.expr) -> bool:
    return isinstance(value, ast.Constant) and (value.value is None or type(value.value) is int)


def _is_target(call: ast.Call) -> bool:
    match call.args:
        case [ast.Constant(value=str(text)), *_]:
            return "." in text
        case _:
            return False


def _of_enum(node: ast.ClassDef) -> Iterator[str]:
    """Names come once, each kind of enum takes its kind of values, and one with members has no classes below it."""
    members = [name for name, _ in _assigned(node)]
    yield from (f"{name} again" for name in members if members.count(name) > 1)
    yield from ("members" for _ in members[:1])
    yield from (f"a value like {_kind(value)}" for _, value in _assigned(node))


def _of_fields(node: ast.ClassDef) -> Iterator[str]:
    """None without a default may follow one that has one, here or in a class below; a default may be refused."""
    is_given = False
    for name, value in _assigned(node, bare=True):
        has_default = _is_default(value)
        yield f"a field {'with' if has_default else 'without'} a default"
        yield from ["a field without a default after one with"] if is_given and not has_default else []
        yield from [name] if name.startswith("_") else []
        yield from [f"a default like {_kind(value)}"] if value and not isinstance(value, ast.Constant) else []
        is_given |= has_default


def _is_default(value: ast.expr | None) -> bool:
    if isinstance(value, ast.Call):
        return bool(value.args) or any(keyword.arg in DEFAULTS for keyword in value.keywords)
    return value is not None


def _kind(value: ast.expr | None) -> str:
    """What decides whether a value is taken."""
    match value:
        case ast.Constant():
            return type(value.value).__name__
        case ast.Call(func=func):
            return ast.dump(func)
        case None:
            return ""
        case _:
            return "a number" if is_number(value) else ast.dump(value)


def _assigned(node: ast.ClassDef, *, bare: bool = False) -> Iterator[tuple[str, ast.expr | None]]:
    """Names with their values; ``bare``: also those that are only declared."""
    for statement in node.body:
        match statement:
            case ast.Assign(targets=targets, value=value):
                yield from ((target.id, value) for target in targets if isinstance(target, ast.Name))
            case ast.AnnAssign(target=ast.Name(id=name), value=value) if value or bare:
                yield name, value
            case _:
                pass


def _names(statements: list[ast.stmt]) -> set[str]:
    return {getattr(statement, "name", "") for statement in statements}
