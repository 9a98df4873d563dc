"""Whether a red is believed, and what running it again has shown. Pure.

A test that fails where nothing that it depends on has changed, or that was not run as plain pytest runs it, may fail
for a reason that is not in the code: it is run again by itself, then with its whole file in the process lane, before
people are sent to look for a mistake.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from companion.core.board import RED
from companion.messages import Lane, Outcome

HUNG = "did not end within"
"""How it is told that an item was interrupted or given up: to run it again would take as long."""
MOST = 10
"""Reds that one run runs again."""
GREEN = frozenset({"passed", "xfailed", "xpassed"})

type Step = Literal["alone", "in file order"]
"""How to run it next: this item only; its whole file, from its beginning. Both in the process lane."""
type State = Literal["red", "flaky", "order-dependent", "needs process"]
"""``flaky``: both outcomes of the same code, told apart by nothing. ``order-dependent``: its outcome depends on the
items before it. ``needs process``: red in the interpreter lane only, so what it does in a process is what counts."""


@dataclass(frozen=True, slots=True)
class Red:
    """An item that failed, and how it was run.

    ``plain``: by one session over the whole suite, in pytest's own order and with nothing at its side. ``before`` is
    what it was last, ``unknown`` also where that was flaky; ``affected``: what it depends on has changed since.
    """

    id: str
    lane: Lane
    plain: bool
    before: Literal["green", "red", "unknown"]
    affected: bool

    @property
    def as_pytest(self) -> bool:
        """Plain pytest would have run it just so."""
        return self.plain and self.lane == "process"

    @property
    def to_confirm(self) -> bool:
        """It is no surprise, but an interpreter's word: whether a process says so too is all there is to ask."""
        return self.lane == "interpreter" and not self.surprising

    @property
    def surprising(self) -> bool:
        """There is no reason yet to believe that it is red."""
        if self.affected or self.before == "red":
            return False
        return self.before == "green" or not self.as_pytest


def to_rerun(reds: Sequence[Red], ran: int, most: int = MOST) -> tuple[Red, ...]:
    """Of a run's reds, in their order, those to look into; ``ran`` is how many items it ran.

    None where more than ``most`` surprise, and they are more than half of what ran: then something that all of them
    need is broken, and running them again would tell no more.
    """
    surprising = tuple(red for red in reds if red.surprising)
    if len(surprising) > most and 2 * len(surprising) > ran:
        return ()
    return surprising[:most]


def decide(red: Red, reruns: Sequence[Outcome | None] = ()) -> Step | State:
    """The next step, or what the item is; ``reruns`` are the outcomes of the steps so far, in order.

    None: that run said nothing of this item. What neither passed nor failed (a skip) proves nothing: it stays red.
    """
    shown = [_colour(outcome) for outcome in reruns]
    if not red.surprising or "none" in shown:
        return "red"
    match shown:
        case []:
            return "alone"
        case ["red"]:
            return "red"  # and in file order it was red to begin with
        case [_]:
            return "in file order"
        case ["green", "green"]:
            return "needs process" if red.lane == "interpreter" else "flaky"
        case _:
            return "order-dependent"


def _colour(outcome: Outcome | None) -> Literal["green", "red", "none"]:
    if outcome in GREEN:
        return "green"
    return "red" if outcome in RED else "none"
