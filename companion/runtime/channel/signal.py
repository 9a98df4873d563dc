"""A signal from one side of a channel to the other: cheap while the other is awake, a doorbell once it sleeps.

Bytes of the channel's shared state carry it: counts of what happened (modulo 256), and whether the listener has to be
rung. Neither side's order of reading and writing them is guaranteed by itself; both touch the queue that it is about
(of messages, or of loans that are given back), which has a lock, in between. The giver puts and then looks whether to
ring, the listener asks to be rung and then looks into that queue: whoever comes second sees what the first has done.
A count may still be the old one then: it says only when to look, and whoever is about to sleep does not go by it.
"""

import os

from companion.runtime.doorbell import Doorbell
from companion.runtime.fds import Deadline

SPINS = 1500 if (os.process_cpu_count() or 1) > 1 else 0
"""Looks at the count before a listener goes to sleep, about 50 us: waking a sleeping core costs as much."""


class Signal:
    """One direction's; ``rung`` is the place in ``state`` that says whether the listener has to be rung."""

    __slots__ = ("_rung", "_state", "bell")

    def __init__(self, bell: Doorbell, state: memoryview, rung: int) -> None:
        self.bell, self._state, self._rung = bell, state, rung

    def give(self, count: int) -> None:
        """One more of what is counted at this place has happened, and can be seen by now."""
        state = self._state
        state[count] = (state[count] + 1) & 255
        if state[self._rung]:
            self.bell.ring()

    def listen(self) -> None:
        """Be rung from now on. Look for what has happened only after this."""
        self._state[self._rung] = 1

    def ignore(self) -> None:
        """Not be rung any more: awake."""
        self._state[self._rung] = 0

    def spin(self, count: int, seen: int) -> bool:
        """Watch the count at this place for a moment; True as soon as it is another one than ``seen``."""
        state, left = self._state, SPINS
        while state[count] == seen:
            if not left:
                return False
            left -= 1
        return True

    def wait(self, deadline: Deadline) -> None:
        """Sleep until the bell rings. Raises TimeoutError."""
        if self.bell.wait(deadline.left()):
            self.bell.clear()
