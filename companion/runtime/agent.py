"""One resident agent, over all its lives: what the supervisor knows of it."""

from dataclasses import dataclass, field

from companion.core.supervision import Restarts
from companion.messages import AgentInfo, AgentName
from companion.runtime.interpreter import Worker
from companion.runtime.outbox import InterpreterOutbox, Outbox, StreamOutbox
from companion.runtime.process import ProcessWorker
from companion.runtime.reader import MessageReader
from companion.runtime.waiting import Waiting


@dataclass(slots=True)
class Agent:
    """One agent. ``outbox`` and ``reader`` are None between two lives."""

    name: AgentName
    restarts: Restarts = field(default_factory=Restarts)
    worker: Worker | ProcessWorker | None = None
    outbox: Outbox | None = None
    reader: MessageReader | None = None
    state: str = "starting"
    lives: int = 0
    detail: str = ""
    crash: str = ""
    pinged: int = 0
    answered: int = 0
    silent_since: float = 0.0
    as_process: bool = False
    replaced: bool = False
    waiting: Waiting = field(default_factory=Waiting)

    @property
    def hears(self) -> bool:
        """What is sent now is for this life."""
        return self.state == "up" and not self.replaced

    def part(self) -> None:
        """Say no more to this life and hear no more of it: what it still sends fails, so that it ends by itself."""
        if self.reader is not None and self.outbox is not None:
            self.reader.close()
            self.outbox.close()
            self.reader = self.outbox = None

    def describe(self) -> AgentInfo:
        """One line for people."""
        return AgentInfo(
            self.name,
            self.worker.interpreter if self.worker is not None else -1,
            self.state,
            max(0, self.lives - 1),
            self.worker.memory if self.worker is not None else 0,
            self.detail,
        )


def outbox_to(worker: Worker | ProcessWorker) -> Outbox:
    """For what is said to a worker that has been started."""
    if isinstance(worker, ProcessWorker):
        return StreamOutbox(worker.ends[0])
    return InterpreterOutbox(worker.ends[0])
