"""Words that all fronts share: counts, durations, and text of unknown origin made harmless."""

import codecs
import re

from companion.messages import Cause, Change, RunFinished, Selected

SEQUENCE = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|\x1b[@-Z\\-_]")
"""Whole terminal control sequences: colours, cursor movements, titles, links."""
CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
PLAIN = {"✗": "x", "✓": "v", "●": "*", "─": "-", "━": "=", "│": "|", "…": "~", "·": "-", "→": ">", "█": "_"}
"""What stands for our own signs where the terminal's encoding lacks them; one column each."""

VERBS = {
    "save": "saved",
    "edit": "edited",
    "disk": "changed on disk:",
    "start": "started",
    "request": "asked for",
}


def count(number: int, noun: str, several: str = "") -> str:
    """``1 test``, ``3 tests``."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {several or f'{noun}s'}"


def duration(seconds: float) -> str:
    """``0.42s``, ``12.3s``, ``2m05s``."""
    if seconds < 10:
        return f"{seconds:.2f}s"
    if seconds < 60:
        return f"{seconds:.1f}s"
    return f"{int(seconds) // 60}m{int(seconds) % 60:02}s"


def size(amount: int) -> str:
    """Bytes as megabytes with one digit; empty for nothing measured."""
    return f"{amount / 1e6:.1f} MB" if amount else ""


def clean(text: str) -> str:
    """Text that tests or files wrote, unable to steer the terminal: sequences gone, control characters visible."""
    return CONTROL.sub(lambda match: _picture(match.group()), SEQUENCE.sub("", text.replace("\r\n", "\n")))


def inline(text: str) -> str:
    """Clean text that stays one line as it is: names and paths."""
    return clean(text).replace("\n", "\N{SYMBOL FOR LINE FEED}").replace("\t", " ")


def one_line(text: str) -> str:
    """Clean text with its line breaks made spaces."""
    return " ".join(clean(text).split())


def first_line(text: str) -> str:
    """A message's sentence, without the details that may follow it."""
    return one_line(text.strip().partition("\n")[0])


def verdict(run: RunFinished) -> str:
    """``1 failed, 2 passed``: what happened and how often, worst first; ``nothing ran`` if nothing did."""
    amounts = [
        (run.failed, "failed"), (run.errors, "error"), (run.passed, "passed"), (run.skipped, "skipped"),
        (run.xfailed, "xfailed"), (run.xpassed, "xpassed"),
    ]  # fmt: skip
    words = [count(n, word) if word == "error" else f"{n:,} {word}" for n, word in amounts if n]
    return ", ".join(words) or "nothing ran"


def tried(run: RunFinished) -> bool:
    """Whether an item of this run has its outcome."""
    return any((run.failed, run.errors, run.passed, run.skipped, run.xfailed, run.xpassed))


def left_out(selected: Selected | None, end: RunFinished | None = None) -> str:
    """``57 not affected, 3 deselected``: what a run did not select, and why; empty if that is nothing.

    What is deselected is known at its end.
    """
    amounts = [
        (selected.skipped if selected else 0, "not affected"),
        (end.deselected if end else 0, "deselected"),
        (selected.elsewhere if selected else 0, "in other shards"),
    ]
    return ", ".join(f"{n:,} {word}" for n, word in amounts if n)


def changed(change: Change) -> str:
    """``saved src/shop/cart.py and 2 more``: why a run began."""
    verb = VERBS[change.trigger]
    if len(change.files) == 0:
        return verb
    if change.trigger == "request":
        verb = "again for"
    first, *rest = change.files
    more = f" and {len(rest)} more" if rest else ""
    return f"{verb} {inline(first)}{more}"


def substitute(error: UnicodeError) -> tuple[str, int]:
    """Codec error handler: signs that the output's encoding lacks become plain ones of the same width."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    return "".join(PLAIN.get(char, "?") for char in error.object[error.start : error.end]), error.end


SUBSTITUTE = "companion.plain"
"""The name under which streams know `substitute`."""
codecs.register_error(SUBSTITUTE, substitute)


def _picture(char: str) -> str:
    code = ord(char)
    return (
        chr(0x2400 + code)
        if code < 0x20
        else "\N{SYMBOL FOR DELETE}"
        if code == 0x7F
        else "\N{REPLACEMENT CHARACTER}"
    )


def because(cause: Cause) -> str:
    """``cart.py:41: rate was 0.2 on the last green run, 20 here``."""
    return f"{inline(f'{cause.path}:{cause.line}')}: {one_line(cause.text)}"
