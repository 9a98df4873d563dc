"""From an order to batches: which files, in which lane, for which reasons. No IO of its own."""

from collections.abc import Mapping

from companion.core.board import file_of
from companion.core.impact.selection import Suite
from companion.core.pending import narrows
from companion.messages import EVERYTHING, UNSEEN, Lane, RunTests
from companion.runtime.git import GitError
from companion.workers.running.announcing import NOTHING, LeftOut
from companion.workers.running.asked import asked
from companion.workers.running.batch import Batch
from companion.workers.running.impact.chosen import Chosen
from companion.workers.running.impact.explaining import Explaining, both
from companion.workers.running.impact.impact import Impact
from companion.workers.running.memory import LaneMemory
from companion.workers.running.sources import Sources, SuiteFacts

type Plan = tuple[list[Batch], dict[str, str], tuple[str, ...]]
"""Batches, why each test file is in them (``""``: any other), and test files that are gone."""


def plan(order: RunTests, facts: SuiteFacts, sources: Sources, lanes: LaneMemory, impact: Impact) -> Plan:
    """What to run for this order. No batch is whole if the order's arguments for pytest may leave out tests.

    Those of the configuration are the same for every run: what they leave out is no part of the suite.
    """
    return _narrowed(order, _plan(order, facts, sources, lanes, impact))


def plan_since(
    order: RunTests, facts: SuiteFacts, sources: Sources, lanes: LaneMemory, impact: Impact, explaining: Explaining
) -> Plan:
    """For an order of what differs from a commit: what that affects, and what has not run since anything affected
    it."""
    return _narrowed(order, _since(order, facts, sources, lanes, impact, explaining))


def _since(
    order: RunTests, facts: SuiteFacts, sources: Sources, lanes: LaneMemory, impact: Impact, explaining: Explaining
) -> Plan:
    sources.refresh()
    unseen = impact.take(impact.unseen())
    try:
        chosen = both(unseen, explaining.chosen(order.rerun[0]))
    except GitError as error:
        return _everything(facts, sources, lanes), {"": f"git does not say what differs: {error}"}, impact.gone()
    if not facts.items:
        return _everything(facts, sources, lanes), {"": "not run yet"}, impact.gone()
    chosen = {file: of for file, of in chosen.items() if sources.exists(file)}
    return chosen_batches(chosen, lanes, impact), _reasons(chosen), impact.gone()


def _narrowed(order: RunTests, found: Plan) -> Plan:
    if narrows(order.pytest_args):
        for batch in found[0]:
            batch.whole = False
    return found


def left_out(order: RunTests, batches: list[Batch], facts: SuiteFacts) -> LeftOut:
    """How many items are in files that these batches leave out."""
    files = {file for batch in batches for file in batch.files}
    walks = [frozenset(batch.left_out) for batch in batches if not batch.files]
    outside = (f for f in facts.items if f not in files and all(f in others for others in walks))
    number = sum(facts.items[file] for file in outside) + sum(len(batch.unaffected) for batch in batches)
    if asked(order.pytest_args).shard[1] > 1:
        return 0, number
    return (number, 0) if order.scope in ("changed", "since") else NOTHING


def _plan(order: RunTests, facts: SuiteFacts, sources: Sources, lanes: LaneMemory, impact: Impact) -> Plan:
    gone = tuple(c.path for c in order.changes if c.kind == "deleted" and _may_hold_items(c.path, facts))
    lanes.forget(gone)
    configured = impact.configured(change.path for change in order.changes)  # may decide what is a test
    everything = order.scope == "all" or EVERYTHING in order.rerun or bool(configured) or not facts.items
    unseen: dict[str, Chosen] | None = {}
    if order.scope in ("all", "changed") and (everything or UNSEEN in order.rerun):
        sources.refresh()  # a watcher that was down may have missed something
        unseen = impact.since()
        gone = tuple({*gone, *impact.gone()})
    affected = impact.take(order.changes)
    everything = everything or unseen is None
    match order.scope:
        case "name":
            return _by_name(order, facts, sources, lanes), {"": f"matches {' '.join(order.rerun)}"}, gone
        case "items":
            return _items(order.rerun, lanes), {"": "requested"}, gone
        case "paths":
            files = dict.fromkeys(_matching(order.rerun, facts), "requested")
            return _files(files, lanes), files, gone
        case _ if everything:
            why = f"configured by {configured[0]}" if configured else "all" if order.scope == "all" else "not run yet"
            return _everything(facts, sources, lanes), {"": why}, gone
        case _:
            rerun = impact.due([path for path in order.rerun if path != UNSEEN])
            chosen = both(both(unseen or {}, rerun), affected | _new(order, facts, affected))
            chosen = {file: _in_order(file, of, impact) for file, of in chosen.items() if sources.exists(file)}
            return chosen_batches(chosen, lanes, impact), _reasons(chosen), gone


