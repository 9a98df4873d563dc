"""Two who run tests aside, over one real session at a time: neither ends the other's, and both come to their end."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from recordkit import passed, write
from runnerkit import Office
from sparekit import Far, desk
from tracekit import Telling

from companion.core.text import content_hash
from companion.messages import (
    Collected,
    Covered,
    FileChange,
    ItemFinished,
    Message,
    Moment,
    RequestCoverage,
    RunFinished,
    RunsAside,
    RunTests,
    SessionFinished,
    ValuesRun,
)
from companion.workers.running import idling
from companion.workers.running.idling import IDLE

APP = "def f():\n    return 1\n"
TESTS = "from app import f\n\ndef test_f():\n    assert f() == 1\n"
F = "test_app.py::test_f"
ASIDE = frozenset({"values", "lines"})
RED = replace(passed(F), outcome="failed", message="assert 2 == 1", path="app.py", line=2, report="long")


class Room(Office):
    """A runner whose suite is one test, which is red since ``app.py`` was edited."""

    def breaks(self) -> None:
        self.order()
        self.session(self.at_work("process"), passed(F))
        self.end()
        text = APP.replace("return 1", "return 2")
        write(self.root, {"app.py": text})
        self.generation += 1
        before, now = content_hash(APP.encode()), content_hash(text.encode())
        change = FileChange("app.py", "modified", before, now, (), None)
        self.hear(RunTests(self.generation, "changed", (change,), (), ()))
        self.session(self.at_work("process"), RED)
        while not self.desk.take(RunFinished):  # it runs again, alone and with its file
            (far,) = (far for far in self.spares if self.works(far) and not far.gone)
            self.session(far, RED)
            self.give()

    def aside(self) -> Far:
        """The spare of the session that is under way beside the runs."""
        self.give()
        (found,) = (far for far in self.spares if not far.gone and far.order is not None and far.order.trace in ASIDE)
        return found

    def session(self, far: Far, result: ItemFinished, *more: Message) -> None:
        """It runs the one test, and is over."""
        generation = far.order.generation if far.order is not None else 0
        telling = Telling({path: (self.root / path).read_text() for path in ("app.py", "test_app.py")})
        traced: Sequence[Message] = (
            *telling.loads, telling.told("import", "app.py", "app.py:<module>"),
            telling.told("item", F, "test_app.py:test_f app.py:f"),
        )  # fmt: skip
        far.say(
            Collected(generation, (F,), ("test_*.py",), (), 0), *more, *traced,
            replace(result, generation=generation, lane=far.ready.lane),
            SessionFinished(generation, 0, 0.1, (), ("app.py", "test_app.py"), (), ""),
        )  # fmt: skip
        self.loop.turn()


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Room]:
    write(tmp_path, {"app.py": APP, "test_app.py": TESTS})
    with desk() as host:
        made = Room(host, tmp_path, lane="auto")
        yield made
        made.close()


def returned(value: str) -> ValuesRun:
    return ValuesRun(0, F, (Moment("return", "app.py", 1, 2, (("", value),)),), True)


def test_who_asks_for_lines_comes_first_and_the_cause_is_told_after_that(room: Room) -> None:
    room.breaks()
    looked_into = room.aside()
    assert looked_into.order is not None
    assert looked_into.order.trace == "values"
    room.hear(RequestCoverage(7))
    lined = room.aside()
    assert looked_into.gone
    assert lined.order is not None
    assert lined.order.trace == "lines"
    room.session(lined, RED)
    room.loop.advance(IDLE)
    assert [answer.problem for answer in room.desk.take(Covered)] == [""]
    room.session(room.aside(), passed(F), returned("1"))
    room.session(room.aside(), RED, returned("2"))
    told = [message.cause for message in room.desk.take(ItemFinished) if message.cause is not None]
    assert [(cause.path, cause.line) for cause in told] == [("app.py", 2)]


def test_the_next_run_finds_a_spare_though_one_is_used_aside(room: Room) -> None:
    room.breaks()
    used = room.aside()
    waiting = [far for far in room.spares if far.ready.lane == "process" and not far.gone and far is not used]
    assert len(waiting) == 1


def test_the_host_is_told_as_long_as_tests_run_aside(room: Room) -> None:
    room.breaks()
    first = room.aside()
    assert room.desk.take(RunsAside)[-1].running
    room.session(first, passed(F), returned("1"))
    second = room.aside()
    assert [told.running for told in room.desk.take(RunsAside)] == [False, True]
    room.session(second, RED, returned("2"))
    assert [told.running for told in room.desk.take(RunsAside)] == [False]


def test_where_memory_is_short_nothing_runs_that_nobody_asked_for(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(idling, "is_short", lambda: True)
    room.breaks()
    room.loop.advance(100.0)
    room.give()
    assert all(far.gone or far.order is None for far in room.spares)
    room.hear(RequestCoverage(7))
    room.session(room.aside(), RED)
    assert len(room.desk.take(Covered)) == 1
