"""What the runner learned about lanes, kept from run to run."""

from collections.abc import Iterable
from dataclasses import dataclass, field


@dataclass(slots=True)
class LaneMemory:
    """``proven`` files ended well in the interpreter lane; ``moved`` ones need a process, each with the reason.

    ``process_only`` is why nothing of the project can run in the interpreter lane, or empty.
    """

    proven: set[str] = field(default_factory=set[str])
    moved: dict[str, str] = field(default_factory=dict[str, str])
    process_only: str = ""

    def move(self, file: str, reason: str) -> None:
        """This file runs in the process lane from now on."""
        self.proven.discard(file)
        self.moved[file] = reason

    def forget(self, files: Iterable[str]) -> None:
        """These files are gone."""
        for file in files:
            self.proven.discard(file)
            self.moved.pop(file, None)
