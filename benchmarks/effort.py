"""How much a run of the benchmarks may take."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Effort:
    """Every benchmark scales its rounds by this."""

    share: float = 1.0
    """1.0 is a run whose figures count; less is a look whether things work."""

    def rounds(self, whole: int, least: int = 2) -> int:
        """So many of ``whole`` rounds, at least ``least``."""
        return max(least, round(whole * self.share))
