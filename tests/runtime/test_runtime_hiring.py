"""Where spares come from: forks of a template, processes of their own, far ones behind a command; all run tests."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from runtime_kit import DEADLINE, nothing_left

from companion.config import Config
from companion.messages import ItemFinished, Message, NeedSpare, Prepare, RunItems, SessionFinished, Warm
from companion.runtime.far import FarSpare
from companion.runtime.hiring import Hiring
from companion.runtime.lent import borrow
from companion.runtime.spares import ProcessSpare, Spare
from companion.runtime.template import ForkedSpare, can_fork

COMMANDS = {
    "forked": ((sys.executable,), True, ForkedSpare),
    "spawned": ((sys.executable,), False, ProcessSpare),
    "far": (("env", "A=b", sys.executable), True, FarSpare),
}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "pyproject.toml").write_text("[project]\nname = 'x'\n")
    (tmp_path / "test_it.py").write_text("def test_good(): pass\ndef test_bad(): assert 0\n")
    return tmp_path


@pytest.fixture(params=COMMANDS)
def hired(request: pytest.FixtureRequest, root: Path) -> Iterator[tuple[Spare, ...]]:
    """Two of a kind."""
    python, forks, kind = COMMANDS[request.param]
    if request.param == "forked" and not can_fork():
        pytest.skip("templates need pidfds")
    with nothing_left():
        hiring = Hiring(forks=forks)
        config = Config(root=str(root), python=python)
        spares = tuple(hiring(serial, NeedSpare("process", python), config) for serial in (1, 2))
        assert [type(spare) for spare in spares] == [kind, kind]
        yield spares
        for spare in spares:
            spare.kill()
            spare.reap(lambda: None)
            spare.close()
        hiring.close()


def session(spare: Spare, root: Path) -> list[Message]:
    """All that it says."""
    send, receive = borrow(spare.handles)
    snapshot = (("prefix", sys.prefix), ("sites", ()))
    send.send(Prepare(str(root), "process", snapshot, (), 1000, "", ""), DEADLINE)
    said = [receive.receive(DEADLINE)]
    send.send(RunItems(1, (), (), DEADLINE), DEADLINE)
    while not isinstance(said[-1], SessionFinished):
        said.append(receive.receive(DEADLINE))
    send.close()
    receive.close()
    return said


def test_each_is_warm_before_it_is_told_what_to_run_and_runs_it(hired: tuple[Spare, ...], root: Path) -> None:
    for spare in hired:
        warm, *said = session(spare, root)
        assert isinstance(warm, Warm)
        assert warm.problem == ""
        outcomes = {one.id: one.outcome for one in said if isinstance(one, ItemFinished)}
        assert outcomes == {"test_it.py::test_good": "passed", "test_it.py::test_bad": "failed"}
        assert spare.pid > 0
    assert len({spare.pid for spare in hired}) == 2
