"""Shadow runs: while nobody waits, what changes have left out is tried, to find out what selection misses.

`companion.core.impact.shadowing` decides what is tried, and what it means that something comes out otherwise.
"""

import time
from collections.abc import Callable, Collection, Sequence
from dataclasses import replace

from companion.config import Config
from companion.core.board import file_of
from companion.core.impact.shadowing import Duty, Skip, Tried, in_order, one_session
from companion.errors import CodecError
from companion.messages import ItemFinished, Miss, Overlay, RunItems, Status
from companion.runtime.remembered import recalled
from companion.runtime.wire import HEADER, dumps, loads
from companion.workers.loop import Loop, Timer
from companion.workers.running.aside import Aside
from companion.workers.running.asked import asked
from companion.workers.running.battery import ON_BATTERY, on_battery
from companion.workers.running.flips import Flip, Flips, Session
from companion.workers.running.impact.impact import Impact
from companion.workers.running.impact.traces import EXTERNAL, OPAQUE
from companion.workers.running.reds import is_given_up
from companion.workers.running.sources import Sources

AGAIN = 60.0
"""Seconds after which it is tried again where there was no spare."""
TRIED = "tried"
SOURCE = "selection"
"""Of statuses."""


class Shadows:
    """``tell`` gets what people are to see."""

    def __init__(  # noqa: PLR0913 - all that a session needs
        self,
        loop: Loop,
        config: Config,
        aside: Aside,
        impact: Impact,
        sources: Sources,
        *,
        tell: Callable[[ItemFinished | Status], None],
        ordered: Callable[[str], None],
        clock: Callable[[], float] = time.monotonic,
        battery: Callable[[], bool] = on_battery,
    ) -> None:
        self._loop, self._config, self._aside = loop, config, aside
        self._impact, self._sources = impact, sources
        self._tell, self._ordered, self._clock, self._on_battery = tell, ordered, clock, battery
        self.may: Callable[[], bool] = lambda: True
        """Whether tests may be run that nobody asked for."""
        self._texts = impact.texts
        self._flips = Flips(impact, self._run)
        self._tried = _unpacked(impact.records.memo(TRIED))
        self._seen: dict[str, int] = {}
        self._waiting: list[Skip] = []
        self._planned = self._generation = 0
        self._missed: set[str] = set()
        self._duty, self._is_busy, self._ticket = Duty(), False, 0
        self._timer: Timer | None = None

    def finished(self, message: ItemFinished) -> None:
        """An item has run because somebody wanted it to."""
        self._seen[message.id] = self._texts.mark
        self._generation = message.generation
        if message.id in self._missed:
            self._missed.discard(message.id)
            if not self._missed:
                self._tell(Status(SOURCE, "ok", "what selection missed has run again"))

    def begin(self) -> None:
        """Nobody waits for anything, so far."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._is_busy or self._aside.busy or not self._may_begin():
            return
        rest = max(self._duty.rest(self._clock()), ON_BATTERY if self._on_battery() else 0.0)
        if rest > 0:
            self._timer = self._loop.call_later(rest, self.begin)
        else:
            self._next()

    def stop(self) -> None:
        """Somebody does: what is under way is tried again later."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._planned = -1
        if self._is_busy:
            self._ended()
            self._aside.stop(self._ticket)

    @property
    def told(self) -> tuple[int, int, tuple[Miss, ...]]:
        """How many of the latest skips were tried, how many of these were misses, and those that are known."""
        return self._tried.number, self._tried.misses, self._impact.records.misses.latest()

    # --- what to try --------------------------------------------------------------------------------------

    def _may_begin(self) -> bool:
        if not self._config.shadow_runs or not self.may() or self._impact.broken:
            return False
        return self._plan()

    def _plan(self) -> bool:
        """Whether something is left to try."""
        mark = self._texts.mark
        if self._planned != mark:
            self._planned, self._waiting = mark, in_order(self._skips(mark), mark)
        self._waiting = [skip for skip in self._waiting if self._seen.get(skip.id, 0) < mark]
        if not self._waiting:
            self._texts.forget(mark)
        return bool(self._waiting)

    def _skips(self, mark: int) -> list[Skip]:
        """What has not run since the latest change, and is not about to."""
        self._impact.recording.keep()
        stale = self._impact.records.stale()
        near: dict[int, frozenset[str]] = {}
        found: list[Skip] = []
        for test, name, seconds in self._impact.records.without(EXTERNAL | OPAQUE):
            seen = self._seen.get(name, 0)
            if seen < mark and name not in stale.get(test, ()):
                near[seen] = near[seen] if seen in near else self._near(seen)
                found.append(Skip(name, seconds, test in near[seen]))
        return found

    def _near(self, mark: int) -> frozenset[str]:
        """Test files that import something that has changed since then."""
        return frozenset(test for path in self._texts.since(mark) for test in self._impact.known.importers(path))

    # --- sessions -----------------------------------------------------------------------------------------

    def _next(self) -> None:
        number = one_session(self._waiting)
        chosen, self._waiting = self._waiting[:number], self._waiting[number:]
        ids = [skip.id for skip in chosen]
        self._run(dict.fromkeys(map(file_of, ids)), lambda session: self._compare(ids, session), chosen=ids)

    def _run(
        self,
        files: Collection[str],
        over: Callable[[Session], None],
        *,
        chosen: Collection[str] | None = None,
        overlays: tuple[Overlay, ...] = (),
    ) -> None:
        """See `companion.workers.running.flips.Runs`."""
        limit = self._config.item_timeout
        order = RunItems(
            0, (*asked(self._config.pytest_args).arguments, *files), (), limit,
            overlays=overlays, trace="codes", chosen=self._may_run(files, chosen),
        )  # fmt: skip
        session = Session(self._impact.recording.aside())
        self._is_busy = True
        self._duty.begin(self._clock())
        between = max(limit, self._config.start_timeout)
        self._ticket = self._aside.begin(
            "process",
            order,
            lambda said: self._over(session, over if said.began else self._put_off),
            between,
            each=limit,
            hears=session.hear,
        )

    def _may_run(self, files: Collection[str], chosen: Collection[str] | None) -> tuple[str, ...]:
        """Of these, or of all, what is known not to reach outside, and did not hang or take its process along when it
        ran last: not what nobody has seen yet, or calls itself otherwise in each session."""
        items = {of.id: of for file in files for of in self._impact.records.items(file).values()}
        last = self._stored(tuple(items))
        wanted = items if chosen is None else set(chosen)
        return tuple(
            name
            for name, of in items.items()
            if name in wanted
            and not of.flags & (EXTERNAL | OPAQUE)
            and not (name in last and is_given_up(last[name]))
        )

    def _over(self, session: Session, over: Callable[[Session], None]) -> None:
        self._ended()
        over(session)

    def _put_off(self, _session: Session) -> None:
        """There was no spare for it: another time."""
        self._planned = -1
        self._timer = self._loop.call_later(AGAIN, self.begin)

    def _ended(self) -> None:
        self._is_busy = False
        self._duty.end(self._clock())

    # --- what they show -----------------------------------------------------------------------------------

    def _compare(self, ids: Sequence[str], session: Session) -> None:
        flips: list[Flip] = []
        same: list[Flip] = []
        stored = self._stored(ids)
        for node_id in ids:
            result, before = session.results.get(node_id), stored.get(node_id)
            if result is None or before is None:  # it is not there, or its session broke off
                self._seen[node_id] = self._texts.mark
                continue
            flip = Flip(before, self._seen.get(node_id, 0), result, session, [result.outcome])
            if flip.next() == "same":
                same.append(flip)
            else:
                flips.append(flip)
        self._keep_same(session, same)
        session.recording.keep()
        self._keep_tried()
        self._flips.begin(flips, self._concluded)

    def _keep_same(self, session: Session, flips: Sequence[Flip]) -> None:
        """What ran over a change that nobody has told yet shows nothing."""
        known: dict[tuple[str, int], bool] = {}
        for flip in flips:
            key = file_of(flip.stored.id), flip.mark
            if key not in known:
                known[key] = self._is_as_told(flip)
            if known[key]:
                self._conclude(flip)
                result = replace(flip.last, generation=flip.stored.generation, lane=flip.stored.lane)
                session.recording.finished(session.recording.item(result))

    def _stored(self, ids: Sequence[str]) -> dict[str, ItemFinished]:
        kept = {
            name: data
            for file in dict.fromkeys(map(file_of, ids))
            for name, data in self._impact.records.results_of(file).items()
        }
        found = {name: recalled(kept[name], ItemFinished) for name in ids if name in kept}
        return {name: message for name, message in found.items() if message is not None}

    def _concluded(self, flips: Sequence[Flip]) -> None:
        """All is known of these: back to rest."""
        for flip in flips:
            if flip.last.outcome == flip.stored.outcome or self._is_as_told(flip):
                self._conclude(flip)
        self._keep_tried()
        self.begin()

    def _conclude(self, flip: Flip) -> None:
        node_id, meaning = flip.stored.id, flip.next()
        self._seen[node_id] = self._texts.mark
        if meaning == "unknown":
            return
        self._tried = self._tried.after(missed=meaning == "miss")
        if meaning == "same":
            return
        if meaning == "miss":
            self._remember(flip, sorted(self._texts.since(flip.mark)))
        elif meaning == "order-dependent":
            self._ordered(file_of(node_id))
        message = flip.session.recording.item(flip.concluded(self._generation))
        if message.outcome != flip.stored.outcome:
            flip.session.recording.finished(message)
            flip.session.recording.keep()
        self._tell(message)

    def _remember(self, flip: Flip, files: Sequence[str]) -> None:
        self._impact.records.misses.keep(Miss(time.time(), flip.stored.id, tuple(files)))
        self._missed.add(flip.stored.id)
        self._tell(Status(SOURCE, "warning", _sentence(flip, files)))

    def _is_as_told(self, flip: Flip) -> bool:
        """Whether the disk holds what is known: else a change is about to be told, and whom it concerns runs."""
        paths = {*self._impact.records.closure(file_of(flip.stored.id)), *self._texts.since(flip.mark)}
        known = {path: self._impact.known.hash(path) for path in paths}
        return all(self._sources.reread(path) == content for path, content in known.items() if content)

    def _keep_tried(self) -> None:
        self._impact.records.keep_memo(TRIED, _packed(self._tried))


def _sentence(flip: Flip, files: Sequence[str]) -> str:
    some = ", ".join(files[:3]) + (f" and {len(files) - 3} more files" if len(files) > 3 else "")
    was, now = flip.stored.outcome, flip.last.outcome
    return (
        f"selection missed {flip.stored.id}: {was} before {some} changed, {now} since; it runs with that from now on"
    )


def _packed(tried: Tried) -> bytes:
    return dumps((tried.number, tried.bits.to_bytes((tried.bits.bit_length() + 7) // 8, "little")))


def _unpacked(data: bytes | None) -> Tried:
    try:
        found = loads((data or b"")[HEADER:])
    except CodecError:
        return Tried()
    match found:
        case (int(number), bytes(bits)):
            return Tried(number, int.from_bytes(bits, "little"))
        case _:
            return Tried()
