"""Debugging: one item in a process spare of its own, aside from all runs, until it or whoever asked for it ends."""

import importlib.util
from collections.abc import Callable
from pathlib import Path

from companion.config import Config
from companion.messages import (
    DebugEnded,
    DebuggerListens,
    DebugItem,
    DebugItems,
    DebugListens,
    ItemFinished,
    Message,
    Project,
    SessionFinished,
    StopDebug,
)  # fmt: skip
from companion.workers.link import Link
from companion.workers.running.aside import Aside, Said
from companion.workers.running.asked import asked
from companion.workers.running.line import Line, LineEnded
from companion.workers.running.pool import Pool

LONGEST = 24 * 3600.0
"""Seconds after which a session is forgotten rather than in use."""
INTERNAL = 3
"""pytest's exit code where no test is to blame."""


class Debugging:
    """One session at a time; a new one takes the place of the old one, which whoever asked for it knows already."""

    def __init__(
        self, link: Link, config: Config, project: Project, pool: Pool, discard: Callable[[Line], None]
    ) -> None:
        self._link, self._config, self._project = link, config, project
        self._aside = Aside(link.loop, pool, discard, config.start_timeout)
        self._session, self._exit_code, self._problem = 0, INTERNAL, ""
        self._items: list[ItemFinished] = []

    def handle(self, message: DebugItem | StopDebug) -> None:
        """Begin or stop, as the engine says."""
        if isinstance(message, DebugItem):
            self._begin(message)
        elif message.session == self._session:
            self.stop()

    def owns(self, line: Line) -> bool:
        """Whether this spare is in use here."""
        return self._aside.owns(line)

    def hear(self, message: Message) -> None:
        """What its spare says."""
        match message:
            case DebuggerListens():
                self._link.send(DebugListens(self._session, message.host, message.port))
            case ItemFinished():
                self._items.append(message)
            case SessionFinished():
                self._exit_code = message.exit_code
            case LineEnded():
                self._problem = "the process that was debugged ended before its test did"
            case _:
                pass
        self._aside.hear(message)

    def ready(self) -> None:
        """There may be a spare for it now."""
        self._aside.ready()

    def not_started(self, reason: str) -> None:
        """There is no spare for it."""
        self._aside.not_started("process", reason)

    def stop(self) -> None:
        """Give it up; nobody is told."""
        self._aside.stop()

    def _begin(self, wanted: DebugItem) -> None:
        self.stop()
        self._session, self._exit_code, self._problem = wanted.session, INTERNAL, ""
        self._items = []
        if self._project.problem:
            self._link.send(DebugEnded(wanted.session, INTERNAL, (), self._project.problem))
            return
        arguments = (*asked(self._config.pytest_args).arguments, wanted.item)
        order = DebugItems(0, arguments, (), LONGEST, debugger=_own_debugpy())
        self._aside.begin("process", order, self._over, LONGEST)

    def _over(self, said: Said) -> None:
        problem = self._problem or said.problem
        self._link.send(DebugEnded(self._session, self._exit_code, tuple(self._items), problem))


def _own_debugpy() -> str:
    """The folder with the debugpy of companion's own environment; empty if there is none."""
    spec = importlib.util.find_spec("debugpy")
    return str(Path(spec.origin).parents[1]) if spec is not None and spec.origin else ""
