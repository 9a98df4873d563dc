"""What sessions say at their own end, after the verdict on their items. No IO.

A hook at the end or a plugin (coverage's ``--cov-fail-under``) may refuse what no item is to blame for. Only the word
of a session over the whole suite counts, for some speak of all that was run: a part has less coverage than the whole.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from companion.core import verdict
from companion.messages import RunTests, Status
from companion.workers.running.batch import Batch

GOOD_CODES = (0, 5)
"""Green, empty."""
BY_ITSELF = (*GOOD_CODES, 1)
"""Codes of a session that went to its end with all its items heard of; others the run itself tells of."""
PARTLY = ("name", "items", "since")
"""Scopes of runs that leave out a part of each file."""


@dataclass(slots=True)
class Whole:
    """A run of all tests; ``open`` are those of its sessions that have not ended well.

    ``late`` is whether one of them has all its outcomes.
    """

    arguments: tuple[str, ...]
    open: set[int]
    late: bool = False


class Closing:
    """The state of pytest's sessions, told when a first run begins (a runner before this one may have told another)
    and when it changes. Of each set of arguments the last word counts.

    It is told as open for as long as a session that counts has all its outcomes, but has not ended.
    """

    def __init__(self, tell: Callable[[Status], None]) -> None:
        self._tell = tell
        self._told: Status | None = None
        self._arguments: tuple[str, ...] = ()
        self._words: dict[tuple[str, ...], Status] = {}
        self._sessions: dict[int, Whole] = {}
        self._open: set[int] = set()
        self._whole = Whole((), set())

    def began(self, order: RunTests, batches: Sequence[Batch], test_files: frozenset[str]) -> None:
        """A run begins: nobody is told what pytest said to somebody else's arguments (but for those without any).

        Its sessions count if they are over all of these files together.
        """
        self._arguments = order.pytest_args
        self._words = {key: word for key, word in self._words.items() if key in ((), order.pytest_args)}
        self._sessions = {serial: given for serial, given in self._sessions.items() if serial in self._open}
        files = {file for batch in batches for file in batch.files}
        everything = any(not batch.files for batch in batches) or (bool(test_files) and test_files <= files)
        counts = everything and order.scope not in PARTLY and not any(batch.deselect for batch in batches)
        self._whole = Whole(order.pytest_args, {batch.serial for batch in batches} if counts else set())
        self._say()

    def assigned(self, batch: Batch) -> None:
        """A session is to run this batch, which is none that does what another one left undone."""
        if batch.serial in self._whole.open:
            self._sessions[batch.serial] = self._whole

    def joined(self, batch: Batch, taken: Batch) -> None:
        """Another session is to run a part of what this one was."""
        whole = self._sessions.get(batch.serial)
        if whole is not None:
            whole.open.add(taken.serial)
            self._sessions[taken.serial] = whole

    def completed(self, batch: Batch) -> None:
        """All its outcomes are known, and its session goes on."""
        whole = self._sessions.get(batch.serial)
        if whole is not None:
            whole.late = True
            self._open.add(batch.serial)
            self._say()

    def ended(self, batch: Batch, exit_code: int, said: str) -> None:
        """Its session is over. What has left the interpreter lane in part says nothing about the whole."""
        was_open = batch.serial in self._open
        whole = self._forget(batch)
        if whole is not None and batch.all_finished and not (batch.moved or batch.repeat):
            if exit_code in GOOD_CODES:
                whole.open.discard(batch.serial)
                if not whole.open:
                    self._words[whole.arguments] = verdict.GOOD
            elif not batch.red and (was_open or exit_code in BY_ITSELF):
                self._words[whole.arguments] = verdict.bad(exit_code, said)
        self._say()

    def lost(self, batch: Batch) -> None:
        """Its spare is gone; pytest would have ended so, too, if it was at its session's end."""
        if batch.serial in self._open:
            self.ended(batch, 1, "it did not come to its session's end")
        else:
            self._forget(batch)

    def unsure(self, batch: Batch) -> None:
        """What its session says at its end is of no use."""
        self._forget(batch)
        self._say()

    def _forget(self, batch: Batch) -> Whole | None:
        self._open.discard(batch.serial)
        return self._sessions.pop(batch.serial, None)

    def _say(self) -> None:
        late = any(whole.late for whole in self._sessions.values())
        status = verdict.OPEN if late else self._words.get(self._arguments, verdict.GOOD)
        if status != self._told:
            self._told = status
            self._tell(status)
