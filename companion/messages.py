"""Every value that crosses a channel: between interpreters, between processes, between engine and fronts.

Messages are frozen, slotted and plain: None, bool, int, float, str, bytes, tuples of these, other messages.
Paths are relative to the project root with forward slashes unless a field says otherwise; lines are one-based;
durations are seconds. The engine's decisions need no others (`companion.core.engine`), fronts show them as they
are (`companion.front.jsonlines` gives each event its documented JSON shape).

This module also runs in the project's own Python (3.10 or later): no newer syntax.
"""

from dataclasses import dataclass
from typing import Literal, Union

from companion.core.diff import TextEdit
from companion.core.message import Message as Message  # noqa: PLC0414 - exported from here

Blob = Union[bytes, memoryview]  # noqa: UP007 - evaluated at run time on Python 3.10
"""A text's bytes. Above 64 KiB the reader gets a view of the sender's memory and must release it."""

Outcome = Literal["passed", "failed", "error", "skipped", "xfailed", "xpassed"]
Health = Literal["ok", "warning", "error"]
Lane = Literal["interpreter", "process"]
Trigger = Literal["save", "edit", "disk", "start", "request"]
Scope = Literal["changed", "all", "failed", "paths", "name", "items"]
AgentName = Literal["watcher", "runner", "refactorer"]
EVERYTHING = "*"
"""In the place of paths: all tests."""
Handle = tuple[object, ...]
"""What opens one end of a channel in another interpreter; means nothing in another process."""


# --- any agent or spare, and its supervisor -------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Ping(Message):
    """Answered by `Pong` as soon as the agent is between two pieces of work."""

    serial: int


@dataclass(frozen=True, slots=True)
class Pong(Message):
    serial: int


@dataclass(frozen=True, slots=True)
class Stop(Message):
    """Finish in order: threads joined, what was sent drained, then gone."""


@dataclass(frozen=True, slots=True)
class Raise(Message):
    """Raise inside the agent, as a defect would: how tests, and "restart agent", end one from inside."""

    reason: str


@dataclass(frozen=True, slots=True)
class Started(Message):
    """The agent is warm and serves; ``detail`` says in a few words what it found."""

    agent: str
    detail: str


@dataclass(frozen=True, slots=True)
class Crashed(Message):
    """An exception of our own reached the top of the agent; it is gone."""

    agent: str
    reason: str
    traceback: str


# --- documents ------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class FileChange(Message):
    """One file's change on disk, as a difference where the old text was known.

    ``base`` and ``hash`` are content hashes (empty: did not exist, does not exist). ``edits`` lead from the base's
    text to the new one, offsets in code points; they are empty where the old text was unknown, or either is no text.
    ``data`` holds the whole new content the first time that a path crosses a channel, else None.
    """

    path: str
    kind: Literal["created", "modified", "deleted"]
    base: str
    hash: str
    edits: tuple[TextEdit, ...]
    data: Blob | None


@dataclass(frozen=True, slots=True)
class OpenDocument(Message):
    """An editor shows this file; its text wins over the disk's for positions, not (yet) for runs.

    ``data`` is the text in UTF-8, lone surrogates passed through (``surrogatepass``).
    """

    path: str
    version: int
    data: Blob


@dataclass(frozen=True, slots=True)
class ChangeDocument(Message):
    """Edits from the document's previous version to this one; offsets in code points."""

    path: str
    version: int
    edits: tuple[TextEdit, ...]


@dataclass(frozen=True, slots=True)
class CloseDocument(Message):
    path: str


@dataclass(frozen=True, slots=True)
class SaveDocument(Message):
    """The editor wrote the file: the watcher looks at it at once; the disk's own event adds nothing."""

    path: str


# --- watcher --------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class LookAt(Message):
    """Read these paths now, without waiting for the file system's own events."""

    paths: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FilesChanged(Message):
    """One coherent set of changes: one editor save, or one checkout."""

    changes: tuple[FileChange, ...]
    trigger: Trigger


@dataclass(frozen=True, slots=True)
class RootGone(Message):
    """The project's folder was deleted or moved away."""

    reason: str


# --- runner ---------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class RunTests(Message):
    """Run under this generation what ``scope`` names.

    ``changed``: items that ``changes`` affect, and ``rerun`` on top. ``all``: everything. ``paths``, ``items``:
    the ``rerun`` given, as paths or node ids. ``name``: items that pytest's ``-k`` selects by ``rerun[0]``.
    """

    generation: int
    scope: Scope
    changes: tuple[FileChange, ...]
    rerun: tuple[str, ...]
    pytest_args: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CancelRun(Message):
    """Stop this generation's run after the item that is running; `RunFinished` says cancelled."""

    generation: int


@dataclass(frozen=True, slots=True)
class NeedSpare(Message):
    """The runner asks its host for a warm host of user code; ``python`` is the command of the project's Python."""

    lane: Lane
    python: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SpareReady(Message):
    """A spare, joined to the runner by a channel of its own.

    Interpreter lane: the handles of a channel's two ends. Process lane: one descriptor of a socket, now the runner's.
    """

    spare: int
    lane: Lane
    handles: Handle


