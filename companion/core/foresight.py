"""What the next save is likely to have run: the same file is saved again and again. Pure.

A session that is begun on such a guess has read everything but the file that is being edited. So it answers for a
save of that file alone, and for orders that it serves (`companion.core.orders`).
"""

from collections.abc import Collection, Sequence
from dataclasses import replace

from companion.core.board import file_of
from companion.core.orders import files_of
from companion.messages import FileChange, Foresee, RunItems, RunTests


def foreseen(
    last: RunTests, orders: Sequence[RunItems], reaching: Collection[str] = (), earlier: Collection[str] = ()
) -> Foresee | None:
    """What to prepare after a run and the orders that it gave; None if it tells nothing of a next one.

    ``earlier`` are test files that saves of the same file have wanted before. Nothing is prepared for those that are
    ``reaching`` outside: for all that is known, to import them does.
    """
    distinct = {_timeless(order) for order in orders}
    file = edited(last.changes)
    if last.scope != "changed" or not file or len(distinct) != 1:
        return None
    (order,) = distinct
    if order.overlays or order.left_out or order.only:
        return None
    named = tuple(sorted({*files_of(order), *(earlier if files_of(order) else ())} - {*reaching}))
    words = tuple(word for word in order.arguments if word not in files_of(order))
    if any(file_of(word) in reaching for word in order.arguments):
        return None
    return Foresee(0, (*words, *named), (), order.timeout, trace=order.trace, edited=file)


def holds(guess: Foresee, changes: Sequence[FileChange]) -> bool:
    """Whether what was prepared is still good after these changes; new and deleted files change what is found."""
    return all(change.kind == "modified" and change.path == guess.edited for change in changes)


def edited(changes: Sequence[FileChange]) -> str:
    """The one Python file that was saved, or empty."""
    one = changes[0] if len(changes) == 1 else None
    return one.path if one is not None and one.kind == "modified" and one.path.endswith(".py") else ""


def _timeless(order: RunItems) -> RunItems:
    return replace(order, generation=0, deselect=(), first=())
