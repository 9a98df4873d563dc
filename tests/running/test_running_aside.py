"""A session aside from the run: it is over once, whatever its spare does, and nobody waits for it in vain."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from runkit import collected, finished, session
from sparekit import WARM, Desk, Far, config, desk, project

from companion.messages import (
    CancelRun,
    Interrupt,
    ItemStarted,
    Lane,
    Message,
    NeedSpare,
    NeedsProcess,
    Outdated,
    RunItems,
    Warm,
)  # fmt: skip
from companion.store.marker import Marker
from companion.workers.running.aside import Aside, Said
from companion.workers.running.line import Line
from companion.workers.running.pool import Pool

ORDER = RunItems(0, ("test_a.py",), (), 10.0)
A = "test_a.py"
PATIENCE, SECONDS = 30.0, 5.0


class Bench:
    """An `Aside` with its pool, and spares that say what a test wants."""

    def __init__(self, made: Desk, root: Path) -> None:
        self.desk = made
        self.pool = Pool(made, config(root), project(), Marker(str(root)), self.hear)
        self.aside = Aside(made.loop, self.pool, self.pool.discard, PATIENCE)
        self.over: list[Said] = []
        self.ticket = 0
        self.elsewhere: list[Message] = []
        self.fars: list[Far] = []

    def hear(self, line: Line, message: Message) -> None:
        if self.aside.owns(line):
            self.aside.hear(message)
        else:
            self.elsewhere.append(message)

    def begin(self, lane: Lane = "process") -> None:
        self.ticket = self.aside.begin(lane, ORDER, self.over.append, SECONDS)

    def give(self, lane: Lane = "process", *, warm: bool = True) -> Far:
        assert self.desk.take(NeedSpare)
        far = Far(len(self.fars) + 1, lane)
        self.fars.append(far)
        self.pool.ready(far.ready)
        self.aside.ready()
        if warm:
            self.say(far, WARM)
        return far

    def say(self, far: Far, *messages: Message) -> None:
        far.say(*messages)
        self.desk.loop.turn()


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    with desk() as made:
        bench = Bench(made, tmp_path)
        yield bench
        bench.aside.close()
        bench.pool.close()
        for far in bench.fars:
            far.die()


def orders(far: Far) -> list[Message]:
    return [message for message in far.told() if isinstance(message, (RunItems, CancelRun, Interrupt))]


def test_it_is_over_once_with_all_that_was_said(bench: Bench) -> None:
    bench.begin()
    far = bench.give()
    assert orders(far) == [ORDER]
    bench.say(far, collected(f"{A}::x", f"{A}::y"), finished(f"{A}::x", "passed"), finished(f"{A}::y", "failed"))
    assert bench.aside.busy
    bench.say(far, session(1))
    (said,) = bench.over
    assert said.outcomes == {A: {f"{A}::x": "passed", f"{A}::y": "failed"}}
    assert (said.problem, said.refused, said.began) == ("", "", True)
    assert said.whole(A)
    assert not bench.aside.busy
    assert far.gone
    assert bench.desk.loop.pending == []


@pytest.mark.parametrize("warm", [True, False])
def test_a_spare_that_waits_is_taken(bench: Bench, warm: bool) -> None:
    bench.pool.ask("process")
    far = bench.give(warm=False)
    if warm:
        bench.say(far, WARM)
        bench.elsewhere.clear()
    bench.begin()
    if not warm:
        bench.say(far, WARM)
    assert bench.desk.take(NeedSpare) == []
    assert bench.elsewhere == []


def test_a_spare_that_was_told_nothing_waits_for_the_next_run(bench: Bench) -> None:
    bench.begin()
    far = bench.give(warm=False)
    bench.aside.stop(bench.ticket)
    bench.say(far, WARM)
    assert orders(far) == []
    assert bench.elsewhere == [WARM], "it is nobody's now"
    line = bench.pool.take("process")
    assert line is not None
    assert line.spare == far.serial
    line.close()
    assert bench.over == []


def test_one_that_is_stopped_is_interrupted_and_nobody_is_told(bench: Bench) -> None:
    bench.begin("interpreter")
    far = bench.give("interpreter")
    bench.say(far, ItemStarted(0, f"{A}::x"))
    bench.aside.stop(bench.ticket)
    kinds = [type(message) for message in far.told()]
    assert kinds[-2:] == [CancelRun, Interrupt]
    bench.desk.loop.advance(100.0)
    assert bench.over == []
    bench.begin()
    assert bench.aside.busy, "and it serves again"


def test_nobody_stops_another_one_s(bench: Bench) -> None:
    bench.begin()
    earlier = bench.ticket
    bench.say(bench.give(), session(0))
    bench.aside.stop(earlier)
    bench.begin()
    far = bench.give()
    bench.aside.stop(earlier)
    bench.say(far, session(0))
    assert [said.began for said in bench.over] == [True, True]


@pytest.mark.parametrize(("seconds", "began"), [(PATIENCE, False), (SECONDS, True)])
def test_neither_a_spare_nor_its_session_is_waited_for_longer_than_that(
    bench: Bench, seconds: float, began: bool
) -> None:
    """What it takes to get a spare says nothing about the files."""
    bench.begin()
    if began:
        bench.desk.loop.advance(PATIENCE - 1.0)
        far = bench.give()
        bench.say(far, collected(f"{A}::x"), ItemStarted(0, f"{A}::x"))
    bench.desk.loop.advance(seconds - 0.1)
    assert bench.over == []
    bench.desk.loop.advance(0.2)
    (said,) = bench.over
    assert said.problem
    assert said.began is began
    assert said.running == (A if began else "")
    assert not bench.aside.busy


def test_each_item_has_its_own_time(bench: Bench) -> None:
    """A file of many items may take long; one that hangs holds its spare no longer than in a run."""
    each, between = 2.0, SECONDS
    bench.aside.begin("process", ORDER, bench.over.append, between, each=each)
    far = bench.give()
    bench.desk.loop.advance(between - 0.1)
    bench.say(far, collected(f"{A}::x", f"{A}::y", f"{A}::z"))
    for item in (f"{A}::x", f"{A}::y"):
        bench.say(far, ItemStarted(0, item))
        bench.desk.loop.advance(each - 0.1)
        bench.say(far, finished(item, "passed"))
        bench.desk.loop.advance(between - 0.1)
    bench.say(far, ItemStarted(0, f"{A}::z"))
    bench.desk.loop.advance(each - 0.1)
    assert bench.over == []
    bench.desk.loop.advance(0.2)
    (said,) = bench.over
    assert said.problem == "takes longer than 2 s"
    assert said.outcomes == {A: {f"{A}::x": "passed", f"{A}::y": "passed"}}
    assert far.gone


def test_no_spare(bench: Bench) -> None:
    bench.begin("interpreter")
    bench.aside.not_started("process", "no memory")
    assert bench.aside.busy, "that was another one's"
    bench.aside.not_started("interpreter", "no memory")
    (said,) = bench.over
    assert (said.problem, said.began) == ("no memory", False)
    bench.aside.not_started("interpreter", "no memory")
    assert len(bench.over) == 1


def test_one_that_does_not_become_warm(bench: Bench) -> None:
    bench.begin("interpreter")
    bench.give("interpreter", warm=False)
    bench.say(bench.fars[0], Warm(0.1, "", "does not support loading in subinterpreters"))
    (said,) = bench.over
    assert (said.refused, said.began) == ("does not support loading in subinterpreters", False)


def test_one_that_has_imported_what_is_another_by_now(bench: Bench) -> None:
    bench.begin()
    far = bench.give()
    bench.say(far, Outdated())
    assert far.gone
    assert bench.over == []
    other = bench.give()
    assert orders(other) == [ORDER]
    bench.say(other, session(5))
    assert len(bench.over) == 1


def test_one_that_dies(bench: Bench) -> None:
    bench.begin()
    far = bench.give()
    bench.say(far, collected(f"{A}::x"))
    far.die()
    bench.desk.loop.turn()
    (said,) = bench.over
    assert said.problem
    assert not said.whole(A)


def test_what_an_interpreter_refuses(bench: Bench) -> None:
    bench.begin("interpreter")
    far = bench.give("interpreter")
    bench.say(far, collected(f"{A}::x"), NeedsProcess(f"{A}::x", "fork"))
    assert bench.over == [], "it goes on with the others"
    bench.say(far, NeedsProcess(".", "an extension"))
    (said,) = bench.over
    assert (said.reasons, said.refused) == ({A: "fork"}, "an extension")
    assert Interrupt in [type(message) for message in far.told()], "it is not to go on for nobody"


@pytest.mark.parametrize(("code", "ended"), [(0, True), (1, True), (5, True), (2, False), (3, False), (4, False)])
def test_sessions_that_did_not_come_to_their_end(bench: Bench, code: int, ended: bool) -> None:
    bench.begin()
    far = bench.give()
    bench.say(far, session(code))
    assert (bench.over[0].problem == "") is ended


def test_a_file_without_items_is_not_whole() -> None:
    assert not Said().whole(A)
