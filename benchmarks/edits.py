"""Edits of one function, or of a module's own lines, written as editors do: beside the file, then in its place."""

import ast
import os
from dataclasses import dataclass
from pathlib import Path

MARK = "companion_benchmark"


@dataclass(frozen=True, slots=True)
class Edit:
    """Puts a line of its own before the last statement of a function, or at a module's end where no function is
    named: that concerns all that the module defines. Each time another number is in it.
    """

    path: str
    function: str = ""

    def write_beside(self, root: Path, number: int) -> Written:
        """Everything but the save itself, which has to follow at once: the watcher sees this too."""
        place = root / self.path
        lines = [line for line in place.read_text("utf-8").splitlines(keepends=True) if MARK not in line]
        if self.function:
            last = _function("".join(lines), self.function).body[-1]
            lines.insert(last.lineno - 1, f"{' ' * last.col_offset}{MARK} = {number}\n")
        else:
            lines.append(f'globals()["{MARK}"] = {number}\n')  # more than a binding, which would concern nobody
        beside = place.with_name(f"{place.name}.tmp")
        beside.write_text("".join(lines), "utf-8")
        return Written(beside, place)

    @property
    def name(self) -> str:
        """For people."""
        return f"`{self.function}` in {self.path}" if self.function else f"module level of {self.path}"

    def forget_bytecode(self, root: Path) -> None:
        """What the last cold run cached of this file is as good as stale again: each run has to compile it."""
        place = root / self.path
        for cached in (place.parent / "__pycache__").glob(f"{place.stem}.*.pyc"):
            cached.unlink()


@dataclass(frozen=True, slots=True)
class Written:
    """New text beside its file."""

    beside: Path
    place: Path

    def save(self) -> None:
        """Put it in the file's place."""
        os.replace(self.beside, self.place)  # noqa: PTH105 - as editors do


def _function(text: str, name: str) -> ast.FunctionDef:
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef) and node.name == name:
            return node
    raise ValueError(f"there is no function {name}")
