"""Who says what a mutation does to a suite: plain pytest, which runs everything, and testmon, which selects."""

import shutil
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from benchmarks.answering import Answering
from benchmarks.sandbox import environment
from benchmarks.watched import TRACING

ORACLE = str(Path(__file__).parents[1] / "oracle.py")
LONGEST = 60
"""Seconds that a whole suite may take: mutants loop."""
ON = "--continue-on-collection-errors"
CACHE = ("-p", "cacheprovider")
"""Testmon asks for one of its options."""
DATABASE = ".testmondata"

type Outcomes = dict[str, str]
"""By node id, or by the path of a file that could not be collected."""


class Plain:
    """As context manager: a process for one project, which forks for each run and has imported nothing but pytest.

    ``options`` are pytest's.
    """

    def __init__(self, root: Path, python: str, options: Sequence[str] = ()) -> None:
        self.root = root
        self._options = (*options, ON)
        with environment({"PYTHONDONTWRITEBYTECODE": "1", **TRACING}):
            self._answering = Answering([python, "-P", ORACLE, str(LONGEST)], root)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._answering.__exit__(kind, error, trace)

    def outcomes(self) -> Outcomes | None:
        """Of one run; None if it did not end."""
        answer: Outcomes | None = self._answering.ask(self._options)
        return answer


class Testmon(Plain):
    """It knows the whole suite as it is without a mutation, and goes back to that after each."""

    def __init__(self, root: Path, python: str, options: Sequence[str] = ()) -> None:
        super().__init__(root, python, ("--testmon", *CACHE, *options))
        for kept in root.glob(f"{DATABASE}*"):
            kept.unlink()
        self._kept = root.with_name("testmondata")
        shutil.rmtree(self._kept, ignore_errors=True)
        self._kept.mkdir()

    def __enter__(self) -> Self:
        super().__enter__()
        self.outcomes()
        for file in self.root.glob(f"{DATABASE}*"):
            shutil.copy2(file, self._kept)
        return self

    def selected(self) -> Outcomes | None:
        """What it runs now."""
        try:
            return self.outcomes()
        finally:
            for file in self.root.glob(f"{DATABASE}*"):
                file.unlink()
            shutil.copytree(self._kept, self.root, dirs_exist_ok=True)
