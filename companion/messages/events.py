"""What is known of a project, as it becomes known: the event contract of `companion.front.jsonlines`."""

from typing import Literal

from companion.messages.base import Message, message
from companion.messages.documents import TextEdit
from companion.messages.vocabulary import Health, Lane, Outcome, Trigger


@message
class Ready(Message):
    """The engine knows the project. ``items`` counts test items known so far."""

    root: str
    items: int
    interpreter: int
    process: int


@message
class Change(Message):
    """These files changed; what follows from it carries the generation."""

    generation: int
    files: tuple[str, ...]
    trigger: Trigger


@message
class SelectedItem(Message):
    """An item or, where its items are not known, a test file; ``why`` in one line.

    ``external``: it reached outside of its process when it ran last.
    """

    id: str
    why: str
    external: bool = False


@message
class Selected(Message):
    """What a run begins with, and how many items it leaves out, as far as they are known.

    ``skipped``: no change affects them. ``elsewhere``: they belong to other shards.
    """

    generation: int
    items: tuple[SelectedItem, ...]
    skipped: int
    elsewhere: int = 0


@message
class ItemStarted(Message):
    """This item is running now; ``path`` and ``line`` are where it is defined, where that is told."""

    generation: int
    id: str
    path: str = ""
    line: int = 1


@message
class Frame(Message):
    """One traceback entry, outermost first; ``path`` absolute where it lies outside the root."""

    path: str
    line: int
    text: str


@message
class Cause(Message):
    """Where a red run first differs from the item's last green one; ``line`` is one of the file as it is now.

    ``text`` is one line: ``rate was 0.2 on the last green run, 20 here``.
    """

    path: str
    line: int
    text: str


@message
class ItemFinished(Message):
    """One item's outcome, after all its reports.

    ``message`` is one line, of a subtest with its parameters (``[even] (i=3): assert 3 == 4 (and 1 more failure)``);
    ``path`` and ``line`` are where it failed: the deepest frame in the project (where the item is defined if it did
    not fail). ``report`` is pytest's own long text. ``reports`` lists what each phase, and each subtest that did not
    pass, said where they differ (``teardown failed``, ``subtest [even] (i=5) failed: assert 5 == 6``), with the
    message of those that ``message`` does not speak of. A module that cannot be collected is an
    item whose id is its path and whose outcome is ``error``. ``state`` is what running it again has shown: it passed
    and failed with nothing changed, or its outcome depends on what runs before it.

    ``disk_reads`` are overlaid files of which it may have seen what the disk holds (`EVERYTHING`: it started a
    program, which knows of no overlay): its outcome then is no evidence for the overlays.

    ``external``: it connects to other machines or servers, starts programs, or writes in the workspace.

    ``cause`` is found out when the run is over: the item then comes once more, with it.
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
    state: Literal["", "flaky", "order-dependent"] = ""
    disk_reads: tuple[str, ...] = ()
    external: bool = False
    cause: "Cause | None" = None


@message
class FileFinished(Message):
    """A test file has run whole: it holds exactly these items now, older ones of it are gone."""

    generation: int
    path: str
    items: tuple[str, ...]


@message
class ItemsGone(Message):
    """These items no longer exist; what was shown of them is to be cleared."""

    generation: int
    ids: tuple[str, ...]


@message
class RunFinished(Message):
    """A run's end; ``exit_code`` is what pytest's own would be. ``deselected`` items were left out by arguments for
    pytest (``-k``, ``-m``) or by a plugin.

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
    xfailed: int = 0
    xpassed: int = 0
    deselected: int = 0


@message
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


@message
class ProposalsGone(Message):
    """All proposals of these files are out of date; newer ones follow if there are any."""

    generation: int
    paths: tuple[str, ...]


@message
class Status(Message):
    """The state of companion itself. ``source`` is what it speaks of; a later status of it replaces the earlier."""

    source: str
    health: Health
    message: str


@message
class SessionStatus(Status):
    """What pytest's own session says at its end; ``exit_code`` is 0 or the one that no item explains."""

    exit_code: int
