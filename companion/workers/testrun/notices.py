"""What guards notice, on its way to whoever tells of it.

This module also runs in the project's own Python (3.10 or later).
"""

from companion.workers.testrun.whereabouts import Whereabouts


class Notices:
    """Before a session knows where it is, a spare only gets warm: what is noticed then keeps it from that."""

    def __init__(self) -> None:
        self._early: list[str] = []
        self._whereabouts: Whereabouts | None = None

    @property
    def first(self) -> str:
        """What was noticed first while the spare got warm, or empty."""
        return self._early[0] if self._early else ""

    def pass_on(self, whereabouts: Whereabouts) -> None:
        """A session begins."""
        self._whereabouts = whereabouts

    def refused(self, reason: str) -> None:
        """An extension refuses to load."""
        if self._whereabouts is None:
            self._early.append(reason)
        else:
            self._whereabouts.refused(reason)

    def touched(self, reason: str) -> None:
        """Something is not for an interpreter."""
        if self._whereabouts is None:
            self._early.append(reason)
        else:
            self._whereabouts.touched(reason)

    def marked(self) -> str:
        """The test file that runs or is imported; see `Whereabouts.mark`."""
        return self._whereabouts.marked if self._whereabouts is not None else ""

    def mark(self, file: str) -> None:
        """See `Whereabouts.mark`."""
        if self._whereabouts is not None:
            self._whereabouts.mark(file)
