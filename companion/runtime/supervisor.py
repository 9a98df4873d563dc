"""The resident agents: started, heard, pinged, and started again when they end (``one_for_one``, with a limit)."""

import asyncio
from dataclasses import dataclass, field
from typing import Protocol

from companion.config import Config
from companion.core.supervision import Restarts
from companion.errors import CompanionError
from companion.messages import AgentInfo, AgentName, Crashed, Message, Ping, Pong, Raise, Started, Status, Stop
from companion.runtime.interpreter import Isolation, Worker
from companion.runtime.outbox import InterpreterOutbox, Outbox, StreamOutbox
from companion.runtime.process import ProcessWorker

ENTRY = "companion.workers.serve:agent_main"
HEARTBEAT = 5.0
"""Seconds between two pings of an agent."""
PATIENCE = 60.0
"""Seconds without an answer after which an agent counts as hung. The longest piece of work must fit in."""
START = 30.0
"""Seconds that an agent may take to start."""

NICENESS: dict[AgentName, int] = {"watcher": 0, "runner": 0, "refactorer": 15}


class Listener(Protocol):
    """What the host does with what agents do."""

    def agent_up(self, agent: AgentName, started: Started) -> None: ...

    def agent_down(self, agent: AgentName, reason: str, *, final: bool) -> None: ...

    def agent_said(self, agent: AgentName, message: Message) -> None: ...


@dataclass(slots=True)
class Agent:
    """One agent, over all its lives."""

    name: AgentName
    restarts: Restarts = field(default_factory=Restarts)
    worker: Worker | ProcessWorker | None = None
    outbox: Outbox | None = None
    state: str = "starting"
    lives: int = 0
    detail: str = ""
    pinged: int = 0
    answered: int = 0
    silent_since: float = 0.0
    as_process: bool = False
    waiting: list[Message] = field(default_factory=list[Message])


