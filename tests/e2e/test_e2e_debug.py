"""One test under a debugger: the real thing, from the command to a breakpoint and back."""

import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from dapkit import DapClient
from enginekit import Front, write
from terminalkit import JsonTerminal

from companion.messages import ItemFinished

Project = Callable[[str], Path]
Join = Callable[[Path], Front]
Start = Callable[..., JsonTerminal]
ITEM = "test_sum.py::test_sum"
SUM = """\
def add(first, second):
    both = first + second
    return both


def test_sum():
    import pdb
    pdb.set_trace(header="here")
    assert add(20, 22) == 42


def test_other():
    assert add(1, 1) == 2
"""


@pytest.fixture
def root(project: Project) -> Path:
    root = project("empty")
    write(root / "pyproject.toml", "[tool.companion]\nitem_timeout = 2.0\n")
    write(root / "test_sum.py", SUM)
    return root


@pytest.fixture
def start() -> Iterator[Start]:
    """Debugs an item as a person does, with ``--json``."""
    terminals: list[JsonTerminal] = []

    def begin(item: str, root: Path) -> JsonTerminal:
        terminals.append(JsonTerminal("debug", item, str(root), "--json"))
        return terminals[-1]

    yield begin
    for terminal in terminals:
        terminal.end()


def attached(terminal: JsonTerminal) -> DapClient:
    said = terminal.until("debug")
    assert (said["id"], said["host"]) == (ITEM, "127.0.0.1")
    return DapClient(said["host"], said["port"])


def test_a_test_stops_at_a_breakpoint_and_goes_on(root: Path, join: Join, start: Start) -> None:
    front = join(root)
    assert front.verdict().failed == 1
    path = str(root / "test_sum.py")
    debug = start(ITEM, root)
    with attached(debug) as editor:
        editor.attach({path: [3]})
        where, line, thread = editor.stopped()
        assert (where, line) == (path, 9)  # after set_trace
        editor.go_on(thread)
        where, line, thread = editor.stopped()
        assert (where, line, editor.value("both", thread)) == (path, 3, "42")
        write(root / "test_sum.py", SUM.replace("== 2\n", "== 3\n"))  # a save is tested meanwhile
        red = front.until(ItemFinished, lambda item: item.id == "test_sum.py::test_other")
        assert red.outcome == "failed"
        assert front.verdict().failed == 1  # the other one is not affected
        editor.go_on(thread)
        editor.event("terminated")
    finished = debug.until("item")
    assert (finished["id"], finished["outcome"], finished["lane"]) == (ITEM, "passed", "process")
    assert debug.wait() == 0
    assert front.board.results[ITEM].outcome == "failed"  # what a person may have steered proves nothing


def test_the_newest_session_takes_the_place_of_the_other(root: Path, join: Join, start: Start) -> None:
    join(root)
    first = start(ITEM, root)
    first.until("debug")
    second = start(ITEM, root)
    with attached(second) as editor:
        assert first.wait() == 3
        assert "another test is debugged now" in first.errors()
        editor.attach({})
        _, _, thread = editor.stopped()
        editor.go_on(thread)
    assert second.wait() == 0


def test_who_leaves_ends_it(root: Path, join: Join, start: Start) -> None:
    join(root)
    debug = start(ITEM, root)
    with attached(debug) as editor:
        editor.attach({})
        editor.stopped()
        debug.interrupt()
        assert debug.wait() == 2
        with pytest.raises(AssertionError, match="hung up"):
            editor.event("nothing")


def test_after_an_editor_that_crashed_another_one_may_attach(root: Path, join: Join, start: Start) -> None:
    join(root)
    debug = start(ITEM, root)
    said = debug.until("debug")
    with DapClient(said["host"], said["port"]) as crashed:
        crashed.attach({})
        _, _, thread = crashed.stopped()
    with DapClient(said["host"], said["port"]) as editor:
        editor.attach({})
        editor.go_on(thread)
        assert debug.until("item")["outcome"] == "passed"
    assert debug.wait() == 0


def test_an_editor_that_leaves_lets_the_test_go_on(root: Path, join: Join, start: Start) -> None:
    join(root)
    debug = start(ITEM, root)
    with attached(debug) as editor:
        editor.attach({})
        editor.stopped()
        editor.ask("disconnect")
    assert debug.until("item")["outcome"] == "passed"
    assert debug.wait() == 0


def test_an_editor_may_end_what_it_debugs(root: Path, join: Join, start: Start) -> None:
    join(root)
    debug = start(ITEM, root)
    with attached(debug) as editor:
        editor.attach({})
        editor.stopped()
        editor.ask("disconnect", terminateDebuggee=True)
        assert debug.wait() == 3
    assert "ended before its test did" in debug.errors()


def test_the_end_of_the_engine_ends_it(root: Path, join: Join, start: Start) -> None:
    front = join(root)
    debug = start(ITEM, root)
    with attached(debug) as editor:
        editor.attach({})
        editor.stopped()
        os.kill(front.engine, signal.SIGKILL)
        assert debug.wait() == 3
        assert "the engine is gone" in debug.errors()
        with pytest.raises(AssertionError, match="hung up"):
            editor.event("nothing")


def test_what_is_no_test_is_told(root: Path, join: Join, start: Start) -> None:
    join(root)
    debug = start("test_sum.py::test_none", root)
    assert debug.wait() == 4, "without waiting for anybody"
    assert "there is no test test_sum.py::test_none" in debug.errors()
