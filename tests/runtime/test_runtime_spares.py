"""Spares are started, thrown away, and told of: once each, in the loop's thread, however they end."""

from pathlib import Path

import pytest
from runtime_kit import nothing_left
from runtime_stable import Stable, join_reapers, played
from runtime_supervised import supervised

from companion.messages import SpareEnded, SpareLeftBehind, SpareReady
from companion.runtime.spares import Spare


def test_one_that_is_thrown_away_ends_and_that_is_told(tmp_path: Path) -> None:
    async def play() -> None:
        stable = Stable(tmp_path)
        assert stable.start() == SpareReady(1, "interpreter", (1,))
        assert stable.start("process") == SpareReady(2, "process", (2,))
        assert stable.states == ["spare 1: spare", "spare 2: spare"]
        stable.spares.drop(1)
        assert stable.states == ["spare 1: ending", "spare 2: spare"]
        stable.made[0].end("LookupError: on purpose")
        await stable.hears(SpareEnded(1, "LookupError: on purpose"))
        assert stable.states == ["spare 2: spare"]
        stable.spares.drop(2)
        stable.made[1].end()
        await stable.hears(SpareEnded(2, ""))
        assert stable.states == []

    played(play)


def test_to_throw_it_away_again_changes_nothing(tmp_path: Path) -> None:
    async def play() -> None:
        stable = Stable(tmp_path)
        stable.start()
        for _ in range(3):
            stable.spares.drop(1)
        stable.spares.drop_all()
        stable.made[0].slow()
        await stable.hears(SpareLeftBehind(1))
        stable.spares.drop(1)
        stable.made[0].end()
        await stable.hears(SpareEnded(1, ""))
        stable.spares.drop(1)
        stable.spares.drop(77)
        assert stable.made[0].reaped == 1

    played(play)


def test_one_that_does_not_end_is_left_behind_until_it_does(tmp_path: Path) -> None:
    async def play() -> None:
        stable = Stable(tmp_path)
        for _ in range(3):
            stable.start()
        stable.spares.drop_all()
        stable.made[0].slow()
        stable.made[2].slow()
        await stable.hears(SpareLeftBehind(1), SpareLeftBehind(3))
        assert list(stable.spares.left_behind) == [1, 3]
        assert stable.states == ["spare 1: left behind", "spare 2: ending", "spare 3: left behind"]
        stable.made[1].end()
        stable.made[0].end("at last")
        await stable.hears(SpareEnded(1, "at last"), SpareEnded(2, ""))
        assert list(stable.spares.left_behind) == [3]
        stable.made[2].end()
        await stable.hears(SpareEnded(3, ""))
        assert list(stable.spares.left_behind) == []

    played(play)


def test_one_that_cannot_be_started_is_not_there(tmp_path: Path) -> None:
    async def play() -> None:
        def fail(_serial: int) -> Spare:
            raise OSError(24, "Too many open files")

        stable = Stable(tmp_path, fail)
        with pytest.raises(OSError, match="Too many"):
            stable.start()
        assert stable.states == []
        stable.make = stable.pretend
        assert stable.start().spare == 2, "a number stands for one spare only"
        stable.spares.drop(2)
        stable.made[0].end()
        await stable.hears(SpareEnded(2, ""))

    played(play)


def test_the_end_of_the_engine_kills_what_can_be_killed(tmp_path: Path) -> None:
    async def play() -> None:
        stable = Stable(tmp_path)
        for _ in range(2):
            stable.start()
        stable.spares.drop(1)
        stable.spares.kill_processes()
        assert [spare.killed for spare in stable.made] == [1, 1]
        for spare in stable.made:
            spare.end()
        stable.spares.drop(2)
        await stable.hears(SpareEnded(1, ""), SpareEnded(2, ""))

    played(play)


def test_one_that_ends_after_the_engine_bothers_nobody(tmp_path: Path) -> None:
    """Its thread finds no loop any more."""
    stables: list[Stable] = []

    async def play() -> None:
        stables.append(Stable(tmp_path))
        stables[0].start()
        stables[0].start()
        stables[0].spares.drop_all()

    with nothing_left():
        supervised(play)
        first, second = stables[0].made
        first.end("too late")
        second.slow()
        second.end()
        join_reapers()
    assert stables[0].told == []
