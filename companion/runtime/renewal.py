"""An engine that goes on as a fresh process: the same process id, the same lock, the same conversations.

The program is executed anew in its place, which no front notices. What it has to know goes with it in a file without
a name: descriptors that stay open, and the board. Everything else of the old one (its memory, its interpreters, the
threads that tests left running there) is gone. What changes on the disk meanwhile is seen by its time.
"""

import contextlib
import os
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import NoReturn

from companion.core.starting import Arguments
from companion.errors import CompanionError, EndOfChannel
from companion.messages import FileChange, Message, message
from companion.runtime.codec import pack
from companion.runtime.stream import StreamReceiveChannel
from companion.runtime.wire import dumps
from companion.version import own_version

OPTION = "--renewed"
"""Of the engine's command line, before the number of the descriptor that `read` takes."""
MARGIN = 2_000_000_000
"""Nanoseconds: how exact the times of files are, at worst."""
MOST = 1_048_576
"""No descriptor is higher."""
SKIPPED = frozenset({"__pycache__", "node_modules", "site-packages"})


@message
class Baton(Message):
    """What the next engine begins with. ``life``, ``listener`` and ``fronts`` (by their numbers) are descriptors.

    ``looked`` is the time (ns since the epoch) up to which the disk was watched; ``written``, what runs have made and
    no run has looked at. Made by an engine for itself, never sent.
    """

    version: str
    life: int
    listener: int
    fronts: tuple[tuple[int, int], ...]
    generation: int
    arguments: Arguments
    looked: int
    written: tuple[FileChange, ...] = ()


type Next = tuple[Baton, tuple[Message, ...]]
"""With the board, as a view of events, and what the runner knows of the suite."""


def begin(
    generation: int,
    arguments: Arguments,
    listener: int,
    fronts: dict[int, int],
    *,
    written: tuple[FileChange, ...] = (),
    unwatched: float = 0.0,
) -> Baton:
    """A baton without the lock. What changed in the last ``unwatched`` seconds may not have been told yet."""
    looked = time.time_ns() - int(unwatched * 1e9)
    return Baton(own_version(), -1, listener, tuple(fronts.items()), generation, arguments, looked, written)


def write(baton: Baton, board: Iterable[Message]) -> int:
    """Both in a file without a name; its descriptor, which the next program inherits like those in the baton."""
    with tempfile.TemporaryFile() as file:
        for part in (baton, *board):
            file.write(dumps(pack(part)))
        file.flush()
        file.seek(0)
        return os.dup(file.fileno())


def read(fileno: int) -> tuple[Baton, tuple[Message, ...]]:
    """What was written. Raises CompanionError if that is not of this version."""
    channel = StreamReceiveChannel(fileno)
    parts: list[Message] = []
    with contextlib.suppress(EndOfChannel):
        while True:
            parts.append(channel.receive())
    channel.close()
    baton = parts[0] if parts else None
    if not isinstance(baton, Baton) or baton.version != own_version():
        raise CompanionError("the engine was renewed by another version")
    return baton, tuple(parts[1:])


def go_on(life: int, baton: Baton, board: Iterable[Message]) -> NoReturn:
    """Execute this program anew; ``life`` is the descriptor of the lock. Does not return; raises OSError."""
    written = write(replace(baton, life=life), board)
    for fileno in (written, *descriptors(replace(baton, life=life))):
        os.set_inheritable(fileno, True)  # noqa: FBT003 - the standard library's signature
    os.execv(sys.executable, [*sys.orig_argv[:-2], OPTION, str(written)])  # noqa: S606 - as we were started


def adopt(baton: Baton) -> None:
    """Keep these descriptors from the programs that this one starts; be rid of whatever else was inherited."""
    kept = sorted({2, *descriptors(baton)})
    for fileno in kept[1:]:
        os.set_inheritable(fileno, False)  # noqa: FBT003 - the standard library's signature
    for before, after in zip(kept, (*kept[1:], MOST), strict=True):
        os.closerange(before + 1, after)
    with contextlib.suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG) != (0, 0):
            pass  # the next one that has ended, and that nobody has waited for


def descriptors(baton: Baton) -> Iterator[int]:
    """Those that go with it."""
    yield from (baton.life, baton.listener, *(fileno for _, fileno in baton.fronts))


def changed_since(root: str, looked: int) -> bool:
    """Whether anything in the project's folders was written, made or removed since then: rather too often yes."""
    return any(_newest(path) >= looked - MARGIN for path in looked_at(root))


def looked_at(root: str) -> Iterator[str]:
    """Files and folders, absolute, but for what is hidden, installed or made by Python."""
    for folder, names, files in os.walk(root):
        names[:] = [name for name in names if not name.startswith(".") and name not in SKIPPED]
        names[:] = [name for name in names if not os.path.exists(os.path.join(folder, name, "pyvenv.cfg"))]  # noqa: PTH110, PTH118
        yield folder
        yield from (f"{folder}/{name}" for name in files)


def _newest(path: str) -> int:
    try:
        found = os.lstat(path)
    except OSError:  # it has gone just now
        return sys.maxsize
    return max(found.st_mtime_ns, found.st_ctime_ns)
