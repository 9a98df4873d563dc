"""Skipped items that came out otherwise when they were tried: is it chance, order, or has selection missed them?"""

import zlib
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

from companion.core.board import file_of
from companion.core.impact.shadowing import Meaning, Step, decide
from companion.core.impact.texts import LAID, UNKNOWN
from companion.core.text import content_hash
from companion.messages import EVERYTHING, ItemFinished, Loaded, Message, Outcome, Overlay, Traced
from companion.workers.running.impact.impact import Impact
from companion.workers.running.impact.recording import Recording
from companion.workers.running.line import Line

SAYS = {
    "flaky": "passed and failed with nothing changed: {0}",
    "order-dependent": "depends on which tests run before it: {0}",
}


@dataclass(slots=True)
class Session:
    """What one told of the items that it ran, and what of the project they executed."""

    recording: Recording
    results: dict[str, ItemFinished] = field(default_factory=dict[str, ItemFinished])

    def hear(self, line: Line, message: Message) -> None:
        """What its spare says."""
        match message:
            case Loaded() | Traced():
                self.recording.heard(line, message)
            case ItemFinished():
                self.results[message.id] = message
            case _:
                pass


@dataclass(slots=True)
class Flip:
    """An item that came to something else than ``stored``, which it came to at ``mark``; ``last`` is what it came to
    last as everything is now, in ``session``."""

    stored: ItemFinished
    mark: int
    last: ItemFinished
    session: Session
    shown: list[Outcome | None]

    def next(self) -> Step | Meaning:
        """See `decide`."""
        return decide(self.stored.outcome, self.shown)

    def take(self, session: Session) -> None:
        """It was run once more."""
        self.last, self.session = session.results.get(self.stored.id, self.last), session
        self.shown.append(self.last.outcome if self.stored.id in session.results else None)

    def concluded(self, generation: int) -> ItemFinished:
        """As people are shown it."""
        meaning = self.next()
        state = meaning if meaning == "flaky" or meaning == "order-dependent" else ""  # noqa: PLR1714 - narrows
        says = SAYS[state].format(self.last.message or self.stored.message) if state else self.last.message
        return replace(self.last, generation=generation, state=state, message=says)


class Runs(Protocol):
    """Runs items of these files, all that may be or those ``chosen``, with ``overlays`` laid over the disk; ``over``
    is called once, unless somebody has other plans."""

    def __call__(
        self,
        files: Collection[str],
        over: Callable[[Session], None],
        *,
        chosen: Collection[str] | None = None,
        overlays: tuple[Overlay, ...] = (),
    ) -> None: ...


class Flips:
    """Those of one session at a time."""

    def __init__(self, impact: Impact, run: Runs) -> None:
        self._impact, self._run = impact, run
        self._flips: Sequence[Flip] = ()
        self._over: Callable[[Sequence[Flip]], None] = lambda _: None

    def begin(self, flips: Sequence[Flip], over: Callable[[Sequence[Flip]], None]) -> None:
        """Look into these; ``over`` gets them when all is known, unless a session of them is stopped."""
        self._flips, self._over = flips, over
        self._next()

    def _next(self) -> None:
        again, ordered, before = (self._waiting_for(step) for step in ("again", "in file order", "before"))
        if again:
            self._run(_files(again), lambda session: self._took(again, session), chosen=_ids(again))
        elif ordered:
            self._run(_files(ordered), lambda session: self._took(ordered, session))
        elif before:
            self._as_before([flip for flip in before if flip.mark == before[0].mark])
        else:
            self._over(self._flips)

    def _waiting_for(self, step: str) -> list[Flip]:
        return [flip for flip in self._flips if flip.next() == step]

    def _took(self, flips: Sequence[Flip], session: Session) -> None:
        for flip in flips:
            flip.take(session)
        self._next()

    def _as_before(self, flips: Sequence[Flip]) -> None:
        """With what changed since as it was when they ran last."""
        overlays = self._snapshot(flips[0].mark)
        if overlays:
            self._run(_files(flips), lambda session: self._was(flips, session, overlays), overlays=overlays)
            return
        for flip in flips:  # nobody knows how it was; or it is as it was
            flip.shown.append(None if overlays is None else flip.last.outcome)
        self._next()

    def _was(self, flips: Sequence[Flip], session: Session, overlays: tuple[Overlay, ...]) -> None:
        """Who reads a file past Python, or by its own means, reads what the disk holds now: that tells nothing."""
        laid = {overlay.path for overlay in overlays}
        data = any(not path.endswith(".py") for path in laid)
        for flip in flips:
            result = session.results.get(flip.stored.id)
            is_evidence = result is not None and not {*result.disk_reads} & {*laid, EVERYTHING}
            shown = result.outcome if result is not None and is_evidence else None
            flip.shown.append(None if data and shown != flip.stored.outcome else shown)
        self._next()

    def _snapshot(self, mark: int) -> tuple[Overlay, ...] | None:
        """None where nobody knows, or it would be too much."""
        found: list[Overlay] = []
        room = LAID
        for path, before in self._impact.texts.since(mark).items():
            if before == UNKNOWN:
                return None
            text = None if before is None else zlib.decompress(before)
            if (content_hash(text) if text is not None else "") != self._impact.known.hash(path):
                found.append(Overlay(path, text))
                room -= len(text or b"")
            if room < 0:
                return None
        return tuple(found)


def _files(flips: Sequence[Flip]) -> list[str]:
    return list(dict.fromkeys(file_of(flip.stored.id) for flip in flips))


def _ids(flips: Sequence[Flip]) -> set[str]:
    return {flip.stored.id for flip in flips}
