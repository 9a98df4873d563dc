"""The agents and the engine: what the watcher sees, what the runner runs, what the refactorer proposes."""

from companion.messages.base import Message, message
from companion.messages.documents import FileChange
from companion.messages.events import Proposal
from companion.messages.vocabulary import Handle, Lane, Scope, Trigger


@message
class LookAt(Message):
    """Read these paths now, without waiting for the file system's own events."""

    paths: tuple[str, ...]


@message
class FilesChanged(Message):
    """One coherent set of changes: one editor save, or one checkout.

    Paths among them: in ``own``, those that a run itself wrote, which start none; in ``unclear``, those that it may
    have written, which do not interrupt one.
    """

    changes: tuple[FileChange, ...]
    trigger: Trigger
    own: tuple[str, ...] = ()
    unclear: tuple[str, ...] = ()


@message
class RootGone(Message):
    """The project's folder was deleted or moved away."""

    reason: str


@message
class RunTests(Message):
    """Run under this generation what ``scope`` names.

    ``changed``: items that ``changes`` affect, and ``rerun`` on top. ``all``: everything. ``paths``, ``items``:
    the ``rerun`` given, as paths or node ids. ``name``: items that pytest's ``-k`` selects by ``rerun[0]``.
    ``since``: items that differ, in anything that they stand on, from the commit ``rerun[0]``.
    """

    generation: int
    scope: Scope
    changes: tuple[FileChange, ...]
    rerun: tuple[str, ...]
    pytest_args: tuple[str, ...]


@message
class CancelRun(Message):
    """Stop this generation's run after the item that is running; `RunFinished` says cancelled."""

    generation: int


@message
class Attended(Message):
    """To the runner: whether somebody looks. Where nobody does, it runs nothing that nobody has asked for."""

    by_somebody: bool


@message
class NeedSpare(Message):
    """The runner asks its host for a warm host of user code; ``python`` is the command of the project's Python."""

    lane: Lane
    python: tuple[str, ...]


@message
class SpareReady(Message):
    """A spare, joined to the runner by a channel of its own.

    Interpreter lane: the handles of a channel's two ends. Process lane: the descriptor of a socket and its inode; it
    stays the engine's, for as long as the spare is there, see `companion.runtime.lent`.
    """

    spare: int
    lane: Lane
    handles: Handle


@message
class SpareLost(Message):
    """The spare could not be started."""

    spare: int
    lane: Lane
    reason: str


@message
class DropSpare(Message):
    """The runner is done with the spare: the host throws it away, and answers with `SpareEnded`.

    For one that does not end soon it says `SpareLeftBehind` first.
    """

    spare: int


@message
class SpareEnded(Message):
    """The spare is gone; ``reason`` is how it ended (``exit code 3``, ``signal SIGSEGV``, an exception of ours)."""

    spare: int
    reason: str


@message
class SpareLeftBehind(Message):
    """The interpreter of this spare does not end, and none can be killed: `SpareEnded` follows if it ever does.

    A runner that is started later is told again, so that it need not learn anew what to keep out of interpreters.
    """

    spare: int


@message
class RunsAside(Message):
    """From the runner: whether tests run beside the runs, for causes, shadow runs, lines or trials."""

    running: bool


@message
class EngineFull(Message):
    """What runs in the interpreter lane takes the engine's memory and cannot be stopped: the engine has to end."""

    reason: str


@message
class Project(Message):
    """What the runner found out about the project: its Python, and which lanes can hold its tests.

    ``python`` is the command that starts it; ``snapshot`` is what that interpreter shows, for the interpreter lane to
    fake (names and values as the runner asked them); ``problem`` is empty, or one sentence that says what to do.
    """

    python: tuple[str, ...]
    version: str
    lanes: tuple[Lane, ...]
    snapshot: "tuple[tuple[str, str | tuple[str, ...]], ...]"
    problem: str


@message
class SuiteKnown(Message):
    """What the runner has learned of the suite by running it whole, for one that goes on in a renewed engine.

    ``files`` are test files, each with the number of its items, ``broken`` what could not be collected beside them.
    ``patterns``, ``test_paths``, ``ties`` and ``undivided`` are as in `Collected`; ``import_roots`` are the folders
    from which imports are looked up.
    """

    files: "tuple[tuple[str, int], ...]"
    broken: tuple[str, ...]
    patterns: tuple[str, ...]
    test_paths: tuple[str, ...]
    ties: "tuple[tuple[str, str], ...]"
    undivided: str
    import_roots: tuple[str, ...]


@message
class Refactor(Message):
    """Look at what these changes touched and propose; a newer generation replaces work that has not begun."""

    generation: int
    changes: tuple[FileChange, ...]


@message
class RefactorFinished(Message):
    """All that one `Refactor` led to."""

    generation: int
    proposals: tuple[Proposal, ...]
    seconds: float