class Supervisor:
    """Runs the agents of one engine. All calls come from the loop's thread."""

    def __init__(self, config: Config, listener: Listener) -> None:
        self._config, self._listener = config, listener
        self._loop = asyncio.get_running_loop()
        names: tuple[AgentName, ...] = ("runner", "watcher", "refactorer")
        self._agents: dict[AgentName, Agent] = {name: Agent(name) for name in names}
        self._stopping = False
        self._heart: asyncio.TimerHandle | None = None
        self._left_behind: list[Worker | ProcessWorker] = []

    def start(self) -> None:
        """Start the runner and the watcher; the refactorer follows when both are up, to leave them the cores."""
        self._start(self._agents["runner"])
        self._start(self._agents["watcher"])
        self._heart = self._loop.call_later(HEARTBEAT, self._beat)

    def send(self, name: AgentName, message: Message) -> None:
        """To an agent; kept for it while it starts, dropped if it was given up."""
        agent = self._agents[name]
        if agent.outbox is not None and agent.state == "up":
            try:
                agent.outbox.put(message)
            except CompanionError as error:
                self._ended(agent, str(error))
        elif agent.state != "given up":
            agent.waiting.append(message)

    def restart(self, name: AgentName, reason: str) -> None:
        """Raise inside the agent, as a defect would."""
        agent = self._agents[name]
        if agent.outbox is not None:
            agent.outbox.put(Raise(reason))

    def describe(self) -> tuple[AgentInfo, ...]:
        """One line for each agent."""
        return tuple(
            AgentInfo(
                agent.name,
                agent.worker.interpreter if agent.worker is not None else -1,
                agent.state,
                max(0, agent.lives - 1),
                agent.worker.memory if agent.worker is not None else 0,
                agent.detail,
            )
            for agent in self._agents.values()
        )

    def stop(self, timeout: float) -> None:
        """End all, in order; what has not ended after ``timeout`` seconds is left to the process's end."""
        self._stopping = True
        if self._heart is not None:
            self._heart.cancel()
        for agent in self._agents.values():
            if agent.outbox is not None and agent.worker is not None:
                agent.outbox.put(Stop())
        deadline = self._loop.time() + timeout
        for agent in self._agents.values():
            if agent.worker is not None:
                self._unwatch(agent)
                agent.worker.join(max(0.05, deadline - self._loop.time()))
                if isinstance(agent.worker, ProcessWorker):
                    agent.worker.kill()

    # --- one life -----------------------------------------------------------------------------------------

    def _start(self, agent: Agent) -> None:
        if self._stopping:
            return
        agent.state, agent.lives = "starting", agent.lives + 1
        agent.pinged = agent.answered = 0
        agent.silent_since = self._loop.time() + START - PATIENCE
        worker: Worker | ProcessWorker
        if agent.as_process:
            worker = ProcessWorker(agent.name, self._config, self._config.root)
            worker.start()
            agent.outbox = StreamOutbox(worker.ends[0])
        else:
            worker = Worker(
                agent.name, ENTRY, self._config, isolation=Isolation.FILESYSTEM, nice=NICENESS[agent.name]
            )
            worker.start()
            agent.outbox = InterpreterOutbox(worker.ends[0])
        agent.worker = worker
        self._loop.add_reader(worker.ends[1].fileno(), self._read, agent, worker)

    def _read(self, agent: Agent, worker: Worker | ProcessWorker) -> None:
        try:
            for message in worker.ends[1].pending():
                self._heard(agent, worker, message)
        except CompanionError as error:
            if agent.worker is worker:
                self._ended(agent, worker.failure or agent.detail or str(error))

    def _heard(self, agent: Agent, worker: Worker | ProcessWorker, message: Message) -> None:
        match message:
            case Started():
                self._up(agent, worker, message)
            case Pong():
                agent.answered = message.serial
            case Crashed():
                agent.detail = message.reason
                self._fall_back(agent, message)
                text = f"the {agent.name} ended ({message.reason})\n{message.traceback}"
                self._listener.agent_said(agent.name, Status(f"crash:{agent.name}", "warning", text))
            case _:
                self._listener.agent_said(agent.name, message)

    def _up(self, agent: Agent, worker: Worker | ProcessWorker, message: Started) -> None:
        if isinstance(worker, Worker):
            worker.note_memory()
        agent.state, agent.detail = "up", message.detail
        waiting, agent.waiting = agent.waiting, []
        for early in waiting:
            self.send(agent.name, early)
        self._listener.agent_up(agent.name, message)
        others = (self._agents["runner"], self._agents["watcher"])
        refactorer = self._agents["refactorer"]
        if refactorer.lives == 0 and all(other.state != "starting" for other in others):
            self._start(refactorer)

    def _fall_back(self, agent: Agent, crash: Crashed) -> None:
        """libcst cannot be loaded in a subinterpreter here: the refactorer becomes a process."""
        if agent.name == "refactorer" and agent.state == "starting" and "NativeUnavailable" in crash.reason:
            agent.as_process = True

    def _ended(self, agent: Agent, reason: str) -> None:
        if self._stopping:
            return
        self._unwatch(agent)
        agent.restarts, delay = agent.restarts.after_end(self._loop.time())
        agent.state = "given up" if delay is None else "restarting"
        self._listener.agent_down(agent.name, f"the {agent.name} ended: {reason}", final=delay is None)
        if delay is not None:
            self._loop.call_later(delay, self._start, agent)

    def _unwatch(self, agent: Agent) -> None:
        worker = agent.worker
        if worker is None or agent.outbox is None:
            return
        self._loop.remove_reader(worker.ends[1].fileno())
        if not self._stopping:
            agent.outbox.close()
            agent.outbox = None
            self._left_behind.append(worker)
            self._left_behind = [w for w in self._left_behind if not w.join(0)]

    def _beat(self) -> None:
        """An agent that is up and does not answer is given up and replaced; no interpreter can be killed."""
        now = self._loop.time()
        for agent in self._agents.values():
            if agent.answered == agent.pinged and agent.state == "up":
                agent.pinged += 1
                agent.silent_since = now
                self.send(agent.name, Ping(agent.pinged))
            elif agent.state in ("up", "starting") and agent.lives and now - agent.silent_since > PATIENCE:
                self._ended(agent, f"it did not answer for {PATIENCE:g} s")
        self._heart = self._loop.call_later(HEARTBEAT, self._beat)
