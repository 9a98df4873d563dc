"""What `companion coverage` says: a table, or a JSON object a line."""

import json
from collections.abc import Iterator
from typing import Self, TextIO

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from companion.core.impact.coverage import percent, totals
from companion.front.coverage import Report, by_item
from companion.front.words import count, inline


def as_json(told: Report, *, items: bool) -> Iterator[str]:
    """A ``covered`` for each file, then one ``coverage`` for all."""
    contexts = dict(told.contexts)
    for file in told.files:
        statements, missing = totals([file])
        value: dict[str, object] = {
            "event": "covered", "path": file.path, "statements": statements, "missing": missing,
            "percent": percent(statements, missing), "missing_lines": sorted(file.missing),
        }  # fmt: skip
        if items:
            value["items"] = dict(contexts[file.path])
        yield _line(value)
    statements, missing = totals(told.files)
    yield _line({
        "event": "coverage", "files": len(told.files), "statements": statements, "missing": missing,
        "percent": percent(statements, missing), "unknown": list(told.end.unknown), "edited": list(told.edited),
        "external": told.end.external,
    })  # fmt: skip


def as_text(told: Report, *, items: bool) -> RenderableType:
    """Tables, and what is not in them."""
    parts: list[RenderableType] = [_files(told)]
    if items:
        parts += [Text(), _items(told)]
    notes = list(_notes(told))
    return Group(*parts, *([Text(), *(Text(note, "yellow") for note in notes)] if notes else []))


class Progress:
    """One line on a terminal, gone at the end; nothing where ``out`` is none."""

    def __init__(self, out: TextIO) -> None:
        self._out = out
        self._is_seen = out.isatty()

    def __enter__(self) -> Self:
        return self

    def show(self, words: str) -> None:
        """In the place of what was shown before."""
        if self._is_seen:
            self._out.write(f"\r\x1b[K{words}")
            self._out.flush()

    def __exit__(self, *_: object) -> None:
        self.show("")


def _files(told: Report) -> Table:
    table = _table("file", "statements", "missing", "covered", "missing lines")
    for file in told.files:
        statements, missing = totals([file])
        _row(table, inline(file.path), statements, missing, file.ranges)
    statements, missing = totals(told.files)
    table.add_section()
    _row(table, "total", statements, missing, "", style="bold")
    return table


def _items(told: Report) -> Table:
    table = _table("item", "statements", "only here")
    for item, (number, alone) in by_item(told).items():
        table.add_row(Text(inline(item)), f"{number:,}", f"{alone:,}")
    return table


def _notes(told: Report) -> Iterator[str]:
    if told.never:
        yield f"{count(told.never, 'Python file')} more that no test executes: name a folder to see those in it"
    if told.end.external:
        number = count(told.end.external, "test")
        yield f"left out, for reaching outside of its process: {number} (--external runs what does)"
    if told.end.unknown:
        yield f"not all lines are known of {', '.join(map(inline, told.end.unknown))}: see companion test"
    if told.edited:
        yield f"left out, for they cannot be read or were edited meanwhile: {', '.join(map(inline, told.edited))}"


def _table(*names: str) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim")
    for name in names:
        is_text = name in ("file", "item", "missing lines")
        table.add_column(name, justify="left" if is_text else "right", overflow="fold", no_wrap=not is_text)
    return table


def _row(table: Table, name: str, statements: int, missing: int, ranges: str, *, style: str = "") -> None:
    cells = (name, f"{statements:,}", f"{missing:,}", f"{percent(statements, missing)}%", ranges)
    table.add_row(*(Text(cell, style) for cell in cells))


def _line(value: dict[str, object]) -> str:
    return json.dumps(value, separators=(",", ":"))
