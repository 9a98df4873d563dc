"""``sys.flags`` of another interpreter of the same build.

This module also runs in the project's own Python (3.10 or later), where it is not used.
"""

import sys
from collections.abc import Mapping, Sequence
from typing import cast

SHOWN = frozenset({"safe_path"})
"""What only decides how an interpreter starts: it can be shown otherwise. The rest changes what code does."""


def parse_flags(words: Sequence[str]) -> "dict[str, int | bool]":
    """Values by name, of the same types as here, from ``name=value``."""
    values = {name: int(value) for name, _, value in (word.partition("=") for word in words)}
    return {n: bool(v) if isinstance(getattr(sys.flags, n, 0), bool) else v for n, v in values.items()}


def unlike(shown: "Mapping[str, int | bool]") -> "list[str]":
    """What another interpreter was started with, as far as this one cannot be made to act so."""
    return [f"{n}={int(v)}" for n, v in shown.items() if n not in SHOWN and getattr(sys.flags, n, v) != v]


def show_flags(shown: "Mapping[str, int | bool]") -> None:
    """Have `sys.flags` say what it says there, as far as that is only shown.

    The object itself is changed: CPython writes into it by place, so that nothing can stand in for it.
    """
    ours = cast("tuple[str, ...]", sys.flags.__match_args__)
    wrong = [name for name in SHOWN if name in shown and shown[name] != getattr(sys.flags, name)]
    if not wrong:
        return
    import ctypes  # noqa: PLC0415 - where companion's own interpreter was started otherwise

    change = ctypes.pythonapi.PyStructSequence_SetItem
    change.argtypes, change.restype = (ctypes.py_object, ctypes.c_ssize_t, ctypes.py_object), None
    for name in wrong:
        change(sys.flags, ours.index(name), shown[name])  # takes over a reference: booleans have none to lose
