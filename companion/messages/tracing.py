"""What a session executes, reads and asks for: from a spare to the runner, beside its results."""

from typing import Literal

from companion.messages.base import Message, message


@message
class Loaded(Message):
    """A file of the project was compiled: its code objects have numbers from ``first`` on.

    ``hash`` is the content hash of the text that runs. ``lines`` are the lines at which its code objects begin, in
    the order of their numbers; 0 for the module's own.
    """

    generation: int
    path: str
    hash: str
    first: int
    lines: tuple[int, ...]


@message
class Traced(Message):
    """What one owner has executed and met. A later message of the same shared owner replaces the earlier.

    ``kind`` and ``owner``: an ``item`` by node id, before its `ItemFinished`; a ``fixture`` that several items share,
    under a name of its own in this session; the ``import`` of a file, by path; what ``collect``-ing a test file
    executes, by path; the ``session`` (empty), for all that belongs to nobody else. It has what it ``uses``, too:
    ``fixture`` names, and the paths of files that were imported meanwhile.

    ``codes`` are numbers of code objects, 32 bits each, little-endian, ascending. ``notes`` are the other things that
    it met, each a letter and what it concerns; paths are relative to the root, and outside of it nothing is noted:

    - ``r path``: read (of a database: used); ``l path``: folder listed; ``m path``: was not there;
    - ``w path``: written, made, moved or removed;
    - ``e NAME``: environment variable read; ``i name``: module that could not be imported;
    - ``p name``: started a program; ``c host``: connected beyond this machine; ``d host:port``: to a server on it.
    """

    generation: int
    kind: Literal["item", "fixture", "import", "collect", "session"]
    owner: str
    codes: bytes
    uses: tuple[str, ...]
    notes: tuple[str, ...]


@message
class LinesRun(Message):
    """Lines of one file that an item has executed, asked for by `RunItems`: bit N of ``lines`` (little-endian, the
    lowest bit first) is line N."""

    generation: int
    owner: str
    path: str
    hash: str
    lines: bytes
