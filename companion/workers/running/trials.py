"""Trying test files in an interpreter while nobody waits for anything.

Several files are tried together, in one session. A refusal that does not say which of them it concerns has each half
tried by itself.
"""

from collections.abc import Callable

from companion.config import Config
from companion.messages import RunItems
from companion.workers.running.aside import Aside, Said
from companion.workers.running.promotion import Promotion

MOST = 64
"""Files that are tried together."""
LONGEST = 20.0
"""Seconds of a trial; what has not ended by then is not tried again."""
IN_VAIN = 3
"""Files in a row that are refused for one reason, one by one, after which all others are believed to be."""


class Trials:
    """One after the other, while nothing else runs; ``over`` is called when there is nothing more to try."""

    def __init__(self, config: Config, aside: Aside, promotion: Promotion, over: Callable[[], None]) -> None:
        self._config, self._aside, self._promotion, self._all_over = config, aside, promotion, over
        self._waiting: list[tuple[str, ...]] = []
        self._refusals: list[str] = []

    def begin(self) -> None:
        """Nobody waits for anything."""
        if not self._aside.busy:
            candidates = self._promotion.candidates()
            self._waiting = [candidates[at : at + MOST] for at in range(0, len(candidates), MOST)]
            self._next()

    def stop(self) -> None:
        """A run begins: whatever is tried is given up, and tried again later."""
        self._waiting.clear()
        self._aside.stop()

    def _next(self) -> None:
        if not self._waiting:
            self._all_over()
            return
        files = self._waiting.pop(0)
        contents = {file: self._promotion.sources.content(file) for file in files}
        order = RunItems(0, self._config.pytest_args, (), self._config.item_timeout, (), files)
        self._aside.begin("interpreter", order, lambda said: self._over(contents, said), LONGEST)

    def _over(self, contents: dict[str, str], said: Said) -> None:
        files = tuple(contents)
        if said.refused or said.problem:
            self._divide(files, said)
        else:
            for file in files:
                self._judge(file, contents[file], said)
        self._next()

    def _judge(self, file: str, content: str, said: Said) -> None:
        if file in said.reasons:
            self._promotion.stays(file, said.reasons[file])
        else:
            self._refusals.clear()
            self._promotion.judge(file, content, said.outcomes.get(file, {}))

    def _divide(self, files: tuple[str, ...], said: Said) -> None:
        """One of them is to blame, or all are."""
        middle = len(files) // 2
        if middle:
            self._waiting[:0] = [files[:middle], files[middle:]]
            return
        reason = said.refused or said.problem
        self._promotion.stay(files, reason)
        self._refusals = [*self._refusals, reason][-IN_VAIN:]
        if self._refusals == [reason] * IN_VAIN:
            self._promotion.stay((file for waiting in self._waiting for file in waiting), reason)
            self._waiting.clear()
