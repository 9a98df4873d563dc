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
    """``asks``: it says at once what to run, and nothing else is run for it."""

    front: int
    asks: bool = False


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


@dataclass(frozen=True, slots=True)
class Worn:
    """A run has ended; ``reason`` is why this engine is worn out, or empty."""

    reason: str


@dataclass(frozen=True, slots=True)
class Rested:
    """The time of a `Rest` has passed; ``reason`` is why the engine is still worn out, or empty."""

    generation: int
    reason: str


@dataclass(frozen=True, slots=True)
class Missed:
    """Something has changed since the engine before this one looked last."""


type Event = AgentUp | AgentDown | AgentSaid | FrontJoined | FrontLeft | FrontSaid | Alone | Worn | Rested | Missed


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


@dataclass(frozen=True, slots=True)
class Rest:
    """Send `Rested` with this generation in ``seconds``."""

    seconds: float
    generation: int


@dataclass(frozen=True, slots=True)
class Renew:
    """Go on as a new process, which the fronts do not notice."""

    reason: str


type Effect = ToAgent | ToFront | Publish | Linger | End | Rest | Renew