def _new(order: RunTests, facts: SuiteFacts, affected: Mapping[str, Chosen]) -> dict[str, Chosen]:
    """Changed files of which nothing has run yet, and that pytest would collect."""
    suite = Suite(facts.test_files, facts.patterns, facts.test_paths)
    files = (change.path for change in order.changes if change.kind != "deleted" and change.path not in affected)
    return {file: Chosen("new") for file in files if file not in facts.items and suite.may_hold_tests(file)}


def _in_order(file: str, of: Chosen, impact: Impact) -> Chosen:
    return Chosen(of.why) if of.items and file in impact.ordered else of


def chosen_batches(chosen: Mapping[str, Chosen], lanes: LaneMemory, impact: Impact) -> list[Batch]:
    """What is chosen of test files, as batches by lane."""
    batches = _items(tuple(sorted(chosen)), lanes)
    for batch in batches:
        batch.unaffected = tuple(node_id for file in batch.files for node_id in impact.others(file, chosen[file]))
    return batches


def _reasons(chosen: Mapping[str, Chosen]) -> dict[str, str]:
    """By item and by file: what nobody has chosen of a file is new there."""
    reasons: dict[str, str] = {}
    for file, of in chosen.items():
        reasons[file] = of.why if of.items is None else "new"
        reasons |= of.items or {}
    return reasons


def _may_hold_items(path: str, facts: SuiteFacts) -> bool:
    """Whether something may be shown of this file; a runner that was restarted knows of none."""
    return path in facts.items or path.endswith(".py")


def _everything(facts: SuiteFacts, sources: Sources, lanes: LaneMemory) -> list[Batch]:
    """What nobody has seen yet runs with the usual lane's; files of the other one are left out there."""
    others = tuple(filter(sources.exists, lanes.others(facts.items or sources.usual_tests)))
    known = tuple(file for file in facts.items if file not in others)
    rest = Batch(lanes.first, (), known=known, left_out=others)
    other: Lane = "process" if lanes.first == "interpreter" else "interpreter"
    return [rest, Batch(other, (), others, walks=True)] if others else [rest]


def _by_name(order: RunTests, facts: SuiteFacts, sources: Sources, lanes: LaneMemory) -> list[Batch]:
    batches = _everything(facts, sources, lanes)
    expression = " ".join(order.rerun).strip()
    for batch in batches:
        batch.arguments = (f"-k{expression}",) if expression else ()
        batch.whole = not expression
    return batches


def _items(ids: tuple[str, ...], lanes: LaneMemory) -> list[Batch]:
    """Items by node id; a file's path stands for all of its items."""
    batches: list[Batch] = []
    for lane in ("interpreter", "process"):
        own = tuple(i for i in ids if lanes.of(file_of(i)) == lane)
        if own:
            files = tuple(dict.fromkeys(map(file_of, own)))
            batches.append(Batch(lane, own, files, whole=own == files))
    return batches


def _files(files: dict[str, str], lanes: LaneMemory) -> list[Batch]:
    return _items(tuple(sorted(files)), lanes)


def _matching(patterns: tuple[str, ...], facts: SuiteFacts) -> list[str]:
    """Test files whose path holds one of the patterns; a pattern that matches none is taken as a path."""
    found: dict[str, None] = {}
    for pattern in patterns:
        hits = [file for file in facts.items if pattern in file]
        found.update(dict.fromkeys(hits or [pattern]))
    return list(found)
