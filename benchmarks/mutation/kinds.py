"""All places of a text where a mutation of some kind can be made. Pure."""

import ast
from collections.abc import Callable, Iterator
from typing import Any

from benchmarks.mutation.code import Code, Edit

type Finder = Callable[[Code], Iterator[Edit]]
type Function = ast.FunctionDef | ast.AsyncFunctionDef

OPERATORS: dict[type[ast.AST], tuple[str, str]] = {
    ast.Add: ("+", "-"), ast.Sub: ("-", "+"), ast.Mult: ("*", "+"), ast.Div: ("/", "*"), ast.FloorDiv: ("//", "*"),
    ast.Mod: ("%", "*"), ast.Pow: ("**", "*"), ast.BitAnd: ("&", "|"), ast.BitOr: ("|", "&"),
    ast.And: ("and", "or"), ast.Or: ("or", "and"),
    ast.Eq: ("==", "!="), ast.NotEq: ("!=", "=="), ast.Lt: ("<", "<="), ast.LtE: ("<=", "<"), ast.Gt: (">", ">="),
    ast.GtE: (">=", ">"), ast.Is: ("is", "is not"), ast.In: ("in", "not in"), ast.IsNot: ("is not", "is"),
    ast.NotIn: ("not in", "in"),
}  # fmt: skip
SIMPLE = (
    ast.Expr, ast.Assign, ast.AugAssign, ast.Raise, ast.Return, ast.Assert, ast.Delete, ast.Continue, ast.Break,
)  # fmt: skip
DUNDERS = ("__eq__", "__repr__", "__len__", "__bool__", "__init__", "__getattr__")


def operator(code: Code) -> Iterator[Edit]:
    """One for another of the same family."""
    for node in ast.walk(code.tree):
        match node:
            case ast.BinOp(left, op, right) if type(op) in OPERATORS:
                yield code.put_between(left, right, *OPERATORS[type(op)])
            case ast.BoolOp(op, [first, second, *_]):
                yield code.put_between(first, second, *OPERATORS[type(op)])
            case ast.Compare(left, [op], [right]):
                yield code.put_between(left, right, *OPERATORS[type(op)])
            case ast.AugAssign(target, op, value) if type(op) in OPERATORS:
                yield code.put_between(target, value, *OPERATORS[type(op)])
            case _:
                pass


def constant(code: Code) -> Iterator[Edit]:
    """In the body of a function."""
    for function in _functions(code.tree):
        for statement in function.body:
            yield from _constants(code, statement)


def module_constant(code: Code) -> Iterator[Edit]:
    """In an assignment of the top level."""
    for node in code.tree.body:
        if isinstance(node, (ast.Assign, ast.AnnAssign)) and node.value is not None:
            yield from _constants(code, node.value)


def class_attribute(code: Code) -> Iterator[Edit]:
    """In an assignment of a class."""
    for cls in _classes(code.tree):
        for node in cls.body:
            if isinstance(node, (ast.Assign, ast.AnnAssign)) and node.value is not None:
                yield from _constants(code, node.value)


def decorator_argument(code: Code) -> Iterator[Edit]:
    """Of a function or class."""
    for node in (*_functions(code.tree), *_classes(code.tree)):
        for decorator in node.decorator_list:
            yield from _constants(code, decorator)


def condition(code: Code) -> Iterator[Edit]:
    """Its opposite."""
    for node in ast.walk(code.tree):
        if isinstance(node, (ast.If, ast.While, ast.IfExp)):
            yield code.put(node.test, f"(not ({code.text(node.test)}))")
        elif isinstance(node, ast.comprehension):
            yield from (code.put(test, f"(not ({code.text(test)}))") for test in node.ifs)


def returned(code: Code) -> Iterator[Edit]:
    """Nothing is returned."""
    for node in ast.walk(code.tree):
        if isinstance(node, ast.Return) and node.value is not None:
            yield code.put(node.value, "None")


def deleted_statement(code: Code) -> Iterator[Edit]:
    """A simple one."""
    for node in ast.walk(code.tree):
        if isinstance(node, SIMPLE) and not _is_docstring(node):
            yield code.put(node, "pass")


def signature(code: Code) -> Iterator[Edit]:
    """A parameter more, one less, or one that is called otherwise."""
    for function in _functions(code.tree):
        for arg in function.args.args[:1]:
            at, new = (code.end(arg), ", added_") if arg.arg in {"self", "cls"} else (code.start(arg), "added_, ")
            yield Edit(at, at, new)
        for arg in (*function.args.args, *function.args.kwonlyargs):
            if arg.arg not in {"self", "cls"}:
                yield Edit(code.start(arg), code.start(arg) + len(arg.arg.encode()), f"{arg.arg}_")
        if len(function.args.args) > 1 and not function.args.defaults:
            before, last = function.args.args[-2:]
            yield Edit(code.end(before), code.end(last), "")


