"""How many spares a machine has room for."""

import os

import pytest

from companion.workers.running import room as room_module
from companion.workers.running.room import EACH, RESERVED, available, is_short, room


@pytest.mark.parametrize(
    ("cores", "free", "spares", "short"),
    [
        (4, RESERVED + 10 * EACH, 4, False),
        (4, RESERVED + 2 * EACH + 1, 2, False),
        (4, RESERVED, 1, False),
        (4, RESERVED - 1, 1, True),
        (4, 0, 1, True),
        (4, None, 4, False),
        (1, None, 1, False),
    ],
)
def test_room(monkeypatch: pytest.MonkeyPatch, cores: int, free: int | None, spares: int, *, short: bool) -> None:
    monkeypatch.setattr(os, "process_cpu_count", lambda: cores)
    monkeypatch.setattr(room_module, "available", lambda: free)
    assert (room(), is_short()) == (spares, short)


def test_this_machine_tells() -> None:
    free = available()
    assert free is None or 0 < free < 2**50
