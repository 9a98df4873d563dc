"""What looking at a text with rules gives; plain values, so nothing heavy is imported to read them."""

from dataclasses import dataclass

from companion.core.diff import TextEdit


@dataclass(frozen=True, slots=True)
class Candidate:
    """A refactoring that passed every static gate; nothing has run yet.

    ``line`` and ``end_line`` are the one-based lines, both inclusive, of the code that it is about. ``edits`` lead
    from the text that was looked at to ``text``.
    """

    rule: str
    title: str
    line: int
    end_line: int
    text: str
    edits: tuple[TextEdit, ...]


@dataclass(frozen=True, slots=True)
class Declined:
    """Code of a rule's shape that it leaves alone: "declined because <because>"."""

    rule: str
    line: int
    because: str


@dataclass(frozen=True, slots=True)
class Defect:
    """A rule raised: our mistake. It looks no further at this text; other rules do."""

    rule: str
    line: int
    error: str


type Finding = Candidate | Declined | Defect
