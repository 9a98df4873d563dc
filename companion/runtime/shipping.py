"""Companion's own code for a Python that has none of it: what a spare needs, sent ahead over its line.

The command is given a few lines to begin with (`BOOT`); they read the rest from descriptor 0.
"""

import marshal
import zlib
from functools import cache
from pathlib import Path

FIRST = "companion/workers/testrun/far.py"
"""What is executed there first; see it for what happens next."""
SHIPPED = (
    "__init__.py",
    "errors.py",
    "messages/*.py",
    "core/__init__.py",
    "core/lanes.py",
    "core/orders.py",
    "runtime/__init__.py",
    "runtime/codec.py",
    "runtime/fds.py",
    "runtime/stream.py",
    "runtime/wire.py",
    "workers/__init__.py",
    "workers/testrun/*.py",
)
"""In companion's folder: what also runs in the project's own Python."""
LENGTH = 4
"""Bytes that say how many follow."""

BOOT = f"""\
import sys
if sys.path and not sys.path[0]:
    del sys.path[0]
import marshal, os, zlib
def read(size):
    data = b""
    while len(data) < size:
        more = os.read(0, size - len(data))
        if not more:
            sys.exit("its standard input ended at once: the command must pass it on")
        data += more
    return data
files = marshal.loads(zlib.decompress(read(int.from_bytes(read({LENGTH}), "big"))))
first = {{"__name__": "companion.far"}}
exec(compile(files["{FIRST}"], "<{FIRST}>", "exec"), first)
first["main"](files, *sys.argv[1:])
"""
"""Finds no module of the folder that it is started in."""


@cache
def cargo() -> bytes:
    """What is sent before anything else: the texts by path, in a form that every Python since 2.4 reads."""
    package = Path(__file__).parents[1]
    paths = [path for pattern in SHIPPED for path in package.glob(pattern)]
    texts = {path.relative_to(package.parent).as_posix(): path.read_text("utf-8") for path in paths}
    packed = zlib.compress(marshal.dumps(texts, 2), 9)
    return len(packed).to_bytes(LENGTH, "big") + packed
