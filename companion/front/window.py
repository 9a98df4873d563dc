"""Where and when the live lines are shown."""

from dataclasses import dataclass
from typing import Literal

type Keys = Literal["heard", "none"]


@dataclass(frozen=True, slots=True)
class Window:
    """Columns, rows, monotonic seconds, whether anybody can press keys."""

    width: int
    height: int
    now: float
    keyboard: Keys = "heard"
