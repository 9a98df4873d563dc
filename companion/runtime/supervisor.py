"""The resident agents: started, heard, pinged, and started again when they end (``one_for_one``, with a limit)."""

import asyncio
import logging
from dataclasses import dataclass
from functools import partial
from typing import Protocol

from companion.config import Config
from companion.core.supervision import Restarts
from companion.errors import BrokenResourceError, CompanionError
from companion.messages import AgentInfo, AgentName, Crashed, Message, Ping, Pong, Raise, Started, Status, Stop
from companion.runtime.agent import Agent, outbox_to
from companion.runtime.interpreter import Isolation, Worker
from companion.runtime.process import ProcessWorker
from companion.runtime.reader import MessageReader

logger = logging.getLogger("companion.supervisor")

ENTRY = "companion.workers.serve:agent_main"
NICENESS: dict[AgentName, int] = {"watcher": 0, "runner": 0, "refactorer": 15}
NO_NATIVE_PARSER = "NativeParserError"
"""How the refactorer says that libcst cannot be loaded in a subinterpreter here."""


@dataclass(frozen=True, slots=True)
class Patience:
    """How long agents are waited for, in seconds."""

    heartbeat: float = 5.0
    """Between two pings of an agent."""
    answer: float = 60.0
    """Without an answer an agent then counts as hung. The longest piece of work must fit in."""
    start: float = 30.0
    """An agent may take so long to start."""


PATIENT = Patience()


class Listener(Protocol):
    """What the host does with what agents do."""

    def agent_up(self, agent: AgentName, started: Started) -> None: ...

    def agent_down(self, agent: AgentName, reason: str, *, final: bool, replaced: bool) -> None:
        """``final``: it is not started again; ``replaced``: it ended because it was told to, to start anew."""

    def agent_said(self, agent: AgentName, message: Message) -> None:
        """Blobs of the message are only good until this returns."""

    def outgoing(self, agent: AgentName, message: Message) -> Message:
        """What this agent is sent for a message: asked when it goes, which may be long after `Supervisor.send`."""
        ...


class Hire(Protocol):
    """Makes the worker for one life of an agent; it is not started yet."""

    def __call__(self, name: AgentName, config: Config, *, as_process: bool) -> Worker | ProcessWorker: ...


def hire(name: AgentName, config: Config, *, as_process: bool) -> Worker | ProcessWorker:
    """The real one."""
    if as_process:
        return ProcessWorker(name, config)
    return Worker(name, ENTRY, config, isolation=Isolation.FILESYSTEM, nice=NICENESS[name])


