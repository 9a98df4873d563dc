"""Debugging: one item in a process spare of its own, aside from all runs, until it or whoever asked for it ends."""

import importlib.util
from collections.abc import Callable
from pathlib import Path

from companion.config import Config
from companion.core.pathmap import is_far
from companion.messages import (
    DebugEnded,
    DebuggerListens,
    DebugItem,
    DebugItems,
    DebugListens,
    ItemFinished,
    Message,
    Project,
    RunItems,
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
INTERNAL, NO_TESTS = 3, 5
"""pytest's exit codes where no test is to blame, and where there is none."""
FAR = (
    "the tests run by {0}, where no debugger can be attached from here: "
    "start one there, with -m debugpy --listen PORT --wait-for-client -m pytest {1}"
)


class Debugging:
    """One session at a time; a new one takes the place of the old one, which whoever asked for it knows already.

    What is not a ``known`` item is looked for first: nobody attaches a debugger to what is not there.
    """

    def __init__(
        self, link: Link, config: Config, project: Project, pool: Pool, discard: Callable[[Line], None],
        *, known: Callable[[str], bool],
    ) -> None:  # fmt: skip
        self._link, self._config, self._project = link, config, project
        self._aside = Aside(link.loop, pool, discard, config.start_timeout)
        self._session, self._exit_code, self._problem = 0, INTERNAL, ""
        self._items: list[ItemFinished] = []
        self._known, self._looking = known, False

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
            case ItemFinished() if not self._looking:
                self._items.append(message)
            case SessionFinished():
                self._exit_code = message.exit_code
            case LineEnded() if not self._looking:
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
        self._aside.close()

    def _begin(self, wanted: DebugItem) -> None:
        self.stop()
        self._session, self._exit_code, self._problem = wanted.session, INTERNAL, ""
        self._items = []
        python = self._project.python
        problem = self._project.problem
        if is_far(python, self._config.path_map):
            problem = FAR.format(" ".join(python), wanted.item)
        if problem:
            self._link.send(DebugEnded(wanted.session, INTERNAL, (), problem))
        elif self._known(wanted.item):
            self._debug(wanted.item)
        else:
            self._look(wanted.item)

    def _look(self, item: str) -> None:
        """Collect it, and debug it if it is there; also if something there cannot be imported."""
        self._looking = True
        limit = self._config.start_timeout
        order = RunItems(0, (*asked(self._config.pytest_args).arguments, "--collect-only", item), (), limit)
        self._aside.begin("process", order, lambda said: self._looked(item, said), limit)

    def _looked(self, item: str, said: Said) -> None:
        nothing = self._exit_code == NO_TESTS or "not found" in said.problem
        problem = f"there is no test {item}: companion test -- --collect-only lists all" if nothing else said.problem
        if problem:
            self._link.send(DebugEnded(self._session, self._exit_code, (), problem))
        else:
            self._debug(item)

    def _debug(self, item: str) -> None:
        self._looking, self._exit_code = False, INTERNAL
        arguments = (*asked(self._config.pytest_args).arguments, item)
        order = DebugItems(0, arguments, (), LONGEST, debugger=_own_debugpy())
        self._aside.begin("process", order, self._over, LONGEST)

    def _over(self, said: Said) -> None:
        problem = self._problem or said.problem
        self._link.send(DebugEnded(self._session, self._exit_code, tuple(self._items), problem))


def _own_debugpy() -> str:
    """The folder with the debugpy of companion's own environment; empty if there is none."""
    spec = importlib.util.find_spec("debugpy")
    return str(Path(spec.origin).parents[1]) if spec is not None and spec.origin else ""
