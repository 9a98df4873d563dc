"""The spares of a runner: asked for, warming, waiting, and thrown away."""

from collections import deque
from collections.abc import Callable

from companion.config import Config
from companion.messages import DropSpare, Lane, Message, NeedSpare, Prepare, Project, SpareReady
from companion.store.marker import Marker
from companion.workers.link import Link
from companion.workers.running.line import Line


class Pool:
    """At most one spare waits in each lane; ``heard`` gets what spares say."""

    def __init__(
        self,
        link: Link,
        config: Config,
        project: Project,
        marker: Marker,
        heard: Callable[[Line, Message], None],
    ) -> None:
        self._link, self._config, self._project, self._marker, self._heard = link, config, project, marker, heard
        self._waiting: dict[Lane, deque[Line]] = {"interpreter": deque(), "process": deque()}
        self._asked: dict[Lane, int] = {"interpreter": 0, "process": 0}
        self._preload: dict[str, None] = {}

    def learn(self, modules: tuple[str, ...]) -> None:
        """Later spares import these ahead."""
        self._preload.update(dict.fromkeys(modules))

    def ask(self, lane: Lane) -> None:
        """See to it that a spare waits in this lane soon."""
        if not self._asked[lane] and not self._waiting[lane] and not self._project.problem:
            self._asked[lane] = 1
            self._link.send(NeedSpare(lane, self._project.python))

    def take(self, lane: Lane) -> Line | None:
        """A spare for use, warm or becoming so; None if one has to be waited for, which has been asked for then."""
        if self._waiting[lane]:
            return self._waiting[lane].popleft()
        self.ask(lane)
        return None

    def ready(self, message: SpareReady) -> None:
        """The host has started one: tell it what to become."""
        self._asked[message.lane] = 0
        line = Line(message, self._link.loop, self._heard)
        line.send(
            Prepare(
                root=self._config.root,
                lane=message.lane,
                snapshot=self._project.snapshot,
                preload=tuple(self._preload),
                largest_report=self._config.largest_report,
                marker=self._marker.path if message.lane == "interpreter" else "",
                code_folder=self._config.code_folder,
            )
        )
        self._waiting[message.lane].append(line)

    def lost(self, lane: Lane) -> None:
        """The host could not start one."""
        self._asked[lane] = 0

    def discard(self, line: Line) -> None:
        """Throw it away, whatever it does."""
        line.close()
        if line in self._waiting[line.lane]:
            self._waiting[line.lane].remove(line)
        self._link.send(DropSpare(line.spare))

    def close(self) -> None:
        """End the conversations with those that wait."""
        for lines in self._waiting.values():
            for line in lines:
                line.close()
