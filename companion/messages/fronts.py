"""Fronts and the engine: joining, asking, ending. What a front sees of the project is in `events`."""

from typing import Union

from companion.messages.base import Message, message
from companion.messages.debugging import DebugEnded, DebugListens
from companion.messages.events import (
    Change,
    ItemFinished,
    ItemsGone,
    ItemStarted,
    Proposal,
    ProposalsGone,
    Ready,
    RunFinished,
    Selected,
    Status,
)  # fmt: skip
from companion.messages.selecting import AffectedItems, Explanation
from companion.messages.vocabulary import AgentName, Health, Lane, Scope


@message
class Hello(Message):
    """The first message of a front. An engine of another version answers and ends, so that a fresh one can start."""

    front: str
    version: str
    pid: int


@message
class Welcome(Message):
    """The engine's answer; what the board holds follows, then `CaughtUp`."""

    version: str
    pid: int


@message
class CaughtUp(Message):
    """Everything known before the front joined has been sent; from here on events are news."""

    generation: int
    running: bool


@message
class RequestRun(Message):
    """A front asks for a run; answered by `RunAccepted` with the generation that will hold its result.

    Scopes as in `RunTests`; ``changed`` is what changed since the last run, everything if there was none.
    """

    request: int
    scope: Scope
    arguments: tuple[str, ...]
    pytest_args: tuple[str, ...]


@message
class RunAccepted(Message):
    """The request is answered by the first uncancelled run of this generation or a later one.

    May come again with a later generation, when something newer is run first.
    """

    request: int
    generation: int


@message
class StopRun(Message):
    """Cancel what is running and forget what was asked for.

    Changes that have not been run then wait until somebody asks for what ``changed``.
    """


@message
class Pause(Message):
    """Collect changes but start nothing until `Resume`, or until somebody asks for a run."""


@message
class Resume(Message):
    """Run what collected while paused."""


@message
class RestartAgent(Message):
    """End this agent and start it again."""

    agent: AgentName
    reason: str


@message
class ShutDown(Message):
    """End the engine although fronts are joined."""


@message
class Disconnected(Message):
    """Made by the client itself, never sent: the engine is gone, another is being started."""

    reason: str


@message
class RequestDiagnosis(Message):
    """A front asks for a `Diagnosis`."""

    request: int


@message
class AgentInfo(Message):
    """One resident interpreter, or one spare. ``memory`` in bytes is what the process grew by while it started."""

    name: str
    interpreter: int
    state: str
    restarts: int
    memory: int
    detail: str


@message
class CheckResult(Message):
    """One line of the start-up self-test."""

    name: str
    health: Health
    detail: str


@message
class LaneRow(Message):
    """So many test files run in this lane for this reason (empty: it needs none), one of which is ``example``."""

    lane: Lane
    reason: str
    files: int
    example: str


@message
class RequestLanes(Message):
    """To the runner: answered by `Lanes`."""


@message
class Miss(Message):
    """Selection left this item out although it came out otherwise after these files had changed.

    ``time`` is when that was found, in seconds since 1970.
    """

    time: float
    id: str
    files: tuple[str, ...]


@message
class Lanes(Message):
    """From the runner: where the project's test files would run now, and why.

    ``skips`` is how many of the latest items that changes left out were tried in shadow runs, ``missed`` how many of
    these should not have been left out; ``misses`` are those that are known, the latest first. ``external`` counts
    items that reach outside of their process, as far as they have run.
    """

    rows: tuple[LaneRow, ...]
    external: int = 0
    skips: int = 0
    missed: int = 0
    misses: tuple[Miss, ...] = ()


@message
class Diagnosis(Message):
    """The answer; ``memory`` in bytes is the whole process's, the rest as in `Lanes`, ``lanes`` being its rows."""

    request: int
    root: str
    python: str
    engine_pid: int
    memory: int
    agents: tuple[AgentInfo, ...]
    checks: tuple[CheckResult, ...]
    lanes: tuple[LaneRow, ...] = ()
    external: int = 0
    skips: int = 0
    missed: int = 0
    misses: tuple[Miss, ...] = ()


EngineEvent = Union[  # noqa: UP007 - evaluated at run time on Python 3.10
    Welcome, CaughtUp, Ready, Change, Selected, ItemStarted, ItemFinished, ItemsGone, RunFinished,
    Proposal, ProposalsGone, Status, RunAccepted, Diagnosis, DebugListens, DebugEnded, Disconnected,
    AffectedItems, Explanation,
]  # fmt: skip
"""What a front receives."""
