"""What Python code prints while a session runs, into a file: as with ``python -m pytest``, the streams are real ones.

Tests may ask them for their ``buffer`` and their descriptor, wherever pytest itself captures nothing (``-s``,
``capsys.disabled()``). This module also runs in the project's own Python (3.10 or later).
"""

import contextlib
import os
import sys
import tempfile
from collections.abc import Generator
from typing import IO


class Output:
    """One file with two streams; what was printed is there once `capturing` is over."""

    def __init__(self, file: IO[bytes]) -> None:
        self._fd = file.fileno()
        self._text = ""
        self.out = self._stream("strict")
        self.err = self._stream("backslashreplace")

    def getvalue(self) -> str:
        """Everything that was printed."""
        return self._text

    def renew(self) -> None:
        """Begin with an empty file that is nobody else's: this process may have been forked since, as others were."""
        for stream in (self.out, self.err):
            stream.flush()
        with tempfile.TemporaryFile() as fresh:
            os.dup2(fresh.fileno(), self._fd, inheritable=False)

    def take_descriptors(self) -> None:
        """The standard streams are the interpreter's own from now on, and what they write to is this file.

        Only where descriptors 1 and 2 are nobody else's.
        """
        for fd in (1, 2):
            os.dup2(self._fd, fd)
        for name in ("stdin", "stdout", "stderr"):
            setattr(sys, name, getattr(sys, f"__{name}__"))

    def close(self) -> None:
        """Nothing waits in a buffer for a descriptor that is gone."""
        for stream in (self.out, self.err):
            with contextlib.suppress(ValueError, OSError):  # a test may have closed it
                stream.close()
        with contextlib.suppress(OSError):
            self._text = os.pread(self._fd, os.fstat(self._fd).st_size, 0).decode("utf-8", "replace")

    def _stream(self, errors: str) -> IO[str]:
        return open(self._fd, "w", encoding="utf-8", errors=errors, closefd=False)


@contextlib.contextmanager
def capturing() -> "Generator[Output]":
    """What Python code prints meanwhile goes to a file."""
    file = tempfile.TemporaryFile()  # noqa: SIM115 - a test may have closed its descriptor
    output = Output(file)
    try:
        with contextlib.redirect_stdout(output.out), contextlib.redirect_stderr(output.err):
            yield output
    finally:
        output.close()
        with contextlib.suppress(OSError):
            file.close()
