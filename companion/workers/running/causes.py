"""Where red items first differ from their last green runs: found out when a run is over, and nobody waits.

Each is run twice more, as everything was when it was green last and as it is, and what the changed definitions do is
compared by `companion.core.impact.cause`.
"""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace

from companion.config import Config
from companion.core.board import RED, file_of
from companion.core.impact.cause import Story, data_cause, first_difference
from companion.messages import (
    EVERYTHING,
    Cause,
    ItemFinished,
    Message,
    Moment,
    Overlay,
    RunItems,
    ValuesRun,
    Watched,
)
from companion.workers.loop import Timer
from companion.workers.running.aside import Aside, Said
from companion.workers.running.impact.greens import Greens
from companion.workers.running.impact.impact import Impact
from companion.workers.running.impact.past import Comparisons, Past
from companion.workers.running.line import Line
from companion.workers.running.reds import is_given_up

MOST = 5
"""Red items of a run that are looked into."""
BUSY = 0.5
"""Seconds after which it is looked again whether somebody's session is over."""


@dataclass(slots=True)
class Session:
    """What one told of items that were looked into."""

    results: dict[str, ItemFinished] = field(default_factory=dict[str, ItemFinished])
    stories: dict[str, Story] = field(default_factory=dict[str, Story])
    _shared: list[Moment] = field(default_factory=list[Moment])
    _whole: bool = True

    def hear(self, _line: Line, message: Message) -> None:
        """What its spare says."""
        match message:
            case ValuesRun(owner=""):
                self._shared += message.moments
                self._whole = self._whole and message.whole
            case ValuesRun():
                shared = tuple(self._shared) if self._whole else ()
                self.stories[message.owner] = Story((*shared, *message.moments), message.whole)
            case ItemFinished():
                self.results[message.id] = message
            case _:
                pass

    def story(self, node_id: str) -> Story:
        """Of an item, with what was done before for all."""
        return self.stories.get(node_id) or Story(tuple(self._shared), self._whole)


