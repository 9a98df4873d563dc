"""A look into a store that belongs to somebody else: nothing of it is changed, made or mended."""

import contextlib
import sqlite3
from pathlib import Path

PATIENCE = 0.05
"""Seconds that it may be locked."""
RESULTS = "SELECT result FROM item ORDER BY id"


def results(root: Path) -> list[bytes]:
    """What was kept with each item (`companion.store.records`); nothing where that cannot be read."""
    path = root / ".companion" / "state.db"
    try:
        address = f"{path.resolve().as_uri()}?mode=ro"
        with contextlib.closing(sqlite3.connect(address, timeout=PATIENCE, uri=True)) as connection:
            return [bytes(data) for (data,) in connection.execute(RESULTS)]
    except sqlite3.Error, OSError, ValueError:
        return []
