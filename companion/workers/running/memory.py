"""What the runner learned about lanes, kept from run to run."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from fnmatch import fnmatchcase

from companion.config import Config
from companion.messages import Lane, Project


@dataclass(frozen=True, slots=True)
class Moved:
    """Why a file with this content hash needs a process."""

    content: str
    reason: str


def lane_memory(config: Config, project: Project, quarantined: Iterable[str], reason: str) -> LaneMemory:
    """At a runner's start: what is configured, what the project's Python allows, and what took an engine along."""
    possible = "interpreter" in project.lanes
    usual: Lane = "interpreter" if possible and config.lane == "interpreter" else "process"
    barred = dict.fromkeys(quarantined, reason)
    return LaneMemory(usual, barred=barred, forced=config.lanes if possible else ())


def _nobody(_file: str, _reason: str) -> None:
    """Nobody remembers what was moved."""


@dataclass(slots=True)
class LaneMemory:
    """Which lane holds which test file. ``usual`` is that of files which nothing is known of.

    ``proven`` files ended well in the interpreter lane. A file that was moved needs a process as long as it holds
    what it held then; edited, it runs there until it has been tried. ``barred`` ones never are, each for its reason.
    ``forced`` are patterns with their lanes, the first that matches counts. ``promoted`` is asked of all others.
    ``content`` is the hash of what a file holds now. ``tried`` tells which files may have been, ``noted`` hears of
    each that is moved. ``process_only`` is why nothing of the project can run in the interpreter lane, or empty.
    """

    usual: Lane = "interpreter"
    proven: set[str] = field(default_factory=set[str])
    barred: dict[str, str] = field(default_factory=dict[str, str])
    forced: tuple[tuple[str, Lane], ...] = ()
    content: Callable[[str], str] = lambda _: ""
    promoted: Callable[[str], bool] = lambda _: False
    tried: Callable[[], Iterable[str]] = tuple
    noted: Callable[[str, str], None] = _nobody
    process_only: str = ""
    _moved: dict[str, Moved] = field(default_factory=dict[str, Moved])
    _for_good: bool = False

    @property
    def first(self) -> Lane:
        """The lane of files that nobody has seen yet."""
        return "process" if self.process_only else self.usual

    def of(self, file: str) -> Lane:
        """The lane that this file runs in now."""
        if self.process_only or file in self.barred:
            return "process"
        forced = self.forced_lane(file)
        if forced:
            return "process" if self.reason(file) else forced
        if self.promoted(file):
            return "interpreter"
        return "process" if file in self._moved else self.usual

    def may_choose(self, file: str) -> bool:
        """Whether a process may hold this file although an interpreter could: nothing is configured of it."""
        return self.usual == "process" and not self.forced_lane(file)

    def others(self, known: Iterable[str]) -> list[str]:
        """Of the files that are known in any way, those whose lane is not the first."""
        return [file for file in sorted({*known, *self.barred, *self._moved, *self.tried()}) if self._is_other(file)]

    def any_other(self, files: Iterable[str]) -> bool:
        """Whether the lane of one of these is not the first."""
        return any(map(self._is_other, files))

    def forced_lane(self, file: str) -> Lane | None:
        """What the configuration says of this file, if it does."""
        return next((lane for pattern, lane in self.forced if fnmatchcase(file, pattern)), None)

    def reason(self, file: str) -> str:
        """Why this file, as it is now, needs a process; empty if that is not known."""
        moved = self._moved.get(file)
        known = moved.reason if moved is not None and moved.content == self.content(file) else ""
        return self.barred.get(file) or known

    def move(self, file: str, reason: str) -> None:
        """This file, as it is now, runs in the process lane."""
        self.proven.discard(file)
        self._moved[file] = Moved(self.content(file), reason)
        self.noted(file, reason)

    def bar(self, file: str, reason: str) -> None:
        """This file runs in the process lane, whatever it will hold: to try it may cost the engine."""
        self.proven.discard(file)
        self.barred[file] = reason

    def forget(self, files: Iterable[str]) -> None:
        """These files are gone."""
        for file in files:
            self.proven.discard(file)
            self.barred.pop(file, None)
            self._moved.pop(file, None)

    # --- the whole project --------------------------------------------------------------------------------

    def leave(self, reason: str, *, for_good: bool = False) -> None:
        """Nothing of the project can run in an interpreter."""
        if not self._for_good:
            self.process_only, self._for_good = reason, for_good

    def come_back(self) -> None:
        """What kept the project out of interpreters may be mended."""
        if not self._for_good:
            self.process_only = ""

    def anew(self) -> None:
        """The environment is another one: what files needed of it is not known any more."""
        self.come_back()
        self.proven.clear()
        self._moved.clear()

    def _is_other(self, file: str) -> bool:
        return self.of(file) != self.first
