"""What the engine hears and what it does about it: the vocabulary of `companion.core.engine.step`."""

from dataclasses import dataclass

from companion.messages import AgentName, Message

# --- events ---------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class AgentUp:
    agent: AgentName


@dataclass(frozen=True, slots=True)
class AgentDown:
    """An agent ended; ``final`` if it is not started again."""

    agent: AgentName
    reason: str
    final: bool


@dataclass(frozen=True, slots=True)
class AgentSaid:
    agent: AgentName
    message: Message


@dataclass(frozen=True, slots=True)
class FrontJoined:
    front: int


@dataclass(frozen=True, slots=True)
class FrontLeft:
    front: int


@dataclass(frozen=True, slots=True)
class FrontSaid:
    front: int
    message: Message


@dataclass(frozen=True, slots=True)
class Alone:
    """`LINGER` seconds have passed without any front."""


type Event = AgentUp | AgentDown | AgentSaid | FrontJoined | FrontLeft | FrontSaid | Alone


# --- effects --------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ToAgent:
    agent: AgentName
    message: Message


@dataclass(frozen=True, slots=True)
class ToFront:
    front: int
    message: Message


@dataclass(frozen=True, slots=True)
class Publish:
    """To the board and to every front."""

    message: Message


@dataclass(frozen=True, slots=True)
class Linger:
    """Send `Alone` in ``seconds``, unless a front joins first."""

    seconds: float


@dataclass(frozen=True, slots=True)
class End:
    reason: str


type Effect = ToAgent | ToFront | Publish | Linger | End
