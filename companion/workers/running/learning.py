"""What the runner learns from run to run, and knows again at its next start: lanes, durations, modules."""

from collections.abc import Mapping
from dataclasses import replace

from companion.config import Config
from companion.core.board import file_of
from companion.messages import Collected, ItemFinished, Lane, Outcome, Project, RunTests, SessionFinished
from companion.store.database import Database
from companion.store.fingerprint import Packages, environment_fingerprint, packages_of, packages_stamp
from companion.store.store import Store
from companion.version import own_version
from companion.workers.running.memory import LaneMemory
from companion.workers.running.pool import Pool
from companion.workers.running.promotion import Promotion
from companion.workers.running.sources import Sources, SuiteFacts


class Learning:
    """Gathers what results show; `keep` writes it when nobody waits for anything."""

    def __init__(
        self, config: Config, project: Project, facts: SuiteFacts, sources: Sources, lanes: LaneMemory, pool: Pool
    ) -> None:
        self._store = Store(config.root)
        self._snapshot, self._packages = project.snapshot, packages_stamp(project.snapshot)
        self._environment = environment_fingerprint(project.snapshot, own_version())
        self.facts, self._sources, self._lanes, self._pool = facts, sources, lanes, pool
        self.promotion = Promotion(self._store, self._environment, sources, lanes)
        lanes.content, lanes.promoted, lanes.noted = sources.content, self.promotion.promoted, self.promotion.stays
        lanes.tried = lambda: self.promotion.records
        facts.seconds |= self._store.seconds()
        self._modules: dict[str, None] = {}
        self._known_modules = 0
        self._recall()
        self._outcomes: dict[str, dict[str, Outcome]] = {}
        self._timed: dict[str, float | None] = {}
        self._ordered = self._store.order_dependent()

    @property
    def database(self) -> Database:
        """Where it is kept."""
        return self._store.database

    @property
    def packages(self) -> Packages:
        """What is installed, and where."""
        return packages_of(self._snapshot, self._environment)

    @property
    def problem(self) -> str:
        """Why something cannot be kept, or empty."""
        return self._store.problem

    def environment_changed(self) -> bool:
        """Whether it is another one than when this was last asked: what was learned holds no more, or holds again."""
        packages = packages_stamp(self._snapshot)
        if packages == self._packages:
            return False
        self._packages, before = packages, self._environment
        self._environment = environment_fingerprint(self._snapshot, own_version())
        if self._environment == before:
            return False
        self.promotion.save()
        self.promotion.environment = self._environment
        self._lanes.anew()
        self._recall()
        return True

    def collected(self, message: Collected) -> None:
        """A session knows what it will run."""
        self.facts.collected(message)

    def session(self, message: SessionFinished) -> None:
        """One over everything, or a part of it, is over: what it imported is imported ahead in the next spare."""
        self._pool.learn(message.modules)
        self._modules.update(dict.fromkeys(message.modules))
        self._sources.learn(message.sys_path)

    def depends_on_order(self, file: str) -> None:
        """An item of this file, as it is now, comes out otherwise without those before it."""
        self._ordered[file] = self._sources.content(file)
        self._store.keep_order_dependent({file: self._ordered[file]})

    @property
    def ordered(self) -> Mapping[str, str]:
        """Test files with items that depend on others, by path the content that showed it."""
        return self._ordered

    def in_file_order(self, order: RunTests) -> RunTests:
        """Single items of such a file are not run by themselves: all of it is, in its order."""
        if order.scope != "items":
            return order
        return replace(order, rerun=tuple(dict.fromkeys(map(self._or_its_file, order.rerun))))

    def _or_its_file(self, node_id: str) -> str:
        file = file_of(node_id)
        return file if file in self._ordered and self._ordered[file] == self._sources.content(file) else node_id

    def finished(self, message: ItemFinished) -> None:
        """An item has its outcome."""
        file = file_of(message.id)
        self.facts.took(message)
        if message.lane == "process":
            self._outcomes.setdefault(file, {})[message.id] = message.outcome
        else:
            self._outcomes.pop(file, None)

    def whole(self, file: str, items: tuple[str, ...]) -> None:
        """A file has run whole: it holds these items, or none any more."""
        self.facts.now_holds(file, items)
        self._timed[file] = self.facts.seconds.get(file)
        outcomes = self._outcomes.pop(file, {})
        if items and outcomes.keys() == set(items):
            self.promotion.ran(file, outcomes)
        else:
            self.promotion.forget(file)

    def lanes(self) -> dict[str, tuple[Lane, str]]:
        """Where each test file would run now, and why.

        Those that are known, from this life or an earlier one; else what looks like a test file.
        """
        earlier = tuple(filter(self._sources.exists, self.facts.seconds))
        return {file: self.promotion.lane(file) for file in self.facts.items or earlier or self._sources.usual_tests}

    def keep(self) -> None:
        """Write what is new."""
        self.promotion.save()
        if self._timed:
            self._store.keep_seconds(self._timed)
            self._timed = {}
        if len(self._modules) > self._known_modules:
            self._known_modules = len(self._modules)
            self._store.keep_modules(self._environment, self._modules)
        self._store.save()

    def close(self) -> None:
        """As `keep`, for the last time."""
        self.keep()
        self._store.close()

    def _recall(self) -> None:
        """What earlier runs have learned in this environment."""
        self.promotion.load()
        self._modules = dict.fromkeys(self._store.modules(self._environment))
        self._known_modules = len(self._modules)
        self._pool.learn(tuple(self._modules))
