"""Sessions that are begun before the edit: what is there, what is read anew, and when another spare serves."""

import os
import select
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Literal

import pytest
from sessionkit import snapshot_of
from tracedkit import told_by

from companion.core.text import content_hash
from companion.errors import EndOfChannel, WouldBlock
from companion.messages import (
    Collected,
    Foresee,
    ItemFinished,
    Loaded,
    Message,
    Outdated,
    Prepare,
    RunItems,
    SessionFinished,
    Traced,
    Warm,
)
from companion.runtime.lent import borrow
from companion.runtime.template import Template, can_fork

DEADLINE = 60.0
TEST = "test_it.py"

pytestmark = pytest.mark.skipif(not can_fork(), reason="templates need pidfds")

READY = """
import time
IMPORTED = time.time_ns()
with open("ready", "w") as pipe:
    pipe.write("!")
"""
HEAD = '"""Tests."""\nimport lib\nfrom ready import IMPORTED\n'


class Bench:
    """A project with a spare that has begun with its session."""

    def __init__(self, root: Path, template: Template) -> None:
        self.root = root
        os.mkfifo(root / "ready")
        self._ready = os.open(root / "ready", os.O_RDONLY | os.O_NONBLOCK)
        self.spare = template.fork(1)
        self._send, self._receive = borrow(self.spare.handles)
        self._send.send(Prepare(str(root), "process", snapshot_of(root), (), 1000, "", ""), DEADLINE)
        assert isinstance(self._receive.receive(DEADLINE), Warm)

    def begin(self, edited: str, trace: Literal["", "codes"] = "") -> None:
        """Foresee that this file is edited; returns once what comes before it has been imported."""
        self._send.send(Foresee(0, (TEST,), (), DEADLINE, trace=trace, edited=edited), DEADLINE)
        ready, _, _ = select.select([self._ready], [], [], DEADLINE)
        assert ready

    def order(self, *arguments: str, trace: Literal["", "codes"] = "") -> list[Message]:
        """All that it says from now on."""
        self._send.send(RunItems(7, arguments or (TEST,), (), DEADLINE, trace=trace), DEADLINE)
        return self.said()

    def said(self) -> list[Message]:
        said: list[Message] = []
        try:
            while True:
                said.append(self._receive.receive(DEADLINE))
        except EndOfChannel:
            return said

    def says_nothing(self) -> bool:
        try:
            self._receive.receive_nowait()
        except WouldBlock:
            return True
        return False

    def write(self, path: str, text: str) -> None:
        (self.root / path).write_text(text)

    def hang_up(self) -> None:
        self._send.close()
        self._receive.close()
        self.spare.close()

    def close(self) -> None:
        os.close(self._ready)
        self.hang_up()


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = tmp_path / "project"
    root.mkdir()
    (root / "pyproject.toml").write_text("[project]\nname = 'x'\n")
    (root / "conftest.py").write_text("")
    (root / "ready.py").write_text(READY)
    (root / "lib.py").write_text("def one(): return 1\n")
    (root / TEST).write_text(f"{HEAD}def test_it(): assert lib.one() == 1\n")
    return root


@pytest.fixture
def bench(root: Path) -> Iterator[Callable[[str], Bench]]:
    template = Template((sys.executable,), str(root))
    made: list[Bench] = []

    def begun(edited: str) -> Bench:
        made.append(Bench(root, template))
        made[-1].begin(edited)
        return made[-1]

    yield begun
    for one in made:
        one.close()
    template.close()


def outcomes(said: list[Message]) -> dict[str, str]:
    assert isinstance(said[-1], SessionFinished), said
    return {one.id: one.outcome for one in said if isinstance(one, ItemFinished)}


def test_what_an_edited_test_file_begins_with_is_there_already(bench: Callable[[str], Bench]) -> None:
    spare = bench(TEST)
    spare.write(TEST, f"{HEAD}def test_new(): assert IMPORTED < {time.time_ns()}\n")
    assert outcomes(spare.order()) == {"test_it.py::test_new": "passed"}


