"""Whether files that an interpreter could hold run with those that need a process: where that is sooner. No IO."""

from collections.abc import Callable, Sequence

from companion.messages import Lane
from companion.workers.running.batch import Batch, as_one
from companion.workers.running.memory import LaneMemory
from companion.workers.running.spreading import WORTH_AN_INTERPRETER


def gather(
    batches: Sequence[Batch], lanes: LaneMemory, cost: Callable[[Batch], float], warm: Callable[[Lane], bool]
) -> list[Batch]:
    """These, or one process batch of all of them.

    ``cost`` is in seconds; ``warm`` tells whether a spare of this lane waits. A process holds every file, and the
    next one is there in a moment, while a second session costs its start, and an interpreter that is not warm a third
    of a second. What runs everything stays in two lanes, each of which has its share to do.
    """
    able = [batch for batch in batches if batch.lane == "interpreter"]
    if not able or not all(batch.files and not batch.walks for batch in batches):
        return list(batches)
    if not all(lanes.may_choose(file) for batch in able for file in batch.files):
        return list(batches)
    is_mixed = len(able) < len(batches)
    is_short = sum(map(cost, able)) < WORTH_AN_INTERPRETER
    if (is_mixed and is_short) or (warm("process") and not warm("interpreter")):
        return [_in_order(as_one(batches))]
    return list(batches)


def _in_order(batch: Batch) -> Batch:
    """Whole files run in pytest's own order, whichever lane's they were."""
    if batch.arguments == batch.files:
        batch.files = batch.arguments = tuple(sorted(batch.files))
    return batch
