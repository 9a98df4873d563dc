"""What changes have chosen to run."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Chosen:
    """Of one test file: these items, each with its reason, and all that nobody knows yet; None: all of it."""

    why: str
    items: Mapping[str, str] | None = None
