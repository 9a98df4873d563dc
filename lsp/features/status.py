"""``experimental/serverStatus``, in rust-analyzer's shape; ``window/logMessage`` for editors that do not know it."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from lsprotocol import types

from companion.core.board import Board
from companion.messages import EngineEvent, Health, Status
from lsp.bridge import Bridge
from lsp.session import Session
from lsp.ticker import Throttle, Timer

METHOD = "experimental/serverStatus"
RANK: dict[Health, int] = {"ok": 0, "warning": 1, "error": 2}
LEVEL: dict[Health, types.MessageType] = {
    "ok": types.MessageType.Info,
    "warning": types.MessageType.Warning,
    "error": types.MessageType.Error,
}

type Notify = Callable[[str, object], None]


@dataclass(frozen=True, slots=True)
class Shown:
    """The state of all roots together; ``quiescent``: nothing runs, nothing is about to."""

    health: Health
    quiescent: bool
    message: str


class StatusFeature:
    """Sends a status whenever it differs from the last one."""

    def __init__(
        self,
        session: Session,
        bridges: Callable[[], Iterable[Bridge]],
        notify: Notify,
        *,
        timer: Timer,
        interval: float,
    ) -> None:
        self._session = session
        self._bridges = bridges
        self._notify = notify
        self._shown: Shown | None = None
        self._throttle = Throttle(timer, interval, self.update)

    def heard(self, bridge: Bridge, event: EngineEvent) -> None:  # noqa: ARG002 - any event of any root may count
        self._throttle.poke()

    def stood(self, bridge: Bridge) -> None:  # noqa: ARG002 - as above
        self._throttle.poke()

    def update(self) -> None:
        """Send the status of now, if it is another."""
        status = overall(self._bridges())
        before, self._shown = self._shown, status
        if status == before:
            return
        if self._session.can.server_status:
            body = {"health": status.health, "quiescent": status.quiescent, "message": status.message}
            self._notify(METHOD, body)
        elif _problem(status) != _problem(before):
            words = status.message if status.health != "ok" else "all is well again"
            self._notify(
                types.WINDOW_LOG_MESSAGE, types.LogMessageParams(LEVEL[status.health], f"companion: {words}")
            )


def overall(bridges: Iterable[Bridge]) -> Shown:
    """The worst health, every problem in a line of its own; where there is none, what the tests said."""
    all_ = list(bridges)
    statuses = [status for bridge in all_ for status in (*bridge.board.statuses.values(), *_standing(bridge))]
    troubles = sorted((s for s in statuses if s.health != "ok"), key=lambda s: -RANK[s.health])
    health = troubles[0].health if troubles else "ok"
    quiescent = all(map(_rests, all_)) or health == "error"
    words = list(dict.fromkeys(s.message.partition("\n")[0] for s in troubles)) or [
        tally([b.board for b in all_]) if quiescent else _doing(all_)
    ]
    return Shown(health, quiescent, "\n".join(words))


def tally(boards: Iterable[Board]) -> str:
    """``118 tests pass``, ``2 of 118 tests fail``; empty where no result is known."""
    all_ = list(boards)
    red, known = sum(len(board.red()) for board in all_), sum(len(board.results) for board in all_)
    if not known:
        return ""
    return f"{red} of {known} tests fail" if red else f"{known} {'test passes' if known == 1 else 'tests pass'}"


def _doing(bridges: Iterable[Bridge]) -> str:
    return "running tests" if any(b.standing == "joined" and b.board.selected for b in bridges) else "starting"


def _rests(bridge: Bridge) -> bool:
    # An engine runs everything when it starts: until a run has ended, one goes on or is about to.
    return bridge.standing in {"failed", "closed"} or (bridge.standing == "joined" and bridge.board.run is not None)


def _standing(bridge: Bridge) -> tuple[Status, ...]:
    match bridge.standing:
        case "failed":
            return (Status("engine", "error", bridge.problem),)
        case "lost":
            return (Status("engine", "warning", "the engine ended unexpectedly and is being started again"),)
        case "joining" | "joined" | "closed":
            return ()


def _problem(status: Shown | None) -> tuple[Health, str]:
    return ("ok", "") if status is None or status.health == "ok" else (status.health, status.message)
