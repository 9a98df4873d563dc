"""How a run's batches are spread over several spares at once. No IO of its own.

Nothing is split that is over before a second session would have come so far, that shares something between its files,
or whose session is told to look at the whole.
"""

import re
from collections.abc import Sequence
from math import ceil

from companion.core.board import file_of
from companion.core.impact.configuration import CONFIGURATION
from companion.core.shards import partition, share, steal
from companion.workers.running.batch import Batch
from companion.workers.running.sources import Sources, SuiteFacts

WORTH = 0.3
"""Seconds of tests from which on a second session comes to its tests in time to take some of them over."""
WORTH_AN_INTERPRETER = 1.0
"""The same where it takes another interpreter, of which one at most is warm: a process is forked in a moment."""
EACH = 0.02
"""Seconds that a file takes beside its items: to be collected and imported."""
BYTES = 40_000.0
"""Of a test file's text, a second's worth; counts until it has run."""
TIES = re.compile(rb"""scope\s*=\s*["']package["']|xdist_group""")
WHOLE = re.compile(
    rb"--(?:cov|maxfail|exitfirst|stepwise|sw|lf|last-failed|ff|failed-first|nf|new-first|junit|html|basetemp)\b|[\s\"']-x\b"
)
"""Options that make a session look at the whole, in the files that configure pytest: nothing better is known before
the first session."""
DIVISIBLE = re.compile(
    r"-[vqs]+|-r\w*|-n\w*|-W.*|-[km].*|--(?:tb|verbose|quiet|showlocals|color|numprocesses|deselect)(?:=.*)?"
)
VALUE_FOLLOWS = frozenset({"-k", "-m", "-n", "-r", "-W", "--tb", "--color", "--numprocesses", "--deselect"})
"""Those that may stand before a word of their own."""


def divisible(arguments: Sequence[str]) -> bool:
    """Whether sessions with these arguments for pytest can share the tests among them."""
    before = ""
    for argument in arguments:
        if before not in VALUE_FOLLOWS and not DIVISIBLE.fullmatch(argument):
            return False
        before = argument if before not in VALUE_FOLLOWS else ""
    return True


class Spreading:
    """Splits batches by what is known of the suite."""

    def __init__(self, facts: SuiteFacts, sources: Sources, *, side_by_side: bool = True) -> None:
        self._facts, self._sources, self._side_by_side = facts, sources, side_by_side

    def shard(self, batches: Sequence[Batch], index: int, count: int) -> list[Batch]:
        """Part ``index`` of ``count`` of these, from 1 on: the same on every machine that has the same files.

        So nothing counts that was learned of the suite; what is in no file that pytest collects unless it is told
        otherwise, is of the first.
        """
        if count < 2:
            return list(batches)
        files = frozenset(self._sources.usual_tests)
        sizes = {file: self._sources.size(file) for file in files}
        mine = frozenset(share(sizes, index, count))
        others = files - mine if index == 1 else None
        return [part for batch in batches for part in _shard(batch, mine, others)]

    def spread(self, batches: Sequence[Batch], slots: int, arguments: Sequence[str]) -> list[Batch]:
        """The same batches, or more; those that take longest are run by as many spares as there are ``slots``."""
        if slots < 2 or not batches or not divisible(arguments) or self._is_whole(batches):
            return list(batches)
        files = [self._files(batch) for batch in batches]
        costs = [sum(map(self.cost, each)) for each in files]
        total = sum(costs)
        spread: list[Batch] = []
        for batch, own, cost in zip(batches, files, costs, strict=True):
            parts = min(slots, ceil(slots * cost / total)) if total else 1
            several = cost > _worth(batch) and parts > 1 and self._may_share(batch)
            spread += self._split(batch, own, parts) if several else [batch]
        return spread

    def steal(self, batches: Sequence[Batch], arguments: Sequence[str]) -> tuple[Batch, tuple[str, ...]] | None:
        """The batch that has most left to do, and files of it that would be done sooner by a spare that is free."""
        candidates = [batch for batch in batches if batch.collected is not None and self._may_share(batch)]
        rests = [(self._rest(batch), batch) for batch in candidates if not batch.repeat]
        if not rests or self._facts.undivided or not divisible(arguments):
            return None
        (waiting, begun, running), batch = max(rests, key=lambda rest: sum(cost for _, cost in rest[0][0]))
        files = steal(waiting, self._facts.ties, begun=begun, running=running, session=_worth(batch))
        return (batch, files) if files else None

    def _rest(self, batch: Batch) -> tuple[list[tuple[str, float]], set[str], float]:
        """Files that wait with their costs, those that have begun, and the seconds that these still take at most."""
        items = batch.collected or ()
        begun = {file_of(node_id) for node_id in (*batch.done, batch.current) if node_id}
        waiting = dict.fromkeys(file for node_id in items if (file := file_of(node_id)) not in begun)
        running = max((self.cost(file) for file in begun if batch.left(file)), default=0.0)
        return [(file, self.cost(file)) for file in waiting if file not in batch.moved], begun, running

    def _may_share(self, batch: Batch) -> bool:
        """Interpreters that cannot run side by side would only wait for each other."""
        return self._side_by_side or batch.lane == "process"

    def cost(self, file: str) -> float:
        """Seconds that this file probably takes."""
        known = self._facts.seconds.get(file)
        return EACH + (self._sources.size(file) / BYTES if known is None else known)

    def cost_of(self, batch: Batch) -> float:
        """Seconds that its files probably take, one after the other."""
        return sum(map(self.cost, self._files(batch)))

    def _split(self, batch: Batch, files: tuple[str, ...], parts: int) -> list[Batch]:
        shares = [part for part in partition(files, self.cost, self._facts.ties, parts) if part]
        return batch.split(shares) if len(shares) > 1 else [batch]

    def _files(self, batch: Batch) -> tuple[str, ...]:
        """Those that it is known to run, or to be going to run."""
        if batch.files:
            return batch.files if batch.walks or batch.files == batch.arguments else ()
        if self._facts.items:
            return tuple(sorted(self._facts.items.keys() - set(batch.left_out)))
        return tuple(sorted(self._sources.usual_tests - set(batch.left_out)))

    def _is_whole(self, batches: Sequence[Batch]) -> bool:
        if self._facts.items:
            return bool(self._facts.undivided)
        files = [file for batch in batches for file in self._files(batch)]
        conftests = [file for file in self._sources.python_files if file.endswith("conftest.py")]
        return self._sources.mentions(WHOLE, CONFIGURATION) or self._sources.mentions(TIES, (*files, *conftests))


def _shard(batch: Batch, mine: frozenset[str], others: frozenset[str] | None) -> list[Batch]:
    """What is ``mine`` of this batch; or, where ``others`` are given, all of it but those."""
    if not batch.files and others is not None:
        return [batch.without(others - set(batch.left_out))]
    files = batch.files or tuple(sorted(mine - set(batch.left_out)))
    kept = tuple(file for file in files if (file in mine if others is None else file not in others))
    return [batch.only_of(kept)] if kept else []


def _worth(batch: Batch) -> float:
    return WORTH if batch.lane == "process" else WORTH_AN_INTERPRETER
