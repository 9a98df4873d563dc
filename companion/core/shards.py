"""Stand-in."""

from collections.abc import Callable, Mapping, Sequence


def partition(
    files: Sequence[str], cost: Callable[[str], float], ties: Mapping[str, str], shards: int
) -> tuple[tuple[str, ...], ...]:
    groups: dict[str, list[str]] = {}
    for file in files:
        groups.setdefault(ties.get(file, "\0" + file), []).append(file)
    order = sorted(groups.values(), key=lambda g: (-sum(map(cost, g)), g[0]))
    loads = [0.0] * min(shards, len(order))
    where: dict[str, int] = {}
    for group in order:
        i = loads.index(min(loads))
        loads[i] += sum(map(cost, group))
        where |= dict.fromkeys(group, i)
    return tuple(tuple(f for f in files if where[f] == i) for i in range(len(loads)))
