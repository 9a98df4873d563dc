"""Which lines tests execute: asked of the runner, who runs those again of which that is not known."""

from companion.messages.base import Message, message


@message
class RequestCoverage(Message):
    """A front asks which lines the project's tests execute; answered by `CoverageProgress`, `CoveredFile` for each
    file, and `Covered`. It waits for a run that is under way.

    ``by_item``: and which items execute them. ``external``: also items that reach outside of their process may run
    again for that.
    """

    request: int
    by_item: bool = False
    external: bool = False


@message
class CoverageProgress(Message):
    """Tests run again: so many items of so many are over."""

    request: int
    done: int
    items: int


@message
class ItemLines(Message):
    """Lines of a file that this item executes: bit N of ``lines`` (little-endian, the lowest bit first) is line N."""

    item: str
    lines: bytes


@message
class CoveredFile(Message):
    """Lines of this file, as it is with this content hash, that tests execute (all of them, as in `ItemLines`).

    ``items`` does not tell of what importing the file and setting up a session executes.
    """

    request: int
    path: str
    hash: str
    lines: bytes
    items: tuple[ItemLines, ...] = ()


@message
class Covered(Message):
    """That was all. ``python`` is the version of the Python that ran the tests.

    Of the test files ``unknown`` not all lines could be had; ``external`` counts items that were left out because
    they reach outside of their process. ``problem``: why nothing can be told, or empty.
    """

    request: int
    python: str = ""
    unknown: tuple[str, ...] = ()
    external: int = 0
    problem: str = ""


@message
class StopCoverage(Message):
    """To the runner: nobody waits for the answer to this request any more."""

    request: int
