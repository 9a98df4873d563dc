"""The keyboard of a terminal: single keys without Enter, and the terminal put back as it was found.

Keys have the names of what they type (``a``, ``?``, `` ``), else ``enter``, ``esc``, ``backspace``, ``ctrl-u``,
``up`` and so on. Ctrl-C and Ctrl-Z remain signals.
"""

import asyncio
import codecs
import os
import re
import termios
import tty
from collections.abc import Callable, Iterator

NAMES = {"\r": "enter", "\n": "enter", "\x7f": "backspace", "\x08": "backspace", "\x1b": "esc", "\t": "tab"}
SEQUENCE = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|O[@-~])")
UNFINISHED = re.compile(r"\x1b(?:\[[0-?]*[ -/]*|O)?")
ARROWS = {"A": "up", "B": "down", "C": "right", "D": "left", "H": "home", "F": "end"}

PATIENCE = 0.03
"""Seconds after which a lone escape character is the Esc key and not the beginning of another."""


class Decoder:
    """Bytes of a terminal to names of keys; keeps what is not complete."""

    def __init__(self) -> None:
        self._text = codecs.getincrementaldecoder("utf-8")("replace")
        self._rest = ""

    @property
    def waiting(self) -> bool:
        """What came last may be the beginning of a longer key."""
        return bool(self._rest)

    def feed(self, data: bytes) -> list[str]:
        """The keys that are complete now."""
        self._rest += self._text.decode(data)
        return list(self._keys())

    def flush(self) -> list[str]:
        """Nothing followed: what was kept is as many keys as it has characters."""
        rest, self._rest = self._rest, ""
        return [name(char) for char in rest]

    def _keys(self) -> Iterator[str]:
        while self._rest and not UNFINISHED.fullmatch(self._rest):
            sequence = SEQUENCE.match(self._rest)
            length = sequence.end() if sequence else 1
            head, self._rest = self._rest[:length], self._rest[length:]
            yield ARROWS.get(head[-1], "unknown") if sequence else name(head)


def name(char: str) -> str:
    """The key that types this character."""
    if char in NAMES:
        return NAMES[char]
    return f"ctrl-{chr(ord(char) + 96)}" if ord(char) < 27 else char


class Keyboard:
    """Reads keys from a terminal's descriptor on the running loop, between `open` and `close`.

    ``press`` is called with each key, ``hang_up`` once when the terminal is gone.
    """

    def __init__(self, fileno: int, press: Callable[[str], None], hang_up: Callable[[], None]) -> None:
        self._fileno = fileno
        self._press = press
        self._hang_up = hang_up
        self._decoder = Decoder()
        self._found: list[object] | None = None
        self._timer: asyncio.TimerHandle | None = None

    def open(self) -> None:
        """Single keys, unseen, from now on. Does nothing if open."""
        if self._found is None:
            self._found = tty.setcbreak(self._fileno, termios.TCSADRAIN)
            asyncio.get_running_loop().add_reader(self._fileno, self._read)

    def close(self) -> None:
        """The terminal as it was found. Does nothing if closed."""
        if self._found is None:
            return
        asyncio.get_running_loop().remove_reader(self._fileno)
        self._stop_timer()
        found, self._found = self._found, None
        try:
            termios.tcsetattr(self._fileno, termios.TCSADRAIN, found)  # type: ignore[arg-type]  # what tcgetattr gave
        except termios.error:
            pass  # the terminal is gone: nothing is left to put back

    def _read(self) -> None:
        self._stop_timer()
        try:
            data = os.read(self._fileno, 1024)
        except OSError:
            data = b""
        if not data:
            self.close()
            self._hang_up()
            return
        self._tell(self._decoder.feed(data))
        if self._decoder.waiting and self._found is not None:
            self._timer = asyncio.get_running_loop().call_later(PATIENCE, self._flush)

    def _flush(self) -> None:
        self._timer = None
        self._tell(self._decoder.flush())

    def _tell(self, keys: list[str]) -> None:
        for key in keys:
            self._press(key)

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
