"""One failure as lines for people: what failed, pytest's explanation, the source around it, how it got there."""

from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from textwrap import wrap

from rich.text import Text

from companion.core.board import RED
from companion.front.excerpt import Excerpt, read
from companion.front.explanation import explanation, headline, printed
from companion.front.limits import LIMITS, Limits
from companion.front.words import because, clean, count, inline, one_line
from companion.messages import Frame, ItemFinished

ORDINARY = frozenset({
    "setup passed", "call passed", "teardown passed", "setup failed", "call failed", "collect failed",
})  # fmt: skip
"""Reports that say no more than the outcome does."""


def brief(item: ItemFinished, width: int) -> Text:
    """One line, cut to ``width``: the item and its message."""
    sign, style = ("✗ ", "red") if item.outcome in RED else ("! ", "yellow")
    line = Text.assemble((sign, style), inline(item.id), ("  " + headline(item), "dim"))
    return fit(line, width)


def detailed(item: ItemFinished, root: Path, width: int, limits: Limits = LIMITS) -> list[Text]:
    """The failure with its source read from disk. Long names and paths are left to the terminal to wrap."""
    lines = [Text.assemble(("✗ ", "bold red"), (inline(item.id), "bold"))]
    if item.state == "order-dependent":
        lines.append(Text("  order-dependent: its outcome depends on which tests run before it", "yellow"))
    lines += [Text(row, "red") for line in explanation(item, limits) for row in _rows(f"  {line}", width)]
    lines += [Text(f"  {one_line(report)}", "red") for report in item.reports if report not in ORDINARY]
    if item.cause is not None:
        lines += [Text(row, "yellow") for row in _rows(f"  cause {because(item.cause)}", width)]
    if item.path:
        excerpt = read(root / item.path, item.line, around=limits.around)
        lines.append(Text.assemble("  at ", (inline(f"{item.path}:{item.line}"), "cyan")))
        lines += source(excerpt, item.path, width) if excerpt is not None else []
    lines += _calls(item, width, limits)
    return [*lines, *_output(item, limits)]


def source(excerpt: Excerpt, path: str, width: int) -> list[Text]:
    """Numbered lines, the one meant pointed at; those around it are cut to ``width``."""
    digits = len(str(excerpt.first + len(excerpt.lines)))
    lines: list[Text] = []
    for number, code in enumerate(_coloured(excerpt, path), excerpt.first):
        meant = number == excerpt.focus
        mark = Text("  > " if meant else "    ", "bold red")
        gutter = Text(f"{number:>{digits}} │ ", "bold red" if meant else "dim")
        line = Text.assemble(mark, gutter, code)
        lines.append(line if meant else fit(line, width))
    for line in lines:
        line.rstrip()
    return lines


def fit(line: Text, width: int) -> Text:
    """The same line, cut to ``width`` columns."""
    line.truncate(width, overflow="ellipsis")
    return line


def _rows(line: str, width: int) -> list[str]:
    """A line at its own indentation, continued a little deeper where it is too long."""
    indent = line[: len(line) - len(line.lstrip())]
    deeper = f"{indent}    "
    return wrap(line, max(width, 20), subsequent_indent=deeper[:16], break_on_hyphens=False) or [""]


def _coloured(excerpt: Excerpt, path: str) -> list[Text]:
    code = [clean(line).expandtabs(4) for line in excerpt.lines]
    if PurePosixPath(path).suffix not in {".py", ".pyi"}:
        return [Text(line) for line in code]
    from companion.front.highlight import highlight  # noqa: PLC0415 - pygments is slow to import and seldom needed

    return highlight(code)


def _calls(item: ItemFinished, width: int, limits: Limits) -> Iterator[Text]:
    """Who called that place, and who called them, as far as it is the project's code."""
    inside = [frame for frame in item.frames if not _foreign(frame)]
    if inside and (inside[-1].path, inside[-1].line) == (item.path, item.line):
        inside.pop()
    for frame in inside[: -limits.frames - 1 : -1]:
        place = Text.assemble(("  by ", "dim"), (inline(f"{frame.path}:{frame.line}"), "cyan"))
        yield fit(place.append(f"  {one_line(frame.text)}", "dim"), width) if frame.text else place
    hidden = len(inside) - limits.frames
    if hidden > 0:
        yield Text(f"  by … {count(hidden, 'outer call')}", "dim")


def _foreign(frame: Frame) -> bool:
    return frame.path.startswith("/") or ":" in frame.path or frame.path.startswith("..")


def _output(item: ItemFinished, limits: Limits) -> Iterator[Text]:
    """The end of what the test printed."""
    for heading, lines in printed(item):
        yield Text(f"  {heading}", "dim")
        if len(lines) > limits.output:
            yield Text(f"  │ … {count(len(lines) - limits.output, 'earlier line')}", "dim")
        yield from (Text(f"  │ {line}".rstrip(), "dim") for line in lines[-limits.output :])
