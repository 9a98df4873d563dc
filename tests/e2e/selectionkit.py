"""A project of a few files, an edit, and the items that a real engine runs for it."""

from collections.abc import Mapping
from pathlib import Path

from clockkit import tick
from enginekit import Front, write

from companion.messages import Change, RunFinished, Selected

type Texts = Mapping[str, str | None]
"""By path; None: there is no such file."""


def lay(root: Path, texts: Texts) -> None:
    """Write these files, each as an editor does."""
    for path, text in texts.items():
        if text is None:
            (root / path).unlink()
        else:
            write(root / path, text)


def edited(front: Front, texts: Texts) -> dict[str, str]:
    """The items that are run when these files change so, with the reasons."""
    known = len(front.seen)
    tick()
    lay(front.root, texts)
    paths = set(texts)
    change = front.until(Change, lambda change: bool(paths & set(change.files)))
    end = front.until(RunFinished, lambda run: run.generation >= change.generation and not run.cancelled)
    lots = [e for e in front.seen[known:] if isinstance(e, Selected) and e.generation == end.generation]
    return {item.id: item.why for lot in lots for item in lot.items}
