"""Dividing test files among hosts that run at the same time. Pure.

What is divided are groups: files that are tied (by a fixture that they share, an ``xdist_group``) go to one host, in
one session. ``ties`` names the tie of a file; files that it does not name stand for themselves. Costs are seconds, or
whatever else says how long a file takes; below zero counts as zero.
"""

import math
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

type Group = tuple[str, ...]


def partition(
    files: Sequence[str], cost: Callable[[str], float], ties: Mapping[str, str], shards: int
) -> tuple[tuple[str, ...], ...]:
    """As many shards, each in the order given; the longest is at most a third longer than that of the best division.

    The same files make the same shards, whatever their order. A shard is empty only where there are fewer groups than
    shards. Longest processing time first (Graham 1969): the costliest group goes to the host that has least to do.
    """
    weights = {group: _cost(group, cost) for group in _groups(sorted(set(files)), ties)}
    loads = [(0.0, 0, shard) for shard in range(shards)]  # the count spreads groups that cost nothing
    place: dict[str, int] = {}
    for group in sorted(weights, key=lambda group: (-weights[group], group)):
        load, held, shard = min(loads)
        loads[shard] = (load + weights[group], held + 1, shard)
        place.update(dict.fromkeys(group, shard))
    return tuple(tuple(file for file in files if place[file] == shard) for shard in range(shards))


def share(sizes: Mapping[str, int], index: int, count: int, ties: Mapping[str, str] | None = None) -> tuple[str, ...]:
    """Part ``index`` of ``count`` (from 1) of these files, sorted: the same on every machine that has the same files.

    ``sizes`` are in bytes: a fresh checkout knows no durations. Raises ValueError if there is no such part.
    """
    if not 1 <= index <= count:
        raise ValueError(f"{index}/{count} is no part of anything: write 1/{count} to {count}/{count}")
    return partition(sorted(sizes), sizes.__getitem__, ties or {}, count)[index - 1]


def steal(
    waiting: Sequence[tuple[str, float]],
    ties: Mapping[str, str],
    *,
    begun: Collection[str],
    running: float,
    session: float,
) -> tuple[str, ...]:
    """What a free host takes over from the busiest one; empty if both would not be done earlier by that.

    ``waiting``: the files that the busy one has still to run, in its order, with their costs; whole groups from its
    end go. ``begun`` are those that it has run or runs: what is tied to them stays. ``running`` is the rest of what
    it runs now, ``session`` what it costs to begin another session: less than that is not worth moving.
    """
    costs = dict(waiting)
    rest = running + math.fsum(max(0.0, seconds) for seconds in costs.values())
    kept = {ties[file] for file in begun if file in ties}
    movable = [group for group in _groups(costs, ties) if ties.get(group[0]) not in kept]
    best, taken, moved = rest, 0, 0.0
    for count, group in enumerate(_from_the_end(movable, costs), 1):
        moved += _cost(group, costs.__getitem__)
        done = max(rest - moved, moved + session)
        if moved > session and done < best:
            best, taken = done, count
    chosen = {file for group in _from_the_end(movable, costs)[:taken] for file in group}
    return tuple(file for file in costs if file in chosen)


def tied(names: Mapping[str, Collection[str]]) -> dict[str, str]:
    """One tie for each file, by the ``names`` of all that it shares: files that have one in common, be it by way of
    others, are tied."""
    tie_of: dict[str, str] = {}
    for own in names.values():
        joined = {tie_of.setdefault(name, name) for name in own}
        tie_of.update((name, min(joined)) for name, tie in list(tie_of.items()) if tie in joined)
    return {file: tie_of[next(iter(own))] for file, own in names.items() if own}


def _groups(files: Iterable[str], ties: Mapping[str, str]) -> list[Group]:
    """Each with its files in the order given."""
    groups: defaultdict[tuple[bool, str], list[str]] = defaultdict(list)
    for file in files:
        groups[file in ties, ties.get(file, file)].append(file)
    return [tuple(group) for group in groups.values()]


def _from_the_end(groups: Sequence[Group], files: Iterable[str]) -> list[Group]:
    """The one that would be done last first."""
    position = {file: number for number, file in enumerate(files)}
    return sorted(groups, key=lambda group: -position[group[-1]])


def _cost(group: Group, cost: Callable[[str], float]) -> float:
    return math.fsum(max(0.0, cost(file)) for file in group)