def test_an_edited_module_is_read_when_the_order_has_come(bench: Callable[[str], Bench], root: Path) -> None:
    (root / TEST).write_text("from ready import IMPORTED\nimport lib\ndef test_it(): assert IMPORTED < lib.EDITED\n")
    spare = bench("lib.py")
    spare.write("lib.py", f"EDITED = {time.time_ns()}\n")
    assert outcomes(spare.order()) == {"test_it.py::test_it": "passed"}


def test_it_says_nothing_before_its_order_and_all_under_that_generation(bench: Callable[[str], Bench]) -> None:
    spare = bench(TEST)
    assert spare.says_nothing()
    said = spare.order()
    assert {getattr(one, "generation", 7) for one in said} == {7}
    assert [one.items for one in said if isinstance(one, Collected)] == [("test_it.py::test_it",)]


def test_a_conftest_that_is_edited(bench: Callable[[str], Bench], root: Path) -> None:
    head = "from ready import IMPORTED\nimport pytest\n"
    (root / "conftest.py").write_text(head)
    spare = bench("conftest.py")
    spare.write("conftest.py", f"{head}@pytest.fixture\ndef edited(): return IMPORTED < {time.time_ns()}\n")
    spare.write(TEST, "def test_it(edited): assert edited\n")  # not met yet
    assert outcomes(spare.order()) == {"test_it.py::test_it": "passed"}


def test_a_file_that_is_met_by_a_test_only(bench: Callable[[str], Bench], root: Path) -> None:
    (root / TEST).write_text("import ready\ndef test_it():\n    import lib\n    assert lib.one() == 2\n")
    spare = bench("lib.py")
    spare.write("lib.py", "def one(): return 2\n")
    assert outcomes(spare.order()) == {"test_it.py::test_it": "passed"}


@pytest.mark.parametrize(
    ("text", "outcome"),
    [
        (f"{HEAD}def test_it(): assert 0\n", {"test_it.py::test_it": "failed"}),
        (f"{HEAD}1 / 0\n", {"test_it.py": "error"}),
        (f"{HEAD}import nowhere\n", {"test_it.py": "error"}),
        (f"{HEAD}# nothing\n", {}),
    ],
)
def test_edits_behind_the_imports(text: str, outcome: dict[str, str], bench: Callable[[str], Bench]) -> None:
    spare = bench(TEST)
    spare.write(TEST, text)
    assert outcomes(spare.order()) == outcome


@pytest.mark.parametrize(
    "text",
    [
        f"import os\n{HEAD}def test_it(): pass\n",
        "from ready import IMPORTED\nimport lib\ndef test_it(): pass\n",
        "from ready import IMPORTED\ndef test_it(): pass\n",
        f"{HEAD}def test_it(:\n",
        "",
    ],
)
def test_another_beginning_needs_another_spare(text: str, bench: Callable[[str], Bench]) -> None:
    spare = bench(TEST)
    spare.write(TEST, text)
    assert spare.order() == [Outdated()]


@pytest.mark.parametrize("path", ["lib.py", "conftest.py", "ready.py", "pyproject.toml"])
def test_whatever_else_has_changed_needs_another_spare(path: str, bench: Callable[[str], Bench], root: Path) -> None:
    spare = bench(TEST)
    spare.write(path, f"{(root / path).read_text()}\n# edited\n")
    assert spare.order() == [Outdated()]


@pytest.mark.parametrize(
    "lib",
    [
        "import pathlib\nTEXT = pathlib.Path('data.txt').read_text()\n",
        "TEXT = open('data.txt', 'r+').read()\n",
        "import sqlite3\nBASE = sqlite3.connect('data.txt')\n",
    ],
)
def test_data_that_a_module_read_has_changed(lib: str, bench: Callable[[str], Bench], root: Path) -> None:
    (root / "lib.py").write_text(lib)
    (root / "data.txt").write_text("before")
    spare = bench(TEST)
    spare.write("data.txt", "after")
    assert spare.order() == [Outdated()]


def test_data_that_was_not_there_has_come(bench: Callable[[str], Bench], root: Path) -> None:
    (root / "lib.py").write_text("try: open('data.txt')\nexcept OSError: pass\n")
    spare = bench(TEST)
    spare.write("data.txt", "after")
    assert spare.order() == [Outdated()]