@dataclass(frozen=True, slots=True)
class SpareLost(Message):
    """The spare could not be started."""

    spare: int
    lane: Lane
    reason: str


@dataclass(frozen=True, slots=True)
class DropSpare(Message):
    """The runner is done with the spare: the host throws it away, and answers with `SpareEnded`."""

    spare: int


@dataclass(frozen=True, slots=True)
class SpareEnded(Message):
    """The spare is gone; ``reason`` is how it ended (``exit code 3``, ``signal SIGSEGV``, an exception of ours)."""

    spare: int
    reason: str


@dataclass(frozen=True, slots=True)
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


# --- runner and its spares --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Prepare(Message):
    """The first message to a spare: become a warm pytest for this project.

    ``snapshot`` as in `Project`; ``preload`` names modules to import ahead (never the project's own). ``marker`` is
    an absolute path (or empty): there the spare keeps the name of the test file that is running, for an engine that
    starts after a test took the whole process along. ``code_folder`` is where compiled code of the project is kept by
    content, absolute (or empty: nowhere).
    """

    root: str
    lane: Lane
    snapshot: "tuple[tuple[str, str | tuple[str, ...]], ...]"
    preload: tuple[str, ...]
    largest_report: int
    marker: str
    code_folder: str


@dataclass(frozen=True, slots=True)
class Warm(Message):
    """The spare is warm. ``problem`` is empty, or one sentence about why it cannot run tests (no pytest)."""

    seconds: float
    pytest: str
    problem: str


@dataclass(frozen=True, slots=True)
class RunItems(Message):
    """The second and last message of work to a spare: one pytest session with these arguments.

    ``deselect`` are node ids to leave out. An item that runs longer than ``timeout`` seconds is interrupted.
    """

    generation: int
    arguments: tuple[str, ...]
    deselect: tuple[str, ...]
    timeout: float


@dataclass(frozen=True, slots=True)
class Interrupt(Message):
    """Raise inside the running item, so that it ends as failed with ``reason``, and go on with the next."""

    reason: str


@dataclass(frozen=True, slots=True)
class Collected(Message):
    """What the session will run, in order; a file's items stand together. ``patterns`` is pytest's python_files."""

    generation: int
    items: tuple[str, ...]
    patterns: tuple[str, ...]
    test_paths: tuple[str, ...]
    deselected: int


@dataclass(frozen=True, slots=True)
class NeedsProcess(Message):
    """An interpreter spare met something that it cannot hold; ``id`` is the item's or the file's."""

    id: str
    reason: str


@dataclass(frozen=True, slots=True)
class SessionFinished(Message):
    """The spare's pytest session is over; the spare ends after this.

    ``modules`` are the third-party and standard-library modules that the session imported on top of what was warm;
    ``loaded`` the project's files that were imported; ``sys_path`` the absolute folders that imports came from;
    ``problem`` is what pytest itself complained of (a usage error, an internal error), or empty.
    """

    generation: int
    exit_code: int
    seconds: float
    modules: tuple[str, ...]
    loaded: tuple[str, ...]
    sys_path: tuple[str, ...]
    problem: str


# --- what fronts show: the event contract ---------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Ready(Message):
    """The engine knows the project. ``items`` counts test items known so far."""

    root: str
    items: int
    interpreter: int
    process: int


@dataclass(frozen=True, slots=True)
class Change(Message):
    generation: int
    files: tuple[str, ...]
    trigger: Trigger


@dataclass(frozen=True, slots=True)
class SelectedItem(Message):
    """An item or, while items are selected by file, a test file; ``why`` in one line."""

    id: str
    why: str


@dataclass(frozen=True, slots=True)
class Selected(Message):
    generation: int
    items: tuple[SelectedItem, ...]
    skipped: int


@dataclass(frozen=True, slots=True)
class ItemStarted(Message):
    """This item is running now."""

    generation: int
    id: str


@dataclass(frozen=True, slots=True)
class Frame(Message):
    """One traceback entry, outermost first; ``path`` absolute where it lies outside the root."""

    path: str
    line: int
    text: str


