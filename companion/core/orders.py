"""What an order for a spare names, and which others a session can carry out that was begun with it. Pure.

This module also runs in the project's own Python (3.10 or later).
"""

from companion.messages import RunItems


def files_of(order: RunItems) -> "frozenset[str]":
    """Test files that the order names whole."""
    return frozenset(word for word in order.arguments if _is_file(word))


def serves(begun: RunItems, order: RunItems) -> bool:
    """Whether a session that was begun with one order can carry out another: it may run less of the same files."""
    return (
        _otherwise(begun) == _otherwise(order)
        and files_of(order) <= files_of(begun)
        and not (order.left_out or order.only or order.overlays)
    )


def _otherwise(order: RunItems) -> "tuple[object, ...]":
    """What must be the same word for word."""
    words = tuple(word for word in order.arguments if not _is_file(word))
    return words, bool(files_of(order)), order.timeout, order.trace


def _is_file(word: str) -> bool:
    return word.endswith(".py") and not word.startswith("-")
