"""Statements that do nothing but bind names: functions' headers, constants, imports of what is always there. Pure."""

import ast

from companion.core.impact import known
from companion.core.impact.chunks import Chunk
from companion.core.impact.purity import ImpureError, Judge
from companion.core.impact.refusals import look_at_decorator

ACCESSORS = frozenset({"setter", "getter", "deleter"})


def simple(chunk: Chunk, judge: Judge) -> list[str]:
    """Look at all that a statement evaluates; the qualified names of its decorators. Raises ImpureError."""
    match chunk.node:
        case ast.FunctionDef() | ast.AsyncFunctionDef():
            marks = [decorator(node, judge) for node in chunk.node.decorator_list]
            if not all(marks):
                raise ImpureError
            judge.header(chunk.node)
            return marks
        case ast.Assign(targets=targets, value=value):
            for target in targets:
                _target(target, value, judge)
            judge.expression(value)
        case ast.AnnAssign(target=ast.Name(), annotation=annotation, value=value):
            judge.annotation(annotation)
            judge.all([value])
        case ast.TypeAlias(name=ast.Name()):
            pass
        case ast.Import(names=[alias]):
            _module(alias, judge)
        case ast.ImportFrom(module=str(module), level=0, names=[alias]) if _is_standard(module) and alias.name != "*":
            judge.risks.add(f"from {module} import {alias.name}")
        case _:
            raise ImpureError
    return []


def decorator(node: ast.expr, judge: Judge) -> str:
    """The qualified name of a decorator that only marks or wraps; empty for any other. Raises ImpureError."""
    func = node.func if isinstance(node, ast.Call) else node
    match func:
        case ast.Attribute(value=ast.Name(id=name), attr=attr) if attr in ACCESSORS and name in judge.local:
            return "builtins.property"
        case _:
            name = judge.scope.resolve(func)
    if name not in known.INERT and not name.startswith(known.MARK):
        return ""
    judge.root(func)
    if isinstance(node, ast.Call):
        judge.all([*node.args, *(keyword.value for keyword in node.keywords)])
        if any(keyword.arg is None for keyword in node.keywords) or _is_automatic(name, node):
            raise ImpureError
        look_at_decorator(name, node, judge)
    return name


def keeps(marks: list[str]) -> bool:
    """Whether some decorator keeps results."""
    return not known.KEEPING.isdisjoint(marks) or not all(marks)


def binds_of(chunk: Chunk) -> tuple[str, ...]:
    """The names that it binds, the one that it is called by first; a fixture has one more that tests ask for."""
    node = chunk.node
    if not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
        return tuple(sorted(chunk.reading.binds))
    also = (
        keyword.value.value
        for call in node.decorator_list
        if isinstance(call, ast.Call)
        for keyword in call.keywords
        if keyword.arg == "name" and isinstance(keyword.value, ast.Constant) and isinstance(keyword.value.value, str)
    )
    return tuple(dict.fromkeys((node.name, *also)))


def is_dunder(name: str) -> bool:
    """Whether Python itself may ask for the name."""
    return len(name) > 4 and name.startswith("__") and name.endswith("__")


def is_protocol(name: str) -> bool:
    """Whether a module's name means something though nobody mentions it."""
    if name in known.MODULE_PROTOCOL or name.startswith("pytest_"):
        return True
    return is_dunder(name) and name not in known.QUIET_DUNDERS


def _target(node: ast.expr, value: ast.expr, judge: Judge) -> None:
    match node:
        case ast.Name():
            pass
        case ast.Tuple(elts=elts) | ast.List(elts=elts) if all(isinstance(inner, ast.Name) for inner in elts):
            values = value.elts if isinstance(value, ast.Tuple) else []
            if len(values) != len(elts) or any(isinstance(one, ast.Starred) for one in values):
                judge.risk(value)
        case _:
            raise ImpureError


def _module(alias: ast.alias, judge: Judge) -> None:
    if not _is_standard(alias.name):
        raise ImpureError
    if alias.name not in known.PROVEN:
        judge.risks.add(f"import {alias.name}")


def _is_standard(module: str) -> bool:
    return module.partition(".")[0] in known.STANDARD and module != "__future__"


def _is_automatic(name: str, call: ast.Call) -> bool:
    """A fixture that nobody has to ask for, or whose name no text shows."""
    if name != "pytest.fixture":
        return False
    given = {keyword.arg: keyword.value for keyword in call.keywords}
    automatic = given.get("autouse", ast.Constant(value=False))
    named = given.get("name", ast.Constant(value=""))
    return not isinstance(named, ast.Constant) or not (isinstance(automatic, ast.Constant) and not automatic.value)
