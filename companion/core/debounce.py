"""Debouncing: many events on many paths become one burst, which is due once it has fallen silent.

The clock is the caller's: every method is told what time it is, in seconds of any clock that never goes back.
"""

FEW = 8
"""Paths up to which a burst can be somebody's save; with more, a tool is at work that goes on."""


class Debouncer:
    """Collects paths until nothing was added for ``quiet`` seconds, at most ``settle`` seconds from the first one.

    A burst of a few paths whose writers have all closed them is due after ``brief`` seconds.

    Laws: what is added, and not discarded, becomes due exactly once; never later than ``settle`` after the burst's
    first path.
    """

    def __init__(self, quiet: float, settle: float, brief: float | None = None) -> None:
        self._quiet, self._settle = quiet, settle
        self._brief = quiet if brief is None else min(brief, quiet)
        self._paths: dict[str, bool] = {}  # in order of arrival: whether it is whole
        self._first = 0.0
        self._last = 0.0

    def add(self, path: str, now: float, *, whole: bool = False) -> None:
        """Something happened to ``path``: the burst goes on, or begins. ``whole``: whoever wrote it has closed it."""
        if not self._paths:
            self._first = now
        self._paths[path] = whole
        self._last = now

    def discard(self, path: str) -> None:
        """``path`` is of no interest any more, and holds nothing up."""
        self._paths.pop(path, None)

    def __contains__(self, path: str) -> bool:
        """Whether the path is in the burst already."""
        return path in self._paths

    def deadline(self) -> float | None:
        """When the burst will be due if nothing else is added; None while there is none."""
        if not self._paths:
            return None
        return min(self._last + self._silence(), self._first + self._settle)

    def due(self, now: float) -> tuple[str, ...]:
        """The whole burst, each path once, if its time has come: it is over then. Empty otherwise."""
        deadline = self.deadline()
        if deadline is None or now < deadline:
            return ()
        burst = tuple(self._paths)
        self._paths.clear()
        return burst

    def _silence(self) -> float:
        is_save = len(self._paths) <= FEW and all(self._paths.values())
        return self._brief if is_save else self._quiet
