"""The engine's log: what it notes, and what it and the interpreter write when it crashes, in one bounded file."""

import logging
import os
from io import TextIOWrapper
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import override

LARGEST = 2_000_000
"""Bytes of one file."""
KEPT = 2
"""Older files that stay beside it."""


class EngineLog(RotatingFileHandler):
    """Takes the process's own output along: descriptors 1 and 2 always lead to the newest file.

    So crash reports (``faulthandler``) and what libraries print end up there, and count when it grows too large.
    """

    def __init__(self, path: Path, largest: int = LARGEST, *, descriptors: tuple[int, ...] = (1, 2)) -> None:
        self._descriptors = descriptors
        super().__init__(path, maxBytes=largest, backupCount=KEPT, encoding="utf-8", errors="backslashreplace")
        self.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))

    @override
    def _open(self) -> TextIOWrapper:
        stream = super()._open()
        for descriptor in self._descriptors:
            os.dup2(stream.fileno(), descriptor)
        return stream
