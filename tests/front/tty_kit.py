"""A pseudo-terminal with a person before it: presses keys, waits until something is seen."""

import asyncio
import fcntl
import os
import pty
import re
import struct
import termios
from collections.abc import Callable
from contextlib import suppress
from types import TracebackType
from typing import Self

SEQUENCE = re.compile(r"\x1b\[[0-?]*[@-~]")


class Tty:
    """Both ends of a pty, within a running loop. ``fileno`` and ``out`` are the program's end."""

    def __init__(self, columns: int = 80, rows: int = 24) -> None:
        self._master, self.fileno = pty.openpty()
        self.resize(columns, rows)
        self.out = os.fdopen(os.dup(self.fileno), "w", encoding="utf-8")
        self.found = self.settings()
        self.raw = ""
        self._news = asyncio.Event()

    async def __aenter__(self) -> Self:
        os.set_blocking(self._master, False)
        asyncio.get_running_loop().add_reader(self._master, self._read)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        with suppress(OSError):  # nobody reads any more what is still to be written
            self.out.close()
        os.close(self.fileno)
        self.hang_up()

    @property
    def seen(self) -> str:
        """All that was written so far, without control sequences."""
        return SEQUENCE.sub("", self.raw).replace("\r\n", "\n")

    def settings(self) -> list[object]:
        """How the terminal is set, as termios says it."""
        return termios.tcgetattr(self.fileno)

    def resize(self, columns: int, rows: int) -> None:
        fcntl.ioctl(self.fileno, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def type(self, keys: str) -> None:
        os.write(self._master, keys.encode())

    def hang_up(self) -> None:
        """The person closes the window."""
        if self._master >= 0:
            asyncio.get_running_loop().remove_reader(self._master)
            os.close(self._master)
            self._master = -1

    async def until(self, true: Callable[[], bool]) -> None:
        """Wait for output or keys until it is so."""
        async with asyncio.timeout(10):
            while not true():
                self._news.clear()
                await self._news.wait()

    async def see(self, words: str) -> None:
        """Wait until these words have been written."""
        try:
            await self.until(lambda: words in self.seen)
        except TimeoutError:
            raise AssertionError(f"{words!r} was never seen in:\n{self.seen}") from None

    def notice(self) -> None:
        """Something changed that somebody may wait for."""
        self._news.set()

    def _read(self) -> None:
        try:
            self.raw += os.read(self._master, 65536).decode()
        except OSError:
            asyncio.get_running_loop().remove_reader(self._master)
        self.notice()
