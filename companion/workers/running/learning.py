"""What the runner learns from run to run, and knows again at its next start: lanes, durations, modules."""

from companion.config import Config
from companion.core.board import file_of
from companion.messages import ItemFinished, Outcome, Project
from companion.store.fingerprint import environment_fingerprint
from companion.store.store import Store
from companion.version import own_version
from companion.workers.running.memory import LaneMemory
from companion.workers.running.promotion import Promotion
from companion.workers.running.sources import Sources, SuiteFacts


class Learning:
    """Gathers what results show; `keep` writes it when nobody waits for anything."""

    def __init__(
        self, config: Config, project: Project, facts: SuiteFacts, sources: Sources, lanes: LaneMemory
    ) -> None:
        self.store = Store(config.root)
        self._environment = environment_fingerprint(project.snapshot, own_version())
        self._facts = facts
        self.promotion = Promotion(self.store, self._environment, sources, lanes)
        self.promotion.load()
        facts.seconds |= self.store.seconds()
        self.modules = dict.fromkeys(self.store.modules(self._environment))
        self._known_modules = len(self.modules)
        self._outcomes: dict[str, dict[str, Outcome]] = {}
        self._timed: dict[str, float | None] = {}

    def finished(self, message: ItemFinished) -> None:
        """An item has its outcome."""
        file = file_of(message.id)
        self._facts.took(message)
        if message.lane == "process":
            self._outcomes.setdefault(file, {})[message.id] = message.outcome
        else:
            self._outcomes.pop(file, None)

    def whole(self, file: str, items: tuple[str, ...]) -> None:
        """A file has run whole: it holds these items, or none any more."""
        self._facts.now_holds(file, items)
        self._timed[file] = self._facts.seconds.get(file)
        outcomes = self._outcomes.pop(file, {})
        if items and outcomes.keys() == set(items):
            self.promotion.ran(file, outcomes)
        else:
            self.promotion.outcomes.pop(file, None)

    def imported(self, modules: tuple[str, ...]) -> None:
        """A session over everything imported these."""
        self.modules.update(dict.fromkeys(modules))

    def keep(self) -> None:
        """Write what is new."""
        self.promotion.save()
        if self._timed:
            self.store.keep_seconds(self._timed)
            self._timed = {}
        if len(self.modules) > self._known_modules:
            self._known_modules = len(self.modules)
            self.store.keep_modules(self._environment, self.modules)
        self.store.save()

    def close(self) -> None:
        """As `keep`, for the last time."""
        self.keep()
        self.store.close()
