"""Debouncing: many events on many paths become one burst, which is due once it has fallen silent.

The clock is the caller's: every method is told what time it is, in seconds of any clock that never goes back.
"""


class Debouncer:
    """Collects paths until nothing was added for ``quiet`` seconds, at most ``settle`` seconds from the first one.

    Laws: what is added becomes due exactly once; never later than ``settle`` after the burst's first path.
    """

    def __init__(self, quiet: float, settle: float) -> None:
        self._quiet = quiet
        self._settle = settle
        self._paths: dict[str, None] = {}  # a set in order of arrival
        self._first = 0.0
        self._last = 0.0

    def add(self, path: str, now: float) -> None:
        """Something happened to ``path``: the burst goes on, or begins."""
        if not self._paths:
            self._first = now
        self._paths[path] = None
        self._last = now

    def __contains__(self, path: str) -> bool:
        """Whether the path is in the burst already."""
        return path in self._paths

    def deadline(self) -> float | None:
        """When the burst will be due if nothing else is added; None while there is none."""
        if not self._paths:
            return None
        return min(self._last + self._quiet, self._first + self._settle)

    def due(self, now: float) -> tuple[str, ...]:
        """The whole burst, each path once, if its time has come: it is over then. Empty otherwise."""
        deadline = self.deadline()
        if deadline is None or now < deadline:
            return ()
        burst = tuple(self._paths)
        self._paths.clear()
        return burst
