"""Every value that crosses a channel: between interpreters, between processes, between engine and fronts.

Messages are frozen, slotted and plain: None, bool, int, float, str, bytes, tuples of these, other messages.
Paths are relative to the project root with forward slashes unless a field says otherwise; lines are one-based;
durations are seconds. The engine's decisions need no others (`companion.core.engine`), fronts show them as they
are (`companion.front.jsonlines` gives each event its documented JSON shape).

A file holds one conversation, and a new message is a `message` in one of them. This package also runs in the
project's own Python (3.10 or later): no newer syntax.
"""

from companion.messages.agents import (
    Attended,
    CancelRun,
    DropSpare,
    EngineFull,
    FilesChanged,
    LookAt,
    NeedSpare,
    Project,
    Refactor,
    RefactorFinished,
    RootGone,
    RunsAside,
    RunTests,
    SpareEnded,
    SpareLeftBehind,
    SpareLost,
    SpareReady,
    SuiteKnown,
)
from companion.messages.base import Message, message
from companion.messages.covering import (
    CoverageProgress,
    Covered,
    CoveredFile,
    ItemLines,
    RequestCoverage,
    StopCoverage,
)
from companion.messages.debugging import (
    DebugEnded,
    DebuggerListens,
    DebugItem,
    DebugItems,
    DebugListens,
    RequestDebug,
    StopDebug,
)
from companion.messages.documents import (
    ChangeDocument,
    CloseDocument,
    FileChange,
    OpenDocument,
    SaveDocument,
    TextEdit,
)
from companion.messages.events import (
    Cause,
    Change,
    FileFinished,
    Frame,
    ItemFinished,
    ItemsGone,
    ItemStarted,
    Proposal,
    ProposalsGone,
    Ready,
    RunFinished,
    Selected,
    SelectedItem,
    SessionStatus,
    Status,
)
from companion.messages.fronts import (
    AgentInfo,
    CaughtUp,
    CheckResult,
    Diagnosis,
    Disconnected,
    EngineEvent,
    Hello,
    LaneRow,
    Lanes,
    Miss,
    Pause,
    RequestDiagnosis,
    RequestLanes,
    RequestRun,
    RestartAgent,
    Resume,
    RunAccepted,
    ShutDown,
    StopRun,
    Welcome,
)
from companion.messages.selecting import (
    AffectedItems,
    Explanation,
    Ground,
    RequestAffected,
    RequestExplanation,
    Unaffected,
)
from companion.messages.spares import (
    Collected,
    Foresee,
    Fork,
    Forked,
    ForkEnded,
    Importing,
    Interrupt,
    NeedsProcess,
    Outdated,
    Overlay,
    Prepare,
    Reached,
    Release,
    Released,
    RunItems,
    SessionFinished,
    Warm,
)
from companion.messages.supervision import Crashed, Ping, Pong, Raise, Started, Stop
from companion.messages.tracing import LinesRun, Loaded, Traced
from companion.messages.values import CUT, Moment, ValuesRun, Watched
from companion.messages.vocabulary import (
    EVERYTHING,
    UNSEEN,
    AgentName,
    Blob,
    Handle,
    Health,
    Lane,
    Outcome,
    Scope,
    Trigger,
)

__all__ = [
    "CUT", "EVERYTHING", "UNSEEN", "AffectedItems", "AgentInfo", "AgentName", "Attended", "Blob", "CancelRun",
    "CaughtUp", "Cause", "Change", "ChangeDocument", "CheckResult", "CloseDocument", "Collected", "CoverageProgress",
    "Covered", "CoveredFile", "Crashed", "DebugEnded", "DebugItem", "DebugItems", "DebugListens", "DebuggerListens",
    "Diagnosis", "Disconnected", "DropSpare", "EngineEvent", "EngineFull", "Explanation", "FileChange",
    "FileFinished", "FilesChanged", "Foresee", "Fork", "ForkEnded", "Forked", "Frame", "Ground", "Handle", "Health",
    "Hello", "Importing", "Interrupt", "ItemFinished", "ItemLines", "ItemStarted", "ItemsGone", "Lane", "LaneRow",
    "Lanes", "LinesRun", "Loaded", "LookAt", "Message", "Miss", "Moment", "NeedSpare", "NeedsProcess", "OpenDocument",
    "Outcome", "Outdated", "Overlay", "Pause", "Ping", "Pong", "Prepare", "Project", "Proposal", "ProposalsGone",
    "Raise", "Reached", "Ready", "Refactor", "RefactorFinished", "Release", "Released", "RequestAffected",
    "RequestCoverage", "RequestDebug", "RequestDiagnosis", "RequestExplanation", "RequestLanes", "RequestRun",
    "RestartAgent", "Resume", "RootGone", "RunAccepted", "RunFinished", "RunItems", "RunTests", "RunsAside",
    "SaveDocument", "Scope", "Selected", "SelectedItem", "SessionFinished", "SessionStatus", "ShutDown", "SpareEnded",
    "SpareLeftBehind", "SpareLost", "SpareReady", "Started", "Status", "Stop", "StopCoverage", "StopDebug", "StopRun",
    "SuiteKnown", "TextEdit", "Traced", "Trigger", "Unaffected", "ValuesRun", "Warm", "Watched", "Welcome", "message",
]  # fmt: skip
