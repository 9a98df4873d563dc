"""What the names of a module's top level stand for, as far as its text tells. Pure."""

import ast
from collections import Counter
from dataclasses import dataclass, field

from companion.core.impact.imports import ImportRef
from companion.core.impact.known import BUILTINS
from companion.core.impact.parts import NameImport


@dataclass(slots=True)
class Scope:
    """``counts``: how often each name is bound. ``origins``: qualified names of what was imported, by its alias.
    ``above``: names that are bound above the statement that is looked at. ``strings``: annotations are not evaluated.
    """

    counts: Counter[str] = field(default_factory=Counter[str])
    origins: dict[str, str] = field(default_factory=dict[str, str])
    above: set[str] = field(default_factory=set[str])
    strings: bool = False

    def resolve(self, node: ast.expr) -> str:
        """``functools.cache`` for ``ft.cache``; empty where nothing tells."""
        rest: list[str] = []
        while isinstance(node, ast.Attribute):
            rest.append(node.attr)
            node = node.value
        if not isinstance(node, ast.Name):
            return ""
        origin = self._origin(node.id)
        return ".".join([origin, *reversed(rest)]) if origin else ""

    def is_bound(self, name: str) -> bool:
        """Whether code that stands here finds the name."""
        return name in self.above or (name in BUILTINS and not self.counts[name])

    def _origin(self, name: str) -> str:
        if name in self.origins:
            return self.origins[name] if self.counts[name] == 1 else ""
        return f"builtins.{name}" if name in BUILTINS and not self.counts[name] else ""


def origins_of(node: ast.Import | ast.ImportFrom) -> dict[str, str]:
    """Qualified names by alias; those of relative imports begin with a dot."""
    if isinstance(node, ast.Import):
        return {
            alias.asname or alias.name.partition(".")[0]: alias.name if alias.asname else alias.name.partition(".")[0]
            for alias in node.names
        }
    return {a.asname or a.name: f"{'.' * node.level}{node.module or ''}.{a.name}" for a in node.names}


def bound_by(node: ast.Import | ast.ImportFrom) -> list[NameImport]:
    """What the names that an import binds stand for."""
    if isinstance(node, ast.ImportFrom):
        ref = ImportRef(node.module or "", node.level, tuple(alias.name for alias in node.names))
        return [NameImport(ref, alias.name, alias.asname or alias.name) for alias in node.names]
    found: list[NameImport] = []
    for alias in node.names:
        root = alias.name.partition(".")[0]
        found += [NameImport(ImportRef(alias.name), "", alias.asname or root)]
        found += [NameImport(ImportRef(root), "", root)] if root != alias.name and not alias.asname else []
    return found


def dotted(node: ast.expr) -> str:
    """A name with its attributes as it is written; empty for all else."""
    rest: list[str] = []
    while isinstance(node, ast.Attribute):
        rest.append(node.attr)
        node = node.value
    return ".".join([node.id, *reversed(rest)]) if isinstance(node, ast.Name) else ""


def unread(tree: ast.Module) -> frozenset[str]:
    """How this module spells ``TYPE_CHECKING``; empty if that might be true at run time."""
    found: set[str] = set()
    for node in tree.body:
        match node:
            case ast.ImportFrom(module="typing" | "typing_extensions", level=0):
                found |= {a.asname or a.name for a in node.names if a.name == "TYPE_CHECKING"}
            case ast.Import():
                modules = {a.asname or a.name for a in node.names if a.name in {"typing", "typing_extensions"}}
                found |= {f"{module}.TYPE_CHECKING" for module in modules}
            case ast.Assign(targets=[ast.Name(id="TYPE_CHECKING")], value=ast.Constant(value=False)):
                found.add("TYPE_CHECKING")
            case ast.Assign(targets=[ast.Name(id="TYPE_CHECKING")]):
                return frozenset()
            case _:
                pass
    return frozenset(found)
