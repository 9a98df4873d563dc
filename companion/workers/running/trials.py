"""Trying test files in an interpreter while nobody waits for anything.

Several files are tried together, in one session. A refusal that does not say which of them it concerns has each half
tried by itself; where it does not come to its end, the file that it began with and did not end is to blame.
"""

from collections.abc import Callable, Sequence

from companion.config import Config
from companion.messages import RunItems
from companion.workers.running.aside import Aside, Said
from companion.workers.running.asked import asked
from companion.workers.running.promotion import Promotion

MOST = 64
"""Files that are tried together."""
LONGEST = 20.0
"""Seconds of a trial; what has not ended by then is not tried again."""
IN_VAIN = 3
"""Files in a row that are refused for one reason, one by one, after which all others are believed to be."""


class Trials:
    """One after the other, while nothing else runs; ``done`` is called when there is nothing left to try."""

    def __init__(self, config: Config, aside: Aside, promotion: Promotion, done: Callable[[], None]) -> None:
        self._config, self._aside, self._promotion, self._done = config, aside, promotion, done
        self._waiting: list[tuple[str, ...]] = []
        self._refusals: list[str] = []
        self._ticket = 0

    def begin(self) -> None:
        """Nobody waits for anything."""
        if not self._aside.busy:
            candidates = self._promotion.candidates()
            self._waiting = [candidates[at : at + MOST] for at in range(0, len(candidates), MOST)]
            if self._waiting:
                self._next()

    def stop(self) -> None:
        """A run begins: whatever is tried is given up, and tried again later."""
        self._waiting.clear()
        self._aside.stop(self._ticket)

    def _next(self) -> None:
        if not self._waiting:
            self._done()
            return
        files = self._waiting.pop(0)
        contents = {file: self._promotion.sources.reread(file) for file in files}
        order = RunItems(0, asked(self._config.pytest_args).arguments, (), self._config.item_timeout, (), files)
        self._ticket = self._aside.begin("interpreter", order, lambda said: self._over(contents, said), LONGEST)

    def _over(self, contents: dict[str, str], said: Said) -> None:
        files = tuple(contents)
        if not said.began:
            self._not_begun(files, said.refused)
        elif said.refused:
            self._divide(files, said.refused)
        else:
            whole = [file for file in files if said.whole(file) or not said.problem]
            for file in whole:
                self._judge(file, contents[file], said)
            if said.problem:
                self._cut_short([file for file in files if file not in whole], said, stuck=not whole)
        self._next()

    def _not_begun(self, files: Sequence[str], refused: str) -> None:
        """There was no spare, perhaps for now only; or none becomes one of this lane."""
        if refused:
            self._promotion.stay((*files, *(file for waiting in self._waiting for file in waiting)), refused)
        self._waiting.clear()

    def _judge(self, file: str, content: str, said: Said) -> None:
        if file in said.reasons:
            self._promotion.stays(file, said.reasons[file])
        else:
            self._refusals.clear()
            self._promotion.judge(file, content, said.outcomes.get(file, {}))

    def _cut_short(self, left: Sequence[str], said: Said, *, stuck: bool) -> None:
        """The session did not come to its end; these files did not either."""
        if stuck and said.running not in left:
            self._divide(left, said.problem)
            return
        if stuck:
            self._promotion.stays(said.running, said.problem)
        rest = tuple(file for file in left if not stuck or file != said.running)
        self._waiting[:0] = [rest] if rest else []

    def _divide(self, files: Sequence[str], reason: str) -> None:
        """One of them is to blame, or all are."""
        middle = len(files) // 2
        if middle:
            self._waiting[:0] = [tuple(files[:middle]), tuple(files[middle:])]
            return
        self._promotion.stay(files, reason)
        self._refusals = [*self._refusals, reason][-IN_VAIN:]
        if self._refusals == [reason] * IN_VAIN:
            self._promotion.stay((file for waiting in self._waiting for file in waiting), reason)
            self._waiting.clear()
