"""What a run is asked for besides pytest's own arguments: how many spares at once, and which part of the suite.

Both stand among the arguments for pytest, where they tell one request from another, and never reach it. Pure.
"""

import os
import re
from dataclasses import dataclass

from companion.core.pending import SHARD

NUMBER = re.compile(r"(?:-n|--numprocesses)=?(.*)")


@dataclass(frozen=True, slots=True)
class Asked:
    """``arguments`` are for pytest; ``sessions`` run at once (0: as many as is usual); ``shard`` is (2, 3) for the
    second third."""

    arguments: tuple[str, ...]
    sessions: int = 0
    shard: tuple[int, int] = (1, 1)


def asked(pytest_args: tuple[str, ...]) -> Asked:
    """Take ours out of these arguments; pytest-xdist's own ``-n`` is one of them, whether or not it is installed."""
    arguments: list[str] = []
    sessions, shard = 0, (1, 1)
    words = iter(pytest_args)
    for word in words:
        number = NUMBER.fullmatch(word)
        if word.startswith(SHARD):
            index, _, count = word.removeprefix(SHARD).partition("/")
            shard = int(index), int(count)
        elif number is not None:
            sessions = _sessions(number[1] or next(words, ""))
        else:
            arguments.append(word)
    return Asked(tuple(arguments), sessions, shard)


def _sessions(number: str) -> int:
    """As pytest-xdist has it: a number, ``auto`` or ``logical``; 0 is one that is not spread at all."""
    if number.isdigit():
        return max(1, int(number))
    return os.process_cpu_count() or 1
