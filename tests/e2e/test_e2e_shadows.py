"""What selection cannot see: found while nobody waits, shown, and not missed a second time."""

import os
import select
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path

import pytest
from enginekit import PATIENCE, Front
from selectionkit import edited, lay

from companion.messages import Diagnosis, ItemFinished, Status
from companion.workers.running.battery import on_battery

pytestmark = pytest.mark.skipif(on_battery(), reason="nothing is tried on battery")

Join = Callable[[Path], Front]

LEFT = {
    "app.py": "RATE = 0\n\n\ndef compute():\n    return 1\n",
    "other.py": "def other():\n    return 1\n",
    "test_app.py": "import app\n\n\ndef test_sets():\n    app.RATE = app.compute()\n\n\n"
    "def test_finds():\n    assert app.RATE == 1\n",
    "test_other.py": "import other\n\n\ndef test_other():\n    assert other.other()\n",
}
"""One item leaves to another what a function came to: nobody sees that the other one depends on it."""
PROCESS = '[tool.companion]\nlane = "process"\n'
"""Nothing is tried in an interpreter."""
SETS, FINDS = "test_app.py::test_sets", "test_app.py::test_finds"


def diagnosed(front: Front, fits: Callable[[Diagnosis], bool]) -> Diagnosis:
    """What doctor is told, once it is so."""
    end = time.monotonic() + PATIENCE
    while not fits(found := front.diagnose()):
        assert time.monotonic() < end, (found.skips, found.missed, found.misses)
    return found


def shown(front: Front, node_id: str) -> ItemFinished:
    return front.until(ItemFinished, lambda item: item.id == node_id)


def test_an_item_that_depends_on_what_another_one_left(tmp_path: Path, join: Join) -> None:
    root = tmp_path.resolve() / "project"
    lay(root, LEFT)
    front = join(root)
    assert front.verdict().passed == 3
    assert set(edited(front, {"app.py": LEFT["app.py"].replace("return 1", "return 2")})) == {SETS}
    assert front.red() == []
    status = front.until(Status, lambda status: status.source == "selection")
    assert (status.health, FINDS in status.message, "app.py" in status.message) == ("warning", True, True)
    found = shown(front, FINDS)
    assert (found.outcome, found.state, found.path) == ("failed", "", "test_app.py")
    assert front.red() == [FINDS]
    told = diagnosed(front, lambda diagnosis: diagnosis.skips >= 2)
    assert told.missed == 1
    assert [(miss.id, miss.files) for miss in told.misses] == [(FINDS, ("app.py",))]
    why = edited(front, {"app.py": LEFT["app.py"].replace("return 1", "return 0 + 1")})
    assert why == {SETS: "calls app:compute", FINDS: "reads app.py"}
    assert front.red() == []
    assert front.board.statuses["selection"].health == "ok"
    front.end()
    lay(root, {"app.py": LEFT["app.py"].replace("return 1", "return 3")})
    again = join(root)
    assert again.verdict().selected == 2
    assert again.red() == [FINDS]
    assert again.diagnose().misses == told.misses


def test_a_file_that_is_looked_at_past_python(tmp_path: Path, join: Join) -> None:
    root = tmp_path.resolve() / "project"
    lay(root, {
        "data.bin": "123",
        "test_size.py": "import posix\n\n\ndef test_size():\n    assert posix.stat('data.bin').st_size == 3\n\n\n"
        "def test_none():\n    pass\n",
    })  # fmt: skip
    front = join(root)
    assert front.verdict().passed == 2
    assert edited(front, {"data.bin": "1234"}) == {}
    assert shown(front, "test_size.py::test_size").outcome == "failed"
    assert edited(front, {"data.bin": "123"}).keys() == {"test_size.py::test_size"}
    assert front.red() == []
    told = diagnosed(front, lambda diagnosis: diagnosis.skips >= 2)
    assert [miss.files for miss in told.misses] == [("data.bin",)]


def test_a_flaky_item_is_no_miss(tmp_path: Path, join: Join) -> None:
    """It fails once, when nobody has asked."""
    root, mood = tmp_path.resolve() / "project", tmp_path.resolve() / "mood"
    lay(root, {
        **LEFT,
        "pyproject.toml": PROCESS,
        "test_mood.py": "import app, pathlib\n\n\ndef test_mood():\n"
        f"    mood = pathlib.Path({str(mood)!r})\n    was, _ = mood.read_text(), mood.write_text('good')\n"
        "    assert was == 'good'\n",
    })  # fmt: skip
    mood.write_text("good")
    front = join(root)
    assert front.verdict().passed == 4
    mood.write_text("bad")
    assert edited(front, {"other.py": "def other():\n    return 2\n"}).keys() == {"test_other.py::test_other"}
    found = shown(front, "test_mood.py::test_mood")
    assert (found.outcome, found.state) == ("passed", "flaky")
    assert front.red() == []
    assert front.diagnose().misses == ()


def test_a_change_comes_first(tmp_path: Path, join: Join) -> None:
    """The item that is tried does not end; whoever saves meanwhile does not wait for it."""
    root, hangs = tmp_path.resolve() / "project", tmp_path.resolve() / "hangs"
    lay(root, {
        **LEFT,
        "pyproject.toml": PROCESS,
        "test_hangs.py": "import app, os, time\n\n\ndef test_hangs():\n"
        f"    if os.path.exists({str(hangs)!r}):\n        out = os.open({str(hangs)!r}, os.O_WRONLY)\n"
        "        os.write(out, b'x')\n        time.sleep(3600)\n",
    })  # fmt: skip
    front = join(root)
    assert front.verdict().passed == 4
    with pipe(hangs) as hears:
        edited(front, {"other.py": "def other():\n    return 2\n"})
        assert hears() == b"x"
        assert edited(front, {"other.py": "def other():\n    return 3\n"}).keys() == {"test_other.py::test_other"}
        assert hears() == b"", "it is gone"
    assert front.red() == []


def test_where_it_is_turned_off_nothing_is_tried(tmp_path: Path, join: Join) -> None:
    root = tmp_path.resolve() / "project"
    lay(root, {**LEFT, "pyproject.toml": "[tool.companion]\nshadow-runs = false\n"})
    front = join(root)
    front.verdict()
    edited(front, {"app.py": LEFT["app.py"].replace("return 1", "return 2")})
    front.resident()
    assert front.diagnose().skips == 0


@contextmanager
def pipe(path: Path) -> Generator[Callable[[], bytes]]:
    """What whoever opens it writes: a byte; none when all have closed it."""
    os.mkfifo(path)
    reader = os.open(path, os.O_RDONLY | os.O_NONBLOCK)

    def hears() -> bytes:
        if not select.select([reader], [], [], PATIENCE)[0]:
            pytest.fail("nobody opened it")
        return os.read(reader, 1)

    try:
        yield hears
    finally:
        os.close(reader)
