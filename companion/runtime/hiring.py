"""Where spares come from: interpreters of this engine, forks of a template, processes of their own, or far ones."""

import socket

from companion.config import Config
from companion.core.pathmap import PathMap, is_far
from companion.messages import AgentInfo, NeedSpare
from companion.runtime.far import FarSpare, spawn_far
from companion.runtime.interpreter import Isolation, Worker
from companion.runtime.process import spawn
from companion.runtime.spares import InterpreterSpare, ProcessSpare, Spare
from companion.runtime.template import Template, can_fork

INTERPRETER_ENTRY = "companion.workers.testrun.main:interpreter_main"
PROCESS_ENTRY = "companion.workers.testrun.main:process_main"


class Hiring:
    """See `companion.runtime.spares.Hire`. One template for each command that starts a Python, if any can fork."""

    def __init__(self, *, forks: bool = can_fork()) -> None:
        self._forks = forks
        self._templates: dict[tuple[str, ...], Template] = {}
        self._unable: set[tuple[str, ...]] = set()

    def __call__(self, serial: int, need: NeedSpare, config: Config) -> Spare:
        """A spare that has begun. Raises OSError, RuntimeError or CompanionError."""
        if need.lane == "interpreter":
            isolation = Isolation.FILESYSTEM | Isolation.DESCRIPTORS
            return InterpreterSpare(Worker(f"spare-{serial}", INTERPRETER_ENTRY, config, isolation=isolation))
        if is_far(need.python, config.path_map):
            root = PathMap(config.path_map).there(config.root)
            return FarSpare(*spawn_far(need.python, PROCESS_ENTRY, config.root, root))
        template = self._template(need.python, config.root)
        if template is not None:
            return template.fork(serial)
        child, line = spawn(need.python, PROCESS_ENTRY, config.root)
        return ProcessSpare(child, socket.socket(fileno=line))

    def retire(self) -> None:
        """Whoever has used these spares is gone: the next one gets new templates."""
        for template in self._templates.values():
            template.retire()
        self._templates.clear()
        self._unable.clear()

    def close(self) -> None:
        """End the templates now, with all that they have forked."""
        for template in self._templates.values():
            template.close()

    def describe(self) -> tuple[AgentInfo, ...]:
        """One line for each template."""
        return tuple(template.describe() for template in self._templates.values() if template.alive)

    def _template(self, python: tuple[str, ...], root: str) -> Template | None:
        """The one to ask; None where none can fork."""
        template = self._templates.get(python)
        if template is not None and not template.can_fork:
            self._unable.add(python)
        if python in self._unable or not self._forks:
            return None
        if template is None or not template.alive:
            template = self._templates[python] = Template(python, root)
        return template