def default(code: Code) -> Iterator[Edit]:
    """Of a parameter."""
    for function in _functions(code.tree):
        for value in (*function.args.defaults, *filter(None, function.args.kw_defaults)):
            yield code.put(value, "0" if isinstance(value, ast.Constant) and value.value is None else "None")


def renamed_function(code: Code) -> Iterator[Edit]:
    """Where it is defined only."""
    for function in _functions(code.tree):
        start, end = code.name_of(function)
        yield Edit(start, end, f"{function.name}_")


def removed_method(code: Code) -> Iterator[Edit]:
    """With its decorators."""
    for cls in _classes(code.tree):
        for node in cls.body:
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                first = min((code.start(each) for each in node.decorator_list), default=code.start(node))
                yield Edit(first - (1 if node.decorator_list else 0), code.end(node), "pass")


def added_override(code: Code) -> Iterator[Edit]:
    """A method that a class inherits, by protocol or from another class of this file."""
    known = {node.name for cls in _classes(code.tree) for node in cls.body if isinstance(node, ast.FunctionDef)}
    for cls in _classes(code.tree):
        own = {node.name for node in cls.body if isinstance(node, ast.FunctionDef)}
        first = cls.body[0]
        indent = " " * first.col_offset
        at = min((code.start(each) - 1 for each in getattr(first, "decorator_list", ())), default=code.start(first))
        for name in sorted({*known, *DUNDERS} - own):
            yield Edit(at, at, f"def {name}(self, *args, **kwargs):\n{indent}    return None\n\n{indent}")


def imported_name(code: Code) -> Iterator[Edit]:
    """One that is not imported any more, or one that is."""
    for node in code.tree.body:
        if not isinstance(node, ast.ImportFrom) or node.module == "__future__":
            continue
        alias = node.names[0]
        if len(node.names) > 1:
            yield Edit(code.start(alias), code.start(node.names[1]), "")
        else:
            yield code.put(node, "pass")
        if alias.name != "*":
            yield Edit(code.start(alias), code.start(alias), f"{alias.name} as added_, ")


def fixture(code: Code) -> Iterator[Edit]:
    """Of a conftest or a test file: for whom it is set up, or what it gives."""
    for function in _functions(code.tree):
        for decorator in function.decorator_list:
            text = code.text(decorator)
            if text.endswith("fixture"):
                yield from (code.put(decorator, f"{text}({how})") for how in ("scope='session'", "autouse=True"))
            elif "fixture(" in text:
                yield code.put(decorator, f"{text.partition('(')[0]}()")
                yield from (code.put(n, "None") for n in _given(function))


def _given(function: Function) -> Iterator[ast.expr]:
    for node in ast.walk(function):
        if isinstance(node, (ast.Return, ast.Yield)) and node.value is not None:
            yield node.value


def _is_docstring(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def _functions(tree: ast.AST) -> list[Function]:
    return [node for node in ast.walk(tree) if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))]


def _classes(tree: ast.AST) -> list[ast.ClassDef]:
    return [node for node in ast.walk(tree) if isinstance(node, ast.ClassDef)]


def _constants(code: Code, inside: ast.AST) -> Iterator[Edit]:
    literal = {id(part) for node in ast.walk(inside) if isinstance(node, ast.JoinedStr) for part in ast.walk(node)}
    for node in ast.walk(inside):
        if isinstance(node, ast.Constant) and id(node) not in literal and node.value is not ...:
            yield code.put(node, _other(node.value))


def _other(value: Any) -> str:
    match value:
        case bool():
            return repr(not value)
        case int() | float() | complex():
            return repr(value + 1)
        case str():
            return repr(f"{value}{value[:1] or 'x'}")
        case bytes():
            return repr(value + (value[:1] or b"x"))
        case _:
            return "0"


KINDS: dict[str, Finder] = {
    "operator": operator, "constant": constant, "condition": condition, "return": returned,
    "deleted statement": deleted_statement, "signature": signature, "default": default,
    "renamed function": renamed_function, "removed method": removed_method, "added override": added_override,
    "class attribute": class_attribute, "decorator argument": decorator_argument, "module constant": module_constant,
    "imported name": imported_name, "fixture": fixture,
}  # fmt: skip
"""By name; `DATA` and what is done to data files aside."""