class Causes:
    """Those of one run at a time. ``tell`` gets an item once more, with its cause."""

    def __init__(
        self,
        config: Config,
        aside: Aside,
        impact: Impact,
        *,
        tell: Callable[[ItemFinished], None],
        over: Callable[[], None],
        later: Callable[[float, Callable[[], None]], Timer],
    ) -> None:
        self._config, self._aside, self._impact = config, aside, impact
        self._tell, self._is_over, self._later = tell, over, later
        self._greens = Greens(config.root, impact.records, impact.known, impact.green)
        self._reds: dict[str, ItemFinished] = {}
        self._waiting: list[tuple[int, list[ItemFinished]]] = []
        self._current: list[tuple[int, list[ItemFinished]]] = []
        """What is looked into just now, if anything is."""
        self._comparisons = Comparisons()
        self._timer: Timer | None = None
        self._arguments: tuple[str, ...] = ()
        self._is_busy, self._ticket = False, 0

    def finished(self, message: ItemFinished) -> None:
        """An item has its outcome as everything is now."""
        self._greens.seen(message)
        self._reds.pop(message.id, None)
        if message.outcome in RED and not message.state and not message.external and not is_given_up(message):
            self._reds[message.id] = message

    def run_begins(self) -> None:
        """Before what has changed is taken in."""
        self.stop()
        self._greens.run_begins()

    def whole(self, path: str, items: Collection[str]) -> None:
        """A test file has run whole: where it could not be collected, it can be now."""
        if path not in items:
            self._greens.whole(path, items)

    def begin(self, arguments: tuple[str, ...]) -> None:
        """A run is over, and has shown everything. ``arguments`` are those that it gave pytest."""
        reds, self._reds = self._reds, {}
        self._greens.forget()
        if not self._config.shadow_runs:  # nobody else asks for these
            self._impact.texts.forget(self._impact.texts.mark)
        reaching = {file_of(name) for name in self._impact.recording.external}
        marks = {node_id: mark for node_id in reds if (mark := self._greens.mark(node_id)) is not None}
        chosen = [name for name in marks if not reaching.intersection(self._greens.files(name))]
        chosen.sort(key=lambda name: -marks[name])  # what was green until now comes first
        groups: dict[int, list[ItemFinished]] = {}
        for name in chosen[:MOST]:
            groups.setdefault(marks[name], []).append(reds[name])
        self._arguments = arguments
        self._waiting = [*groups.items()]
        self._next()

    def stop(self) -> None:
        """Somebody has other plans."""
        self.give_way()
        self._waiting.clear()
        self._reds.clear()

    def give_way(self) -> None:
        """Somebody waits for something else: what is looked into now is looked into again, see `go_on`."""
        if self._timer is not None:
            self._timer.cancel()
        if self._is_busy:
            self._is_busy = False
            self._aside.stop(self._ticket)
        self._waiting[:0], self._current = self._current, []

    def go_on(self) -> None:
        """Nobody waits any more; harmless if nothing is left to look into."""
        if self._waiting and not self._current and not self._aside.busy:
            self._next()

    # ------------------------------------------------------------------------------------------------------

    def _next(self) -> None:
        self._current, self._waiting = self._waiting[:1], self._waiting[1:]
        if self._current:
            ((mark, reds),) = self._current
            self._prepare(self._greens.past(mark, self._imported(self._files(reds))), reds)
        else:
            self._comparisons.clear()
            self._is_over()

    def _prepare(self, past: Past, reds: Sequence[ItemFinished]) -> None:
        """One file is compared in each turn of the loop: others want to be heard."""
        if past.pending and past.current:
            self._comparisons.advance(past)
        if past.pending and past.current:
            self._timer = self._later(0.0, lambda: self._prepare(past, reds))
            return
        old, new = past.watched()
        if past.current and (old or new):
            self._begin(past, reds, old, new)
        else:
            self._conclude_by_data(past, reds)
            self._next()

    def _begin(
        self, past: Past, reds: Sequence[ItemFinished], old: tuple[Watched, ...], new: tuple[Watched, ...]
    ) -> None:
        """Somebody may have begun a session while files were compared."""
        if self._aside.busy:
            self._timer = self._later(BUSY, lambda: self._begin(past, reds, old, new))
        else:
            self._look(past, reds, old, new)

    def _imported(self, files: Iterable[str]) -> set[str]:
        """All that these test files may execute; conftests are imported by pytest."""
        found = {path for file in files for path in (file, *self._impact.recording.closure(file, ()))}
        kept = {path for file in files for path in self._impact.records.closure(file)}
        return found | kept

    def _look(
        self, past: Past, reds: Sequence[ItemFinished], old: tuple[Watched, ...], new: tuple[Watched, ...]
    ) -> None:
        before = Session()

        def then(said: Said) -> None:
            if not said.began:  # there was no spare, and nothing to compare with
                self._waiting.clear()
                self._is_over()
                return
            now = Session()
            self._run(reds, now, (), new, lambda _: self._compare(past, reds, before, now))

        self._run(reds, before, past.overlays, old, then)

    def _run(
        self,
        reds: Sequence[ItemFinished],
        session: Session,
        overlays: tuple[Overlay, ...],
        spans: tuple[Watched, ...],
        over: Callable[[Said], None],
    ) -> None:
        limit = self._config.item_timeout
        files = self._files(reds)
        order = RunItems(
            0, (*self._arguments, *files), (), limit,
            overlays=overlays, trace="values", watched=spans, chosen=tuple(red.id for red in reds),
        )  # fmt: skip

        def ended(said: Said) -> None:
            self._is_busy = False
            over(said)

        self._is_busy = True
        between = max(limit, self._config.start_timeout)
        self._ticket = self._aside.begin("process", order, ended, between, each=limit, hears=session.hear)

    def _files(self, reds: Iterable[ItemFinished]) -> tuple[str, ...]:
        return tuple(dict.fromkeys(file for red in reds for file in self._greens.files(red.id)))

    # --- what is found ---------------------------------------------------------------------------------------

    def _compare(self, past: Past, reds: Sequence[ItemFinished], before: Session, now: Session) -> None:
        left: list[ItemFinished] = []
        for red in reds:
            then, today = before.results.get(red.id), now.results.get(red.id)
            if today is None or today.outcome not in RED:
                continue  # it is red by chance, or gone
            if then is not None and _is_same(then, today):
                if self._is_evidence(past, then):
                    self._told(red, Cause(red.path or file_of(red.id), max(1, red.line), ANYWAY))
                else:
                    left.append(red)
                continue
            found = first_difference(before.story(red.id), now.story(red.id), past.files)
            if found is not None:
                self._told(red, found)
            else:
                left.append(red)
        self._conclude_by_data(past, left)
        self._next()

    def _is_evidence(self, past: Past, then: ItemFinished) -> bool:
        """Whether it ran as everything was."""
        laid = {overlay.path for overlay in past.overlays}
        return (
            past.complete and not past.data and laid.isdisjoint(then.disk_reads) and EVERYTHING not in then.disk_reads
        )

    def _conclude_by_data(self, past: Past, reds: Sequence[ItemFinished]) -> None:
        for red in reds:
            paths = self._read_by(red.id, past)
            if paths:
                self._told(red, data_cause(paths[0], *past.data[paths[0]]))

    def _read_by(self, node_id: str, past: Past) -> list[str]:
        """Files of data that may be to blame. What is no item was not traced: for that it is the only change, or
        nothing."""
        read = self._impact.recording.reads(node_id)
        is_only = "::" not in node_id and len(past.data) == 1 and not past.is_code_other and past.complete
        return [path for path in past.data if path in read or is_only]

    def _told(self, red: ItemFinished, cause: Cause) -> None:
        self._tell(replace(red, cause=cause))


ANYWAY = "fails without what has changed since its last green run, too"


def _is_same(one: ItemFinished, other: ItemFinished) -> bool:
    """Whether they are red for the same reason; to be looked into may make a test fail that measures time."""
    return one.outcome in RED and (one.message, one.path) == (other.message, other.path)