class Supervisor:
    """Runs the agents of one engine. All calls come from the loop's thread."""

    def __init__(
        self, config: Config, listener: Listener, *, hire: Hire = hire, patience: Patience = PATIENT
    ) -> None:
        self._config, self._listener = config, listener
        self._hire, self._patience = hire, patience
        self._loop = asyncio.get_running_loop()
        names: tuple[AgentName, ...] = ("runner", "watcher", "refactorer")
        self._agents: dict[AgentName, Agent] = {name: Agent(name) for name in names}
        self._stopping = False
        self._heart: asyncio.TimerHandle | None = None

    def start(self) -> None:
        """Start the runner and the watcher; the refactorer follows when neither is starting any more, to leave them
        the cores."""
        self._heart = self._loop.call_later(self._patience.heartbeat, self._beat)
        self._start(self._agents["runner"])
        self._start(self._agents["watcher"])

    def send(self, name: AgentName, message: Message) -> None:
        """To an agent; kept for it while it starts or is replaced, dropped if it was given up."""
        agent = self._agents[name]
        if agent.hears:
            self._put(agent, self._listener.outgoing(name, message))
        elif agent.state != "given up":
            agent.waiting.add(message)

    def reconfigure(self, config: Config) -> None:
        """All agents end in order and start again with this configuration; that counts as no restart.

        Those that were given up are tried again: it may have been the configuration that ended them.
        """
        self._config = config
        for agent in self._agents.values():
            if agent.outbox is not None:
                agent.replaced, agent.crash = True, "the configuration has changed"
                self._put(agent, Stop())
            elif agent.state == "given up":
                agent.restarts = Restarts()
                self._start(agent)

    def restart(self, name: AgentName, reason: str) -> None:
        """Raise inside the agent, as a defect would."""
        self._put(self._agents[name], Raise(reason))

    def keep(self, name: AgentName, things: tuple[object, ...]) -> None:
        """These stay for as long as this life of the agent may use them, even if it hangs and was replaced."""
        worker = self._agents[name].worker
        if isinstance(worker, Worker):
            worker.kept = things

    def describe(self) -> tuple[AgentInfo, ...]:
        """One line for each agent."""
        return tuple(agent.describe() for agent in self._agents.values())

    def stop(self, timeout: float) -> None:
        """End all, in order; what has not ended after ``timeout`` seconds is left to the process's end."""
        self._stopping = True
        if self._heart is not None:
            self._heart.cancel()
        for agent in self._agents.values():
            self._put(agent, Stop())
            agent.part()
        deadline = self._loop.time() + timeout
        for agent in self._agents.values():
            if agent.worker is not None:
                agent.worker.join(max(0.05, deadline - self._loop.time()))
                if isinstance(agent.worker, ProcessWorker):
                    agent.worker.kill()

    # --- one life -----------------------------------------------------------------------------------------

    def _start(self, agent: Agent) -> None:
        if self._stopping:
            return
        agent.state, agent.lives, agent.crash = "starting", agent.lives + 1, ""
        agent.pinged = agent.answered = 0
        agent.silent_since = self._loop.time()
        try:
            worker = self._hire(agent.name, self._config, as_process=agent.as_process)
            worker.start()
        except (OSError, RuntimeError, CompanionError) as error:  # no more descriptors, threads, processes
            self._ended(agent, f"it cannot be started ({error})")
            return
        agent.worker, agent.outbox = worker, outbox_to(worker)
        agent.reader = MessageReader(
            self._loop, worker.ends[1], partial(self._heard, agent, worker), partial(self._fell_silent, agent, worker)
        )

    def _put(self, agent: Agent, message: Message) -> None:
        if agent.outbox is not None:
            try:
                agent.outbox.put(message)
            except BrokenResourceError as error:
                self._ended(agent, str(error))

    def _heard(self, agent: Agent, worker: Worker | ProcessWorker, message: Message) -> None:
        match message:
            case Started():
                self._up(agent, worker, message)
            case Pong():
                agent.answered = message.serial
            case Crashed():
                agent.crash = message.reason
                self._fall_back(agent, message)
                logger.warning("the %s crashed: %s", agent.name, message.traceback)
                text = f"the {agent.name} ended ({message.reason})"
                self._listener.agent_said(agent.name, Status(f"crash:{agent.name}", "warning", text))
            case _:
                self._listener.agent_said(agent.name, message)

    def _up(self, agent: Agent, worker: Worker | ProcessWorker, message: Started) -> None:
        if isinstance(worker, Worker):
            worker.note_memory()
        agent.state, agent.detail = "up", message.detail
        for early in agent.waiting.take():
            self.send(agent.name, early)
        self._listener.agent_up(agent.name, message)
        self._start_last()

    def _start_last(self) -> None:
        last = self._agents["refactorer"]
        if last.lives == 0 and all(self._agents[name].state != "starting" for name in ("runner", "watcher")):
            self._start(last)

    def _fall_back(self, agent: Agent, crash: Crashed) -> None:
        """libcst cannot be loaded in a subinterpreter here: the refactorer becomes a process."""
        if agent.name == "refactorer" and agent.state == "starting" and NO_NATIVE_PARSER in crash.reason:
            agent.as_process = True

    def _fell_silent(self, agent: Agent, worker: Worker | ProcessWorker, error: CompanionError) -> None:
        if isinstance(worker, ProcessWorker):  # how it ended is known once it is gone, which may take a moment
            asked = self._loop.run_in_executor(None, lambda: worker.failure)
            asked.add_done_callback(lambda done: self._is_gone(agent, worker, done.result(), error))
        else:
            self._is_gone(agent, worker, worker.failure, error)

    def _is_gone(self, agent: Agent, worker: Worker | ProcessWorker, failure: str, error: CompanionError) -> None:
        if agent.worker is worker:
            self._ended(agent, failure or agent.crash or str(error))

    def _ended(self, agent: Agent, reason: str) -> None:
        if self._stopping or agent.state not in ("starting", "up"):
            return
        agent.part()
        if agent.name == "runner":
            agent.waiting.clear()  # meant for the life that ended: the engine orders anew
        if isinstance(agent.worker, ProcessWorker):
            agent.worker.kill()
        delay: float | None = 0.0
        if not agent.replaced:
            agent.restarts, delay = agent.restarts.after_end(self._loop.time())
        replaced, agent.replaced = agent.replaced, False
        agent.state = "given up" if delay is None else "restarting"
        if delay is None:
            agent.waiting.clear()
        else:
            self._loop.call_later(delay, self._start, agent)
        said = f"the {agent.name} ended: {reason}"
        self._listener.agent_down(agent.name, said, final=delay is None, replaced=replaced)
        self._start_last()

    def _beat(self) -> None:
        """An agent that is up and does not answer is given up and replaced; no interpreter can be killed."""
        self._heart = self._loop.call_later(self._patience.heartbeat, self._beat)
        now = self._loop.time()
        for agent in self._agents.values():
            if agent.state == "starting" and agent.lives and now - agent.silent_since > self._patience.start:
                self._ended(agent, f"it did not start within {self._patience.start:g} s")
            elif agent.state == "up" and agent.answered == agent.pinged:
                agent.pinged += 1
                agent.silent_since = now
                self._put(agent, Ping(agent.pinged))
            elif agent.state == "up" and now - agent.silent_since > self._patience.answer:
                self._ended(agent, f"it did not answer for {self._patience.answer:g} s")
