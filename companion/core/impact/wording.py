"""In what words people are told where two runs differ. Pure."""

import re

from companion.messages import CUT, Moment

WAS = "on the last green run"
OTHER = f"the file was another {WAS}"
LARGEST = 70
"""Characters of a line, or of a value, that are told."""
MARKS = re.compile(f"{CUT}[0-9a-f]{{8}}(?: [0-9]+)?")
"""By which texts that were cut are told apart."""


def first_of(moment: Moment) -> tuple[str, str]:
    """The first name and its value; empty where there is none."""
    return moment.values[0] if moment.values else ("", "")


def changed(was: str, here: str) -> str:
    """A line, as it was and as it is; empty where there was none, or is none."""
    if not was:
        return f"`{short(here)}` was not there {WAS}" if here else f"this was another {WAS}"
    return f"`{short(here)}` was `{short(was)}` {WAS}" if here else f"`{short(was)}` is gone"


def bound(name: str, then: str | None, now: str | None) -> str:
    """What a name holds, then and now; None where it was not changed."""
    if then is None:
        return f"{name} is {shown(now)} here, and was not changed {WAS}"
    if now is None:
        return f"{name} became {shown(then)} {WAS}, not here"
    if shown(then) == shown(now):
        return f"{name} was another {shown(now)} {WAS}"
    return f"{name} was {shown(then)} {WAS}, {shown(now)} here"


def shown(text: str | None) -> str:
    """A value, without the mark of what was cut."""
    text = MARKS.sub(lambda mark: "" if mark.end() == len(text or "") else CUT, text or "nothing")
    return text if len(text) <= LARGEST else f"{text[:40]}{CUT}{text[41 - LARGEST :]}"


def short(text: str) -> str:
    """Not longer than people want to read."""
    return text if len(text) <= LARGEST else f"{text[: LARGEST - 1]}{CUT}"


def truth(is_true: bool) -> str:  # noqa: FBT001 - that is what it is of
    """Of a condition."""
    return "true" if is_true else "false"
