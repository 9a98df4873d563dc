"""A module's statements, each walked once: what is evaluated at import apart from the bodies of functions. Pure."""

import ast
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from companion.core.impact.definitions import Definition, Function, documented, parameters
from companion.core.impact.imports import BY_NAME
from companion.core.impact.reading import Reading
from companion.core.impact.scope import dotted, origins_of, unread
from companion.core.impact.walk import walk


@dataclass(slots=True)
class Chunk:
    """A statement. ``reading`` is what it evaluates at import; ``members`` the definitions and statements in it.

    A function has a ``key`` and what its ``body`` reads; a class has a key. ``doc`` is the docstring.
    """

    node: ast.stmt
    reading: Reading
    members: list[Chunk] = field(default_factory=list["Chunk"])
    body: Reading | None = None
    key: str = ""
    doc: str = ""

    def all(self) -> Iterator[Chunk]:
        """Itself and all that is in it."""
        yield self
        for member in self.members:
            yield from member.all()


@dataclass(slots=True)
class Cutter:
    """Cuts a module into chunks. ``imported`` are the imports that bind names of the module; ``suspects`` are
    in no chunk and may import something."""

    keen: frozenset[type[ast.AST]]
    unread: frozenset[str]
    imported: list[ast.Import | ast.ImportFrom] = field(default_factory=list[ast.Import | ast.ImportFrom])
    suspects: list[ast.AST] = field(default_factory=list[ast.AST])
    _numbers: Counter[str] = field(default_factory=Counter[str])

    def chunks(self, statements: list[ast.stmt], prefix: str = "") -> Iterator[Chunk]:
        """In their order; those below ``if TYPE_CHECKING:`` aside, which nobody executes."""
        for node in statements:
            if isinstance(node, ast.If) and dotted(node.test) in self.unread:
                self._leave_out(node.body)
                yield from self.chunks(node.orelse, prefix)
            elif isinstance(node, (ast.Import, ast.ImportFrom)) and not prefix:
                self.imported.append(node)
                yield from map(_import, _each(node))
            else:
                yield self._chunk(node, prefix)

    def _chunk(self, node: ast.stmt, prefix: str) -> Chunk:
        match node:
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                return self._function(node, prefix)
            case ast.ClassDef():
                return self._class(node, prefix)
            case ast.Expr(value=ast.Constant(value=str(text))):
                return Chunk(node, Reading(strings=[text], docs=[text]))
            case _:
                reading = walk(Reading(self.keen, top=True), [node])
                self._imported(reading, elsewhere=bool(prefix) or is_main(node))
                members = [self._chunk(found, prefix) for found in reading.found]
                reading.binds.update(found.name for found in reading.found)
                return Chunk(node, reading, members)

    def _imported(self, reading: Reading, *, elsewhere: bool) -> None:
        """What is imported within a statement; ``elsewhere``: its names are not those of the module."""
        if elsewhere:
            names = (alias.name for node in reading.imported for alias in node.names)
            reading.words.update(word for name in names for word in name.split("."))
        else:
            self.imported += reading.imported

    def _function(self, node: Function, prefix: str) -> Chunk:
        header = self._defined(node)
        walk(header, [node.type_params, node.decorator_list, node.args, node.returns])
        statements, doc = documented(node)
        body = Reading(self.keen, pieces=[node.__class__.__name__, *_signature(node.args)])
        body.words.update(arg.arg for arg in parameters(node.args))
        return Chunk(node, header, [], walk(body, statements), self._key(f"{prefix}{node.name}()"), doc)

    def _class(self, node: ast.ClassDef, prefix: str) -> Chunk:
        header = self._defined(node)
        walk(header, [node.type_params, node.decorator_list, node.bases, node.keywords])
        statements, doc = documented(node)
        key = f"{prefix}{node.name}"
        return Chunk(node, header, list(self.chunks(statements, f"{key}.")), None, key, doc)

    def _defined(self, node: Definition) -> Reading:
        return Reading(self.keen, top=True, binds={node.name}, pieces=[node.__class__.__name__, node.name])

    def _key(self, key: str) -> str:
        self._numbers[key] += 1
        return key if self._numbers[key] == 1 else f"{key}#{self._numbers[key]}"

    def _leave_out(self, statements: list[ast.stmt]) -> None:
        for statement in statements:
            for node in ast.walk(statement):
                if type(node) in self.keen:
                    self.suspects.append(node)


def cutter(text: str, tree: ast.Module) -> Cutter:
    """``keen`` are the classes of nodes that may import something in this text."""
    keen: set[type[ast.AST]] = {ast.Import, ast.ImportFrom}
    if "pytest_plugins" in text:
        keen |= {ast.Assign, ast.AnnAssign, ast.AugAssign}
    if any(name in text for name in BY_NAME):
        keen.add(ast.Call)
    return Cutter(frozenset(keen), unread(tree))


def first_line(node: ast.stmt) -> int:
    """Where the code object of a definition begins."""
    decorators: list[ast.expr] = getattr(node, "decorator_list", [])
    return min((node.lineno, *(decorator.lineno for decorator in decorators)))


def head_line(node: ast.stmt) -> int:
    """The last line of what a definition evaluates before its body; of another block its first one."""
    within: list[ast.expr | ast.arg | None] = []
    if isinstance(node, ast.ClassDef):
        within = [*node.bases, *(keyword.value for keyword in node.keywords)]
    elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
        within = [*parameters(node.args), *node.args.defaults, *node.args.kw_defaults, node.returns]
    elif not hasattr(node, "body") and not isinstance(node, ast.Match):
        return node.end_lineno or node.lineno
    return max([node.lineno, *(inner.end_lineno or 0 for inner in within if inner)])


def is_main(node: ast.stmt) -> bool:
    """``if __name__ == "__main__":`` and nothing else."""
    match node:
        case ast.If(test=ast.Compare(left=left, ops=[ast.Eq()], comparators=[right]), orelse=[]):
            pair = {ast.unparse(left), ast.unparse(right)}
            return pair == {"__name__", "'__main__'"}
        case _:
            return False


def _each(node: ast.Import | ast.ImportFrom) -> list[ast.Import | ast.ImportFrom]:
    """A statement for each name that it imports."""
    single: list[ast.Import | ast.ImportFrom] = []
    for alias in node.names:
        if isinstance(node, ast.Import):
            single.append(ast.Import([alias]))
        else:
            single.append(ast.ImportFrom(node.module, [alias], node.level))
        ast.copy_location(single[-1], node)
    return single


def _import(node: ast.Import | ast.ImportFrom) -> Chunk:
    reading = Reading(top=True, binds=set(origins_of(node)))
    reading.pieces += [node.__class__.__name__, *(f"{a.name} {a.asname}" for a in node.names)]
    reading.pieces += [f"{node.level} {node.module}"] if isinstance(node, ast.ImportFrom) else []
    return Chunk(node, reading)


def _signature(args: ast.arguments) -> Iterator[str]:
    """The names of parameters, and how each may be given."""
    for kind, group in (("/", args.posonlyargs), ("", args.args), ("*", args.kwonlyargs)):
        yield from (f"{kind}{arg.arg}" for arg in group)
    yield from (f"**{arg.arg}" if arg is args.kwarg else f"*={arg.arg}" for arg in (args.vararg, args.kwarg) if arg)
