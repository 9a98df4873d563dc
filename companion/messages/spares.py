"""The runner and its spares; a spare also says `ItemStarted` and `ItemFinished`."""

from typing import Literal

from companion.messages.base import Message, message
from companion.messages.values import Watched
from companion.messages.vocabulary import Blob, Lane


@message
class Prepare(Message):
    """The first message to a spare: become a warm pytest for this project.

    ``snapshot`` as in `Project`; ``preload`` names modules to import ahead (never the project's own). ``marker`` is
    the absolute path of a file of its own (or empty): there the spare notes which test file it imports or runs, for
    an engine that starts after one took the whole process along. ``code_folder`` is where compiled code of the
    project is kept by content, absolute (or empty: nowhere).
    """

    root: str
    lane: Lane
    snapshot: "tuple[tuple[str, str | tuple[str, ...]], ...]"
    preload: tuple[str, ...]
    largest_report: int
    marker: str
    code_folder: str


@message
class Fork(Message):
    """To the template of the process lane, with a descriptor: fork a spare that speaks to the runner over that."""

    spare: int


@message
class Forked(Message):
    """The template has forked this spare as process ``pid``; its own one means that it can fork none, and is it."""

    spare: int
    pid: int


@message
class ForkEnded(Message):
    """A forked spare has ended, and nothing that it started is left; ``code`` is negative for a signal."""

    spare: int
    code: int


@message
class Warm(Message):
    """The spare is warm. ``problem`` is empty, or one sentence about why it cannot run tests (no pytest)."""

    seconds: float
    pytest: str
    problem: str


@message
class Outdated(Message):
    """A spare was told what to run, but what it had imported ahead is another by now: it ran nothing, and ends."""


@message
class Overlay(Message):
    """A text that exists only in memory (an unsaved buffer, a proposal), laid over the disk for one run.

    ``text`` is what the file would hold, byte for byte; None lays a deletion over it. There need be nothing at
    ``path``.
    """

    path: str
    text: Blob | None


@message
class RunItems(Message):
    """The second and last message of work to a spare: one pytest session with these arguments.

    ``deselect`` are node ids to leave out, ``left_out`` files that are not collected, as other sessions of the run
    do that; if there is ``only``, no other files are. Where items are ``chosen``, no others run, whether or not
    anybody knows of them. Items of the files in ``first`` run before all others. An item that runs longer than
    ``timeout`` seconds is interrupted. What ``overlays`` hold is imported and shown in the place of what the disk
    holds; nothing is written there. In the file ``ledger`` (or nowhere, if empty) it is noted what tests write, see
    `companion.store.ledger`. ``trace`` is what is told of what they execute (`companion.messages.tracing`): nothing,
    code objects, or lines as well; or what the ``watched`` lines did, step by step (`companion.messages.values`).
    """

    generation: int
    arguments: tuple[str, ...]
    deselect: tuple[str, ...]
    timeout: float
    left_out: tuple[str, ...] = ()
    only: tuple[str, ...] = ()
    first: tuple[str, ...] = ()
    overlays: tuple[Overlay, ...] = ()
    ledger: str = ""
    trace: Literal["", "codes", "lines", "values"] = ""
    watched: "tuple[Watched, ...]" = ()
    chosen: "tuple[str, ...] | None" = None


@message
class Foresee(RunItems):
    """To a warm spare, in the place of its `RunItems`: such an order is expected after the next save.

    Begin its session, and wait where that first meets the file ``edited``, which will be another by then; say nothing
    of it before the order has come.
    """

    edited: str = ""


@message
class Interrupt(Message):
    """Raise inside the running item, so that it ends as failed with ``reason``, and go on with the next."""

    reason: str


@message
class Release(Message):
    """Leave these files to another spare, as far as none of their items has begun; answered by `Released`."""

    files: tuple[str, ...]


@message
class Released(Message):
    """These items will not be run here, and no others of their files are left."""

    items: tuple[str, ...]


@message
class Importing(Message):
    """A spare of the process lane imports this test file now: it is to blame if that ends the process, or
    hangs; empty: what is imported is no test file."""

    generation: int
    path: str


@message
class Collected(Message):
    """What the session will run, in order; a file's items stand together. ``patterns`` is pytest's python_files,
    ``deselected`` how many items its arguments or plugins leave out.

    ``ties`` are files, each with the name of something that its items share beyond the file (a package's fixture, a
    group of pytest-xdist's): one session is to run them. ``undivided`` is why several could not share the suite among
    them, or empty. ``left`` are items that were found, and that the order leaves out.
    """

    generation: int
    items: tuple[str, ...]
    patterns: tuple[str, ...]
    test_paths: tuple[str, ...]
    deselected: int
    ties: "tuple[tuple[str, str], ...]" = ()
    undivided: str = ""
    left: tuple[str, ...] = ()


@message
class NeedsProcess(Message):
    """An interpreter spare met something that it cannot hold; ``id`` is the item's or the file's."""

    id: str
    reason: str


@message
class Reached(Message):
    """Items of this file reached outside of their process; ``reason`` in a few words, as ``starts programs``.

    ``file`` is ``.`` for what is done for a whole session, by a fixture or when a conftest is imported.
    """

    file: str
    reason: str


@message
class SessionFinished(Message):
    """The spare's pytest session is over; the spare ends after this.

    ``modules`` are the third-party and standard-library modules that the session imported on top of what was warm;
    ``loaded`` the project's files that were imported; ``sys_path`` the absolute folders that imports came from;
    ``problem`` is what pytest itself complained of (a usage error, an internal error), or empty. ``ran`` proves which
    texts of overlaid files were executed: pairs of path and content hash, the hash empty where code of that file was
    executed that is of no known text. An overlay that was not executed is not among them.
    """

    generation: int
    exit_code: int
    seconds: float
    modules: tuple[str, ...]
    loaded: tuple[str, ...]
    sys_path: tuple[str, ...]
    problem: str
    ran: tuple[tuple[str, str], ...] = ()
