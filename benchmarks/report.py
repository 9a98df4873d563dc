"""What a benchmark hands back, and how it is shown: printed, and kept as Markdown in ``results/``."""

import os
import platform
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.effort import Effort

RESULTS = Path(__file__).parent / "results"


@dataclass(frozen=True, slots=True)
class Table:
    """Rows under a caption; the first column is text, the others are figures."""

    caption: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Asked:
    """A budget: what was asked for, what was seen, and whether that held."""

    what: str
    limit: str
    seen: str
    held: bool


@dataclass(frozen=True, slots=True)
class Report:
    """One benchmark's result. ``name`` is its file's."""

    name: str
    title: str
    notes: tuple[str, ...] = ()
    tables: tuple[Table, ...] = ()
    asked: tuple[Asked, ...] = ()
    load: float = field(default_factory=lambda: os.getloadavg()[0] if hasattr(os, "getloadavg") else 0.0)


def keep(report: Report, effort: Effort) -> None:
    """Print the report, and write it to ``results/<name>.md``.

    Effect: replaces that file.
    """
    text = markdown(report, effort)
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / f"{report.name}.md").write_text(text, "utf-8")
    print(text)


def markdown(report: Report, effort: Effort) -> str:
    """The report as a page."""
    parts = [f"# {report.title}", machine(report.load)]
    if effort.share < 1:
        parts.append(f"With `--share {effort.share:g}`: a look whether things work, no measurement.")
    parts += report.notes
    if report.asked:
        rows = tuple((a.what, a.limit, a.seen, "yes" if a.held else "**no**") for a in report.asked)
        parts.append(_table(Table("Asked for", ("", "asked", "seen", "held"), rows)))
    parts += map(_table, report.tables)
    return "\n\n".join(parts) + "\n"


def machine(load: float) -> str:
    """What may be said of a machine: enough to read figures by, and nothing that tells which it is."""
    release = ".".join(platform.release().split(".")[:2])
    cores = os.process_cpu_count() or 1
    return (
        f"{cores} cores, Python {platform.python_version()}, {platform.system()} {release}; "
        f"load average at the end, with the benchmark's own: {load:.1f}."
    )


def _table(table: Table) -> str:
    marks = ["---", *["---:"] * (len(table.head) - 1)]
    lines = [_line(table.head), _line(tuple(marks)), *map(_line, table.rows)]
    return f"**{table.caption}**\n\n" + "\n".join(lines)


def _line(cells: tuple[str, ...]) -> str:
    return f"| {' | '.join(cells)} |"
