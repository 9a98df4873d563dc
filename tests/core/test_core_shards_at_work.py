"""Several hosts at work on one suite, as if they ran it: who is free takes over, and nothing is torn apart."""

from collections import defaultdict
from collections.abc import Mapping
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from companion.core.shards import partition, steal

NAMES = [f"tests/test_{letter}.py" for letter in "abcdefghijkl"]
SESSION = 0.1


class Host:
    """``waiting`` files in their order, the one that it runs until ``free``, and those that it has begun."""

    def __init__(self, files: tuple[str, ...]) -> None:
        self.waiting, self.begun, self.free = list(files), list[str](), 0.0

    def next(self, took: Mapping[str, float]) -> None:
        file = self.waiting.pop(0)
        self.begun.append(file)
        self.free += took[file]


def ended(
    believed: Mapping[str, float], took: Mapping[str, float], ties: Mapping[str, str], hosts: int
) -> list[Host]:
    """Hosts that have run all of it: divided by what is believed, run as long as it took."""
    crew = [Host(part) for part in partition(sorted(believed), believed.__getitem__, ties, hosts)]
    while any(host.waiting for host in crew):
        host = min(crew, key=lambda host: host.free)
        if host.waiting:
            host.next(took)
            continue
        found = taken_over(crew, believed, ties)
        if found:
            host.waiting = found
            host.free += SESSION
            host.next(took)  # before it has begun, nothing is had of it
        else:  # nothing can be had until somebody else is free, too
            host.free = min(other.free for other in crew if other.waiting) + 1e-9
    return crew


def taken_over(crew: list[Host], believed: Mapping[str, float], ties: Mapping[str, str]) -> list[str]:
    busiest = max(crew, key=lambda host: sum(believed[file] for file in host.waiting))
    waiting = [(file, believed[file]) for file in busiest.waiting]
    running = believed[busiest.begun[-1]] if busiest.begun else 0.0
    found = list(steal(waiting, ties, begun=busiest.begun, running=running, session=SESSION))
    busiest.waiting = [file for file in busiest.waiting if file not in found]
    return found


seconds = st.dictionaries(st.sampled_from(NAMES), st.floats(0.01, 30), min_size=1)
ties_of = st.dictionaries(st.sampled_from(NAMES), st.sampled_from(["db", "web"]), max_size=8)


@settings(deadline=None)
@given(seconds, st.randoms(use_true_random=False), ties_of, st.integers(1, 5))
def test_every_file_runs_once_beside_all_that_it_is_tied_to(
    believed: dict[str, float],
    random: Random,
    ties: dict[str, str],
    hosts: int,
) -> None:
    took = {file: random.choice([0.01, 1.0, 30.0]) for file in believed}
    crew = ended(believed, took, ties, hosts)
    assert sorted(file for host in crew for file in host.begun) == sorted(believed)
    where = defaultdict[str, set[int]](set)
    for number, host in enumerate(crew):
        for file in host.begun:
            where[ties.get(file, file)].add(number)
    assert all(len(numbers) == 1 for numbers in where.values()), where


@pytest.mark.parametrize("long", NAMES)
@pytest.mark.parametrize("expected", [True, False])
def test_one_file_that_takes_ten_times_longer_is_all_that_is_waited_for(long: str, *, expected: bool) -> None:
    took = dict.fromkeys(NAMES, 1.0) | {long: 10.0}
    believed = took if expected else dict.fromkeys(NAMES, 1.0)
    end = max(sum(took[file] for file in host.begun) for host in ended(believed, took, {}, 4))
    begun_late = 0.0 if expected else 2.0  # by so much its own host ran others before it, when nobody knew
    assert end <= 10.0 + begun_late
