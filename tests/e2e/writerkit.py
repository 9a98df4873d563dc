"""What tests write themselves starts no run: how to tell that nothing more will come."""

from itertools import count
from pathlib import Path

from enginekit import Front, write

from companion.messages import Change, RunFinished

_marks = count(1)


def rest(front: Front) -> None:
    """Until all that was written so far has been noticed, and nothing more comes of it.

    A file that selects no test is a mark: a burst of changes is told as a whole, so what was written before it is
    told with it or earlier.
    """
    while _mark(front):
        pass


def _mark(front: Front) -> bool:
    """Whether something else was told before the mark was."""
    known, name = len(changes(front)), f"mark-{'i' * next(_marks)}.md"
    write(front.root / name, "")
    generation = front.until(Change, lambda change: name in change.files).generation
    front.until(RunFinished, lambda run: run.generation >= generation and not run.cancelled)
    return len(changes(front)) > known


def runs(front: Front) -> int:
    """How many runs have ended so far, in whatever way, without those that a mark was the only reason for."""
    marks = {e.generation for e in front.seen if isinstance(e, Change) and e.files and _is_marks(e.files)}
    return sum(isinstance(event, RunFinished) and event.generation not in marks for event in front.seen)


def _is_marks(files: tuple[str, ...]) -> bool:
    return all(Path(path).match("mark-*.md") for path in files)


def changes(front: Front) -> list[str]:
    """The paths that runs were begun for, without the marks."""
    told = [path for event in front.seen if isinstance(event, Change) for path in event.files]
    return [path for path in told if not Path(path).match("mark-*.md")]