@dataclass(frozen=True, slots=True)
class ItemFinished(Message):
    """One item's outcome, after all its reports.

    ``message`` is one line; ``path`` and ``line`` are where it failed: the deepest frame in the project (where the
    item is defined if it did not fail). ``report`` is pytest's own long text. ``reports`` lists what each phase and
    subtest said (``call failed``, ``teardown passed``) where they differ. A module that cannot be collected is an
    item whose id is its path and whose outcome is ``error``.
    """

    generation: int
    id: str
    outcome: Outcome
    seconds: float
    lane: Lane
    message: str
    path: str
    line: int
    frames: tuple[Frame, ...]
    report: str
    reports: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FileFinished(Message):
    """A test file has run whole: it holds exactly these items now, older ones of it are gone."""

    generation: int
    path: str
    items: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ItemsGone(Message):
    """These items no longer exist; what was shown of them is to be cleared."""

    generation: int
    ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RunFinished(Message):
    """A run's end. ``passed`` counts xfailed and xpassed too; ``exit_code`` is what pytest's own would be.

    ``unfinished`` are the paths that it did not get to (`EVERYTHING` if it had not begun): a cancelled run's are run
    next, another's together with the next change. ``problem`` is one sentence about why nothing could be run, or
    empty.
    """

    generation: int
    selected: int
    passed: int
    failed: int
    errors: int
    skipped: int
    seconds: float
    cancelled: bool
    exit_code: int
    unfinished: tuple[str, ...]
    problem: str


@dataclass(frozen=True, slots=True)
class Proposal(Message):
    """A refactoring of one file as a difference; ``hash`` is the content hash of the text that ``edits`` start from.

    ``start`` and ``end`` are the one-based lines of the code it is about (both inclusive).
    """

    generation: int
    id: str
    rule: str
    title: str
    path: str
    line: int
    end_line: int
    verdict: Literal["verified", "weak", "rejected", "unverified"]
    items: int
    changed_lines: int
    executed_lines: int
    hash: str
    edits: tuple[TextEdit, ...]
    diff: str


@dataclass(frozen=True, slots=True)
class ProposalsGone(Message):
    """All proposals of these files are out of date; newer ones follow if there are any."""

    generation: int
    paths: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Status(Message):
    """The state of companion itself. ``source`` is what it speaks of; a later status of it replaces the earlier."""

    source: str
    health: Health
    message: str


# --- refactorer -----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Refactor(Message):
    """Look at what these changes touched and propose; a newer generation replaces work that has not begun."""

    generation: int
    changes: tuple[FileChange, ...]


@dataclass(frozen=True, slots=True)
class RefactorFinished(Message):
    generation: int
    proposals: tuple[Proposal, ...]
    seconds: float


# --- fronts ---------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Hello(Message):
    """The first message of a front. An engine of another version answers and ends, so that a fresh one can start."""

    front: str
    version: str
    pid: int


@dataclass(frozen=True, slots=True)
class Welcome(Message):
    """The engine's answer; what the board holds follows, then `Caught`."""

    version: str
    pid: int


@dataclass(frozen=True, slots=True)
class CaughtUp(Message):
    """Everything known before the front joined has been sent; from here on events are news."""

    generation: int
    running: bool


@dataclass(frozen=True, slots=True)
class RequestRun(Message):
    """A front asks for a run; answered by `RunAccepted` with the generation that will hold its result.

    Scopes as in `RunTests`; ``changed`` is what changed since the last run, everything if there was none.
    """

    request: int
    scope: Scope
    arguments: tuple[str, ...]
    pytest_args: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RunAccepted(Message):
    """The request is answered by the first uncancelled run of this generation or a later one.

    May come again with a later generation, when something newer is run first.
    """

    request: int
    generation: int


@dataclass(frozen=True, slots=True)
class StopRun(Message):
    """Cancel what is running and forget what was asked for.

    Changes that have not been run then wait until somebody asks for what ``changed``.
    """


@dataclass(frozen=True, slots=True)
class Pause(Message):
    """Collect changes but start nothing until `Resume`, or until somebody asks for a run."""


@dataclass(frozen=True, slots=True)
class Resume(Message):
    """Run what collected while paused."""


@dataclass(frozen=True, slots=True)
class RestartAgent(Message):
    agent: AgentName
    reason: str


@dataclass(frozen=True, slots=True)
class RequestDiagnosis(Message):
    request: int


@dataclass(frozen=True, slots=True)
class AgentInfo(Message):
    """One resident interpreter, or one spare. ``memory`` in bytes is what the process grew by while it started."""

    name: str
    interpreter: int
    state: str
    restarts: int
    memory: int
    detail: str


@dataclass(frozen=True, slots=True)
class CheckResult(Message):
    """One line of the start-up self-test."""

    name: str
    health: Health
    detail: str


@dataclass(frozen=True, slots=True)
class Diagnosis(Message):
    request: int
    root: str
    python: str
    engine_pid: int
    memory: int
    agents: tuple[AgentInfo, ...]
    checks: tuple[CheckResult, ...]


@dataclass(frozen=True, slots=True)
class ShutDown(Message):
    """End the engine although fronts are joined."""


@dataclass(frozen=True, slots=True)
class Disconnected(Message):
    """Made by the client itself, never sent: the engine is gone, another is being started."""

    reason: str


EngineEvent = Union[  # noqa: UP007 - evaluated at run time on Python 3.10
    Welcome, CaughtUp, Ready, Change, Selected, ItemStarted, ItemFinished, ItemsGone, RunFinished,
    Proposal, ProposalsGone, Status, RunAccepted, Diagnosis, Disconnected,
]  # fmt: skip
"""What a front receives."""