@pytest.mark.parametrize(
    ("lib", "path"),
    [
        ("import os\nNAMES = os.listdir('cases')\n", "cases/new.json"),
        ("import pathlib\nNAMES = list(pathlib.Path('cases').glob('*.json'))\n", "cases/new.json"),
        ("try: import extra\nexcept ImportError: extra = None\n", "extra.py"),
    ],
)
def test_what_a_folder_did_not_hold_has_come(lib: str, path: str, bench: Callable[[str], Bench], root: Path) -> None:
    (root / "lib.py").write_text(lib)
    (root / "cases").mkdir()
    spare = bench(TEST)
    spare.write(path, "{}")
    assert spare.order() == [Outdated()]


def test_another_order_needs_another_spare(bench: Callable[[str], Bench]) -> None:
    assert bench(TEST).order(TEST, "-x") == [Outdated()]


@pytest.mark.parametrize(
    "lib",
    [
        "import threading, time\nthreading.Thread(target=time.sleep, args=(60,), daemon=True).start()\n",
        "import socket\nPORT = socket.socket()\nPORT.bind(('127.0.0.1', 0))\n",
        "import fcntl\nLOCK = open('lock', 'w')\nfcntl.flock(LOCK, fcntl.LOCK_EX)\n",
        "1 / 0\n",
    ],
)
def test_what_cannot_wait_is_given_up(lib: str, bench: Callable[[str], Bench], root: Path) -> None:
    (root / "lib.py").write_text(lib)
    (root / TEST).write_text("import ready\nimport lib\ndef test_it(): pass\n")
    assert bench(TEST).said() == [Outdated()]


def test_an_edited_file_that_what_it_imports_imports_again(bench: Callable[[str], Bench], root: Path) -> None:
    (root / "lib.py").write_text("import test_it\nNAMES = dir(test_it)\n")
    (root / TEST).write_text("import ready\nimport lib\ndef test_it(): assert 'test_it' not in lib.NAMES\n")
    assert outcomes(bench(TEST).order()) == {"test_it.py::test_it": "passed"}


def test_what_a_module_sees_of_the_one_that_imports_it(bench: Callable[[str], Bench], root: Path) -> None:
    (root / "lib.py").write_text("import sys\nNAMES = dir(sys.modules['test_it'])\n")
    (root / TEST).write_text("import ready\nimport lib\ndef test_it(): assert 'ready' in lib.NAMES\n")
    assert outcomes(bench(TEST).order()) == {"test_it.py::test_it": "passed"}


def test_it_ends_with_whoever_might_have_wanted_it(bench: Callable[[str], Bench]) -> None:
    spare = bench(TEST)
    spare.hang_up()
    assert spare.spare.over.wait(DEADLINE)
    with pytest.raises(ProcessLookupError):
        os.kill(spare.spare.pid, 0)


def test_what_a_traced_one_tells_is_what_a_later_one_would(root: Path) -> None:
    """The edited file's beginning is executed ahead, and is its import's all the same."""
    (root / "helper.py").write_text("def late(): return 1\nX = late()\n")
    (root / TEST).write_text(f"{HEAD}import helper\ndef test_it(): assert lib.one() == 1\n")
    template = Template((sys.executable,), str(root))
    spare = Bench(root, template)
    spare.begin(TEST, trace="codes")
    edited = f"{HEAD}import helper\ndef test_new(): assert helper.late() == 1\n"
    spare.write(TEST, edited)
    told = told_by(spare.order(trace="codes"))
    spare.close()
    template.close()
    assert {message.generation for message in told.said if isinstance(message, Loaded | Traced)} == {7}
    assert told.hashes[TEST] == content_hash(edited.encode())
    assert told.item("test_new").codes == {"test_it.py:5", "helper.py:1"}
    assert told.imported(TEST).codes == {"test_it.py:0"}
    assert told.imported(TEST).uses == {"lib.py", "ready.py", "helper.py"}
    assert told.imported("helper.py").codes == {"helper.py:0", "helper.py:1"}
    assert told.imported("ready.py").notes == {"w ready"}
    assert told.owners["collect", TEST].uses == {TEST}
