"""A bench for the supervisor: real workers with agents of ours, on a loop with a clock of its own."""

import asyncio
import os
import selectors
from collections.abc import Callable, Coroutine
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

from runtime_kit import DEADLINE

from companion.config import Config
from companion.messages import AgentName, Message, Started, Status
from companion.runtime.interpreter import Worker
from companion.runtime.process import ProcessWorker
from companion.runtime.supervisor import Patience, Supervisor

SPEED = 50.0
"""Seconds that a `QuickLoop` with nothing to do counts, in one of the machine."""
PATIENCE = Patience(heartbeat=1e6, answer=1e6, start=1e6)
"""Nobody is pinged or given up, however slow the machine is."""
IMPATIENCE = Patience(heartbeat=1.0, answer=SPEED, start=3 * SPEED)
"""Given up after one second of the machine, or three while it starts: that is what these tests wait for."""
ENTRY = "tests.runtime.runtime_agents"


class QuickLoop(asyncio.SelectorEventLoop):
    """A loop whose clock stands still while there is something to do, and else runs `SPEED` times too fast."""

    def __init__(self) -> None:
        self._selector_of_ours = QuickSelector()
        super().__init__(self._selector_of_ours)

    def time(self) -> float:
        return self._selector_of_ours.now


class QuickSelector(selectors.DefaultSelector):
    """Waits in the machine's time for a loop that counts in its own."""

    now = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        ready = super().select(None if timeout is None else timeout / SPEED)
        if not ready and timeout is not None:
            self.now += max(0.0, timeout)
        return ready


class Pipe:
    """What a hanging agent waits for; the end of the block lets it go."""

    def __init__(self) -> None:
        self.reader, self.writer = os.pipe()

    def __enter__(self) -> int:
        return self.reader

    def __exit__(self, *_: object) -> None:
        os.close(self.writer)


class Bench:
    """A supervisor, and all that it did: ``log`` of what was hired and heard, in order."""

    def __init__(self, root: Path, *behaviour: str, patience: Patience = PATIENCE) -> None:
        self.log: list[tuple[object, ...]] = []
        self.workers: list[Worker | ProcessWorker] = []
        self.on_said: Callable[[AgentName, Message], None] = lambda _name, _message: None
        self.on_outgoing: Callable[[AgentName, Message], Message] = lambda _name, message: message
        self.entries: dict[AgentName, str] = {}
        self._heard = asyncio.Event()
        config = Config(root=str(root), ignore=behaviour)
        self.supervisor = Supervisor(config, self, hire=self.hire, patience=patience)

    def hire(self, name: AgentName, config: Config, *, as_process: bool) -> Worker | ProcessWorker:
        self.log.append(("hired", name, as_process))
        if config.ignore and f"{name} cannot be started" in config.ignore:
            raise OSError(24, "Too many open files")
        worker: Worker | ProcessWorker
        if as_process:
            worker = ProcessWorker(name, config, f"{ENTRY}:process_main")
        else:
            worker = Worker(name, self.entries.get(name, f"{ENTRY}:agent_main"), config)
        self.workers.append(worker)
        return worker

    def agent_up(self, agent: AgentName, started: Started) -> None:
        self._note("up", agent, started.detail)

    def agent_down(self, agent: AgentName, reason: str, *, final: bool, replaced: bool) -> None:
        self._note("down", agent, reason, "replaced" if replaced else final)

    def agent_said(self, agent: AgentName, message: Message) -> None:
        self.on_said(agent, message)
        if isinstance(message, Status) and message.source.startswith("crash:"):
            message = replace(message, message=message.message.partition("\n")[0])
        self._note("said", agent, message)

    def outgoing(self, agent: AgentName, message: Message) -> Message:
        """As it is, unless a test says otherwise."""
        return self.on_outgoing(agent, message)

    def seen(self, *start: object) -> list[tuple[object, ...]]:
        """What the log holds that begins so."""
        return [entry for entry in self.log if entry[: len(start)] == start]

    async def until(self, condition: Callable[[], bool]) -> None:
        """Looked at whenever something is heard."""
        async with asyncio.timeout(DEADLINE * SPEED):
            while not condition():
                self._heard.clear()
                await self._heard.wait()

    async def up(self, name: AgentName, times: int = 1) -> None:
        await self.until(lambda: len(self.seen("up", name)) >= times)

    async def down(self, name: AgentName, times: int = 1) -> None:
        await self.until(lambda: len(self.seen("down", name)) >= times)

    async def all_up(self) -> None:
        for name in ("runner", "watcher", "refactorer"):
            await self.up(name)

    async def said(self, name: AgentName, text: str) -> None:
        await self.until(lambda: bool(self.seen("said", name, Status("said", "ok", text))))

    def say(self, name: AgentName, text: str) -> None:
        """Ask the agent to say so."""
        self.supervisor.send(name, Status("say", "ok", text))

    def state(self, name: AgentName) -> str:
        return next(info.state for info in self.supervisor.describe() if info.name == name)

    def agent(self, name: AgentName) -> Any:
        return cast("Any", self.supervisor)._agents[name]

    def stop(self) -> None:
        """As the engine does, but with all the time there is; every worker must have ended then."""
        self.supervisor.stop(DEADLINE)
        assert all(worker.join(DEADLINE) for worker in self.workers)

    def _note(self, *entry: object) -> None:
        self.log.append(entry)
        self._heard.set()


def supervised(play: Callable[[], Coroutine[Any, Any, None]]) -> None:
    """Run it on a `QuickLoop`; anything that an exception handler of the loop hears of fails it."""
    problems: list[dict[str, Any]] = []

    async def watched() -> None:
        asyncio.get_running_loop().set_exception_handler(lambda _loop, context: problems.append(context))
        await play()

    with asyncio.Runner(loop_factory=QuickLoop) as runner:
        runner.run(watched())
    assert not problems
