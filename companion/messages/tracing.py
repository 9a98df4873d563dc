"""What a session executes, reads and asks for: from a spare to the runner, beside its results."""

from typing import Literal

from companion.messages.base import Message, message


@message
class Loaded(Message):
    """A file of the project was compiled: its code objects have numbers from ``first`` on.

    ``hash`` is the content hash of the text that runs; empty where code was executed whose text nobody knows, because
    the project itself compiled it. A file may come several times, under further numbers: as another text, or
    rewritten by pytest and not. ``lines`` are the lines at which its code objects begin, in the order of their
    numbers; 0 for the module's own.
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
      ``s path``: asked whether it is there, and it was; the root itself is ``.``;
    - ``w path``: written, made, moved or removed;
    - ``e NAME``: environment variable read (``e *``: all of them); ``i name``: module that could not be imported;
    - ``p name``: started a program; ``c host``: connected beyond this machine; ``d host:port``: to a server on it
      that is not this session's own (``d path``: by a socket of the file system).

    An item whose trace broke off (a test took the profiler's place, say) has no `Traced`: of it nothing is known.
    An import counts where it is executed; who imports what has been imported already is told only where that went
    through `importlib.import_module`: the import statements of files that were executed tell the rest.
    """

    generation: int
    kind: Literal["item", "fixture", "import", "collect", "session"]
    owner: str
    codes: bytes
    uses: tuple[str, ...]
    notes: tuple[str, ...]


@message
class LinesRun(Message):
    """Lines of one file that an owner (as in `Traced`, which follows) has executed, if `RunItems` asks for them.

    Bit N of ``lines`` (little-endian, the lowest bit first) is line N.
    """

    generation: int
    owner: str
    path: str
    hash: str
    lines: bytes
