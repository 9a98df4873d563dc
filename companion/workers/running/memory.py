"""What the runner learned about lanes, kept from run to run."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from fnmatch import fnmatchcase

from companion.config import Config
from companion.messages import Lane, Project


def lane_memory(config: Config, project: Project, moved: dict[str, str]) -> LaneMemory:
    """At a runner's start: what is configured, what the project's Python allows, and what was ``moved`` before."""
    possible = "interpreter" in project.lanes
    usual: Lane = "interpreter" if possible and config.lane == "interpreter" else "process"
    return LaneMemory(usual, moved=moved, forced=config.lanes if possible else ())


@dataclass(slots=True)
class LaneMemory:
    """Which lane holds which test file. ``usual`` is that of files which nothing is known of.

    ``proven`` files ended well in the interpreter lane; ``moved`` ones need a process, each with the reason.
    ``forced`` are patterns with their lanes, the first that matches counts. ``promoted`` is asked of all others.
    ``tried`` tells which files may have been.
    ``process_only`` is why nothing of the project can run in the interpreter lane, or empty.
    """

    usual: Lane = "interpreter"
    proven: set[str] = field(default_factory=set[str])
    moved: dict[str, str] = field(default_factory=dict[str, str])
    forced: tuple[tuple[str, Lane], ...] = ()
    promoted: Callable[[str], bool] = lambda _: False
    tried: Callable[[], Iterable[str]] = tuple
    process_only: str = ""

    @property
    def first(self) -> Lane:
        """The lane of files that nobody has seen yet."""
        return "process" if self.process_only else self.usual

    def of(self, file: str) -> Lane:
        """The lane that this file runs in now."""
        if self.process_only or file in self.moved:
            return "process"
        forced = self.forced_lane(file)
        if forced:
            return forced
        return "interpreter" if self.usual == "interpreter" or self.promoted(file) else "process"

    def may_choose(self, file: str) -> bool:
        """Whether a process may hold this file although an interpreter could: nothing is configured of it."""
        return self.usual == "process" and not self.forced_lane(file)

    def others(self, known: Iterable[str]) -> list[str]:
        """Of the files that are known in any way, those whose lane is not the first."""
        return [file for file in sorted({*known, *self.moved, *self.tried()}) if self.of(file) != self.first]

    def forced_lane(self, file: str) -> Lane | None:
        """What the configuration says of this file, if it does."""
        return next((lane for pattern, lane in self.forced if fnmatchcase(file, pattern)), None)

    def move(self, file: str, reason: str) -> None:
        """This file runs in the process lane from now on."""
        self.proven.discard(file)
        self.moved[file] = reason

    def forget(self, files: Iterable[str]) -> None:
        """These files are gone."""
        for file in files:
            self.proven.discard(file)
            self.moved.pop(file, None)
