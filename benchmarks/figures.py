"""Figures out of samples. Pure."""

import math
from collections.abc import Sequence


def quantile(samples: Sequence[float], part: float) -> float:
    """The smallest sample that at least this part of them does not exceed. There must be one."""
    return sorted(samples)[max(0, math.ceil(part * len(samples)) - 1)]


def median(samples: Sequence[float]) -> float:
    """The middle sample."""
    return quantile(samples, 0.5)


def duration(seconds: float) -> str:
    """Three digits and a unit."""
    for unit, size in (("s", 1.0), ("ms", 1e-3)):
        if seconds >= size:
            return f"{three(seconds / size)} {unit}"
    return f"{three(seconds * 1e6)} us"


def times(ratio: float) -> str:
    """A ratio, as "so many times"."""
    return f"{three(ratio)} x"


def three(value: float) -> str:
    """Three digits, without an exponent."""
    if value >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def megabytes(size: float) -> str:
    """Bytes as MB."""
    return f"{size / 1e6:.1f} MB"
