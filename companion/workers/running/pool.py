"""The spares of a runner: asked for, warming, waiting, and thrown away."""

from collections import Counter, deque
from collections.abc import Callable

from companion.config import Config
from companion.messages import DropSpare, Lane, Message, NeedSpare, Prepare, Project, RunItems, SpareReady
from companion.store.ledger import Ledgers
from companion.store.marker import Marker
from companion.workers.link import Link
from companion.workers.running.farside import FarSide
from companion.workers.running.line import Line

MOST_LEFT = 3
"""Interpreters that may be left behind, each with a test that does not end, before the lane is given up."""


class Pool:
    """The spares that wait, or become warm, in each lane; ``heard`` gets what spares say."""

    def __init__(
        self,
        link: Link,
        config: Config,
        project: Project,
        marker: Marker,
        heard: Callable[[Line, Message], None],
    ) -> None:
        self._link, self._config, self._project, self._marker, self._heard = link, config, project, marker, heard
        self._far = FarSide(project.python, config.path_map)
        self._ledgers = Ledgers(config.root)
        self._ledgers.clear()
        self._waiting: dict[Lane, deque[Line]] = {"interpreter": deque(), "process": deque()}
        self._asked: dict[Lane, int] = {"interpreter": 0, "process": 0}
        self._preload: dict[str, None] = {}
        self._closed: set[Lane] = set()
        self._ending: dict[int, str] = {}
        self._left: dict[int, str] = {}
        self.begun: Callable[[RunItems], Line | None] = lambda _: None
        """Takes the spare that has begun with this order already, if there is one."""

    def learn(self, modules: tuple[str, ...]) -> None:
        """Later spares import these ahead."""
        self._preload.update(dict.fromkeys(modules))

    def ask(self, lane: Lane, number: int = 1) -> None:
        """See to it that as many spares wait in this lane soon."""
        if lane in self._closed or self._project.problem:
            return
        for _ in range(number - self._asked[lane] - len(self._waiting[lane])):
            self._asked[lane] += 1
            self._link.send(NeedSpare(lane, self._project.python))

    def is_warm(self, lane: Lane) -> bool:
        """Whether a spare waits that can begin at once."""
        return any(line.warm is not None for line in self._waiting[lane])

    def take(self, lane: Lane) -> Line | None:
        """A spare for use, warm if there is one, or becoming so; None if one has to be waited for: ask for it."""
        waiting = self._waiting[lane]
        line = next((line for line in waiting if line.warm is not None), waiting[0] if waiting else None)
        if line is not None:
            waiting.remove(line)
        return line

    def take_for(self, order: RunItems, lane: Lane) -> Line | None:
        """As `take`, unless a spare has begun with this order."""
        return self.begun(order) or self.take(lane)

    def put_back(self, line: Line) -> None:
        """It was taken, and not used."""
        if line.lane in self._closed:
            self.discard(line)
            return
        self._waiting[line.lane].appendleft(line)

    def ready(self, message: SpareReady) -> None:
        """The host has started one: tell it what to become."""
        self.lost(message.lane)
        line = Line(message, self._link.loop, self._heard, self._far, self._ledgers.open(message.spare))
        if message.lane in self._closed:
            self.discard(line)
            return
        line.send(
            Prepare(
                root=self._config.root,
                lane=message.lane,
                snapshot=self._project.snapshot,
                preload=tuple(self._preload),
                largest_report=self._config.largest_report,
                marker=self._marker.entry(message.spare) if message.lane == "interpreter" else "",
                code_folder=self._config.code_folder,
            )
        )
        self._waiting[message.lane].append(line)

    def lost(self, lane: Lane) -> None:
        """One that was asked for is no longer on its way."""
        self._asked[lane] = max(0, self._asked[lane] - 1)

    def discard(self, line: Line) -> None:
        """Throw it away, whatever it does."""
        line.close()
        if line in self._waiting[line.lane]:
            self._waiting[line.lane].remove(line)
        if line.lane == "interpreter":
            known = line.batch.suspect if line.batch is not None and line.warm is not None else ""
            self._ending[line.spare] = known or self._marker.running(line.spare)
        self._link.send(DropSpare(line.spare))

    def give_up(self) -> None:
        """None waits any more; whoever needs one asks, and waits itself."""
        for lines in self._waiting.values():
            for line in list(lines):
                self.discard(line)

    def close_lane(self, lane: Lane) -> None:
        """No spare of this lane is asked for any more, and none is kept."""
        self._closed.add(lane)
        for line in list(self._waiting[lane]):
            self.discard(line)

    def open_lane(self, lane: Lane) -> None:
        """Spares of this lane may be asked for again."""
        self._closed.discard(lane)

    def close(self) -> None:
        """End the conversations with those that wait, and begin none."""
        self._closed |= self._waiting.keys()
        for lines in self._waiting.values():
            while lines:
                lines.pop().close()
        self._ledgers.clear()

    # --- those that were thrown away: interpreters end by themselves, or not at all ------------------------

    def ended(self, spare: int) -> None:
        """It is gone."""
        self._ledgers.end(spare)
        self._ending.pop(spare, None)
        self._left.pop(spare, None)

    def left_behind(self, spare: int) -> str:
        """It does not end: the file that keeps it, or empty if nobody knows."""
        known = self._ending.pop(spare, "") or self._left.get(spare, "")
        self._left[spare] = known or self._marker.running(spare)
        return self._left[spare]

    @property
    def left(self) -> tuple[str, ...]:
        """What each one that was left behind is busy with."""
        return tuple(self._left.values())

    @property
    def stuck(self) -> tuple[str, ...]:
        """Files that two were thrown away with, and neither has ended: no need to wait until they are left behind."""
        busy = Counter(file for file in self._ending.values() if file)
        return tuple(file for file, spares in busy.items() if spares > 1)
