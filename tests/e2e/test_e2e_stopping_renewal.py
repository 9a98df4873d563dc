"""An engine that has grown goes on as a fresh process, and nobody notices: not even those who are joined to it."""

from collections.abc import Callable
from pathlib import Path

from enginekit import Front, save, write
from stoppingkit import REST, Join, expected, falls, finished, item, wait_until, with_hazards

from companion.core.board import file_of
from companion.messages import Change, Diagnosis, RunFinished, Status, Welcome
from companion.runtime.place import place_of
from companion.store.marker import Marker

Project = Callable[[str], Path]

LEAK = """
import ctypes

LIBC = ctypes.CDLL(None)
LIBC.malloc.restype = ctypes.c_void_p


def test_leak():
    size = 100_000_000
    ctypes.memset(LIBC.malloc(ctypes.c_size_t(size)), 1, size)
"""
LEAKS = "test_leak.py::test_leak"


def log(root: Path) -> str:
    return place_of(root).log.read_text("utf-8")


def renewals(root: Path) -> int:
    return log(root).count("ended: renewed")


def grown(root: Path, join: Join) -> Front:
    """An engine that holds, after two runs, more than it may."""
    write(root / "test_leak.py", LEAK)
    with (root / "pyproject.toml").open("a", encoding="utf-8") as out:
        out.write('\n[tool.companion]\nlane = "interpreter"\nengine-memory = 50\n')
    front = join(root)
    front.verdict()
    front.run("all")
    front.verdict()
    return front


def test_fronts_see_nothing_of_it(project: Project, join: Join) -> None:
    front = grown(project("green"), join)
    other = join(front.root)
    before, memory = front.outcomes(), front.diagnose().memory
    wait_until(front, lambda: renewals(front.root) == 1)
    after = front.diagnose()
    assert (after.engine_pid, front.outcomes()) == (front.engine, before)
    assert after.memory < memory - 50_000_000
    front.resident()
    save(front.root / "test_words.py", "def test_no_words", "def test_none")
    for each in (front, other):
        seen = len(each.seen)
        each.until(Change)
        told = [event for event in each.seen[seen:] if not isinstance(event, Diagnosis | Status)]
        assert len(told) == 1, "nothing was told until something changed"
        assert {status.health for status in each.board.statuses.values()} == {"ok"}
        each.until(RunFinished, lambda run: not run.cancelled)
        assert "test_words.py::test_none" in each.outcomes()
        assert "test_words.py::test_no_words" not in each.outcomes()
        assert each.board.selected is not None
        ran = {file_of(item.id) for item in each.board.selected.items}
        assert ran == {"test_words.py"}, "no more than what is affected"
        assert falls(each.seen) == 0
        assert len([event for event in each.seen if isinstance(event, Welcome)]) == 1
    assert renewals(front.root) == 1


def test_what_changes_meanwhile_is_run(project: Project, join: Join) -> None:
    """The disk is written to all the time, also just when nobody looks at it."""
    front = grown(project("green"), join)
    saves = 0

    def changed() -> bool:
        nonlocal saves
        if renewals(front.root):
            saves += 1
            write(front.root / "test_new.py", f"def test_{saves}():\n    pass\n")
        return renewals(front.root) == 1 and log(front.root).count("INFO serving") == 2

    wait_until(front, changed)
    front.until(RunFinished, lambda run: not run.cancelled and f"test_new.py::test_{saves}" in front.outcomes())
    assert falls(front.seen) == 0


def test_files_are_tried_in_interpreters_as_before(project: Project, join: Join) -> None:
    """Whoever was joined to the old engine still looks, and says nothing anew."""
    root = project("green")
    write(root / "test_leak.py", LEAK)
    with (root / "pyproject.toml").open("a", encoding="utf-8") as out:
        out.write("\n[tool.companion]\nengine-memory = 50\n")
    front = join(root)
    front.verdict()
    wait_until(front, lambda: lanes(front) == {"interpreter"})
    front.run("all")
    front.verdict()
    wait_until(front, lambda: renewals(root) == 1)
    write(root / "test_new.py", "def test_new():\n    pass\n")
    front.until(RunFinished, lambda run: not run.cancelled and "test_new.py::test_new" in front.outcomes())
    assert front.board.results["test_new.py::test_new"].lane == "process"
    wait_until(front, lambda: lanes(front) == {"interpreter"})


def test_an_interpreter_that_does_not_end_is_got_rid_of(tmp_path: Path, join: Join) -> None:
    """It would burn a core for as long as somebody works here."""
    root = with_hazards(tmp_path / "project", "stubborn_loop", options="item-timeout = 0.5")
    front = join(root)
    finished(front)
    wait_until(front, lambda: bool(left_behind(front)))
    front.run("paths", "test_rest.py")
    front.verdict()
    wait_until(front, lambda: renewals(root) == 1)
    assert left_behind(front) == []
    assert front.outcomes() == expected("stubborn_loop")
    assert "test_stubborn_loop.py" in Marker(str(root)).quarantined()
    front.run("all")
    finished(front)
    assert front.board.results[item("stubborn_loop")].lane == "process"
    assert front.board.results[REST].lane == "interpreter"
    assert falls(front.seen) == 0


def lanes(front: Front) -> set[str]:
    """Where files run next."""
    return {row.lane for row in front.diagnose().lanes}


def left_behind(front: Front) -> list[str]:
    return [agent.name for agent in front.diagnose().agents if agent.state == "left behind"]
