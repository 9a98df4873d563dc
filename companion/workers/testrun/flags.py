"""``sys.flags`` of another interpreter of the same build. Python makes no such object, so this one looks like it.

This module also runs in the project's own Python (3.10 or later), where it is not used.
"""

import sys
from collections.abc import Mapping, Sequence
from typing import Any

SHOWN = frozenset({"safe_path"})
"""What only decides how an interpreter starts: it can be shown otherwise. The rest changes what code does."""


def parse_flags(words: Sequence[str]) -> "dict[str, int | bool]":
    """Values by name, of the same types as here, from ``name=value``."""
    pairs = [word.partition("=") for word in words]
    return {name: type(getattr(sys.flags, name, 0))(int(value)) for name, _, value in pairs}


def unlike(shown: "Mapping[str, int | bool]") -> "list[str]":
    """What another interpreter was started with, as far as this one cannot be made to act so."""
    return [f"{n}={int(v)}" for n, v in shown.items() if n not in SHOWN and getattr(sys.flags, n, v) != v]


def flags_like(shown: "Mapping[str, int | bool]") -> Any:
    """What `sys.flags` is there."""
    ours: Any = sys.flags
    names = tuple(ours.__match_args__)
    values = {**{name: getattr(ours, name) for name in names}, **shown}
    counts = {name: getattr(ours, name) for name in ("n_fields", "n_sequence_fields", "n_unnamed_fields")}

    def show(self: "tuple[object, ...]") -> str:
        return f"sys.flags({', '.join(f'{n}={v!r}' for n, v in zip(names, self))})"  # noqa: B905 - of one length

    own = {"__module__": "sys", "__repr__": show, "__match_args__": names}
    return type("flags", (tuple,), {**values, **counts, **own})(values[name] for name in names)
