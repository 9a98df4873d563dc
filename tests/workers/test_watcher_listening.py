"""Which way of noticing changes is taken, and what is said about it."""

import errno
import os
import select
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
from watchdog.observers.polling import PollingEmitter
from watcher_bench import DEADLINE, Bench, Silent, quick

from companion.messages import FilesChanged, Status
from companion.workers.loop import Loop
from companion.workers.watching.inbox import Inbox, Report
from companion.workers.watching.polling import Poller
from companion.workers.watching.recursive import RecursiveSource
from companion.workers.watching.source import Source, native


class Limited(Silent):
    """A source with room for a number of folders."""

    def __init__(self, root: str, report: Report, room: int, error: int) -> None:
        super().__init__(root, report)
        self.room, self.error = room, error

    def watch(self, folder: str) -> None:  # noqa: ARG002 - the port's
        if not self.room:
            raise OSError(self.error, os.strerror(self.error))
        self.room -= 1


class Told(Silent):
    """A source that reports what the test tells it to."""

    def __init__(self, root: str, report: Report, sources: list[Told]) -> None:
        super().__init__(root, report)
        self.report = report
        sources.append(self)


class QuickEmitter(PollingEmitter):
    """Watchdog's own polling, at a test's pace: stands for any emitter that covers a whole tree."""

    @property
    def timeout(self) -> float:
        return 0.02


def refused(error: int) -> Callable[[str, Report], Source]:
    def open_source(_root: str, _report: Report) -> Source:
        raise OSError(error, os.strerror(error))

    return open_source


def save(root: Path, text: str) -> None:
    (root / "p" / "a.py").write_text(text, "utf-8")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "p").mkdir()
    save(tmp_path, "x = 1\n")
    return tmp_path


def check_that_changes_are_noticed(bench: Bench) -> None:
    for text in "x = 2\n", "x = 3\n":
        save(bench.root, text)
        changes = bench.next()
        assert [change.path for change in changes.changes] == ["p/a.py"]


def warning_of(bench: Bench) -> str:
    status = bench.status()
    assert (status.source, status.health) == ("watcher", "warning")
    return status.message


def test_listening(root: Path) -> None:
    with Bench(quick(root)) as bench:
        assert bench.detail == "1 files in 2 folders, listening"
        assert bench.status() == Status("watcher", "ok", "Changes on disk are noticed at once.")
        check_that_changes_are_noticed(bench)
        assert not (root / ".companion" / "probe").exists()
        assert (root / ".companion" / ".gitignore").read_text("utf-8") == "*\n"


def test_nothing_is_reported(root: Path) -> None:
    with Bench(quick(root), Silent) as bench:
        assert warning_of(bench) == (
            "The project is looked at every 0.05 s, because changes here are not reported: "
            "keep the project on a local disk to have them noticed at once."
        )
        check_that_changes_are_noticed(bench)
        assert bench.statuses.empty()
        assert not (root / ".companion" / "probe").exists()


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (errno.ENOSPC, "raise fs.inotify.max_user_watches with sysctl"),
        (errno.EMFILE, "raise fs.inotify.max_user_instances"),
    ],
)
@pytest.mark.parametrize("room", [0, 1, 2])
def test_limits_are_reached(root: Path, room: int, error: int, said: str) -> None:
    with Bench(quick(root), partial(Limited, room=room, error=error)) as bench:
        assert said in warning_of(bench)
        check_that_changes_are_noticed(bench)
        assert bench.statuses.empty()


def test_a_new_folder_reaches_the_limit(root: Path) -> None:
    sources: list[Told] = []

    class Full(Told):
        def watch(self, folder: str) -> None:
            if folder.endswith("new"):
                raise OSError(errno.ENOSPC, "full")

    with Bench(quick(root), partial(Full, sources=sources)) as bench:
        sources[0].report(str(root / ".companion" / "probe"), "seen")
        assert bench.status().health == "ok"
        (root / "new").mkdir()
        sources[0].report(str(root / "new"), "appeared")
        assert "max_user_watches" in warning_of(bench)
        assert sources[0].closed
        check_that_changes_are_noticed(bench)


def test_no_instance_left(root: Path) -> None:
    with Bench(quick(root), refused(errno.EMFILE)) as bench:
        assert "max_user_instances" in warning_of(bench)
        assert bench.detail.endswith("polling")
        check_that_changes_are_noticed(bench)


def test_no_notification_on_this_platform(root: Path) -> None:
    with Bench(quick(root), refused(errno.ENOSYS)) as bench:
        assert os.strerror(errno.ENOSYS) in warning_of(bench)
        check_that_changes_are_noticed(bench)


def test_polling_is_configured(root: Path) -> None:
    with Bench(replace(quick(root), polling="always"), refused(errno.EIO)) as bench:
        assert 'polling = "always" is set' in warning_of(bench)
        check_that_changes_are_noticed(bench)
        assert not (root / ".companion").exists()


def test_polling_sees_all_kinds_of_changes(root: Path) -> None:
    with Bench(replace(quick(root), polling="always")) as bench:
        (root / "q" / "r").mkdir(parents=True)
        (root / "q" / "r" / "b.py").write_text("y = 1\n", "utf-8")
        assert [(change.kind, change.path) for change in bench.next().changes] == [("created", "q/r/b.py")]
        (root / "q").rename(root / "s")
        found = [(change.kind, change.path) for change in bench.rest()]
        assert sorted(found) == [("created", "s/r/b.py"), ("deleted", "q/r/b.py")]
        times = (root / "p" / "a.py").stat()
        save(root, "x = 9\n")
        os.utime(root / "p" / "a.py", ns=(times.st_atime_ns, times.st_mtime_ns))  # same size, same time
        assert [change.path for change in bench.next().changes] == ["p/a.py"]


def test_events_were_lost(root: Path) -> None:
    sources: list[Told] = []
    with Bench(quick(root), partial(Told, sources=sources)) as bench:
        sources[0].report(str(root / ".companion" / "probe"), "seen")
        assert bench.status().health == "ok"
        save(root, "x = 2\n")
        (root / "new").mkdir()
        (root / "new" / "b.py").write_text("y = 1\n", "utf-8")
        sources[0].report(str(root / "p"), "lost")
        assert [change.path for change in bench.next().changes] == ["new/b.py", "p/a.py"]


def test_an_emitter_that_covers_the_whole_tree(root: Path) -> None:
    with Bench(quick(root), partial(RecursiveSource, emitter=QuickEmitter)) as bench:
        assert bench.status().health == "ok"
        check_that_changes_are_noticed(bench)
        (root / "node_modules" / "x").mkdir(parents=True)
        (root / "node_modules" / "x" / "b.py").write_text("y = 1\n", "utf-8")
        (root / "p").rename(root / "q")
        assert sorted(change.path for change in bench.rest()) == ["p/a.py", "q/a.py"]


def test_own_folder_cannot_be_made(root: Path) -> None:
    (root / ".companion").write_text("in the way", "utf-8")
    with Bench(quick(root)) as bench:
        assert warning_of(bench).startswith("Whether changes on disk are noticed could not be tried out")
        check_that_changes_are_noticed(bench)


@pytest.mark.skipif(sys.platform != "linux", reason="inotify is Linux's")
def test_a_folder_that_is_watched_twice_is_reported_once(tmp_path: Path) -> None:
    inbox = Inbox()
    source = native(str(tmp_path), inbox.put)
    heard: list[str] = []

    def make(name: str) -> None:
        (tmp_path / name).mkdir()
        while name not in heard:
            assert select.select([inbox], [], [], DEADLINE)[0]
            heard.extend(Path(path).name for path, sign in inbox.take() if sign == "appeared")

    source.watch(str(tmp_path))
    source.watch(str(tmp_path))
    make("first")
    source.unwatch(str(tmp_path))
    (tmp_path / "unseen").mkdir()
    source.watch(str(tmp_path))
    make("last")
    source.close()
    inbox.close()
    assert heard == ["first", "last"]


def test_looks_are_cut_into_slices() -> None:
    loop = Loop()
    calls: list[str] = []

    def look() -> Iterator[list[str]]:
        for number in range(30):
            until = time.monotonic() + 0.004
            while time.monotonic() < until:  # busy, as a slow disk keeps it
                pass
            calls.append("step")
            yield [str(number)]

    def found(paths: list[str]) -> None:
        assert paths == [str(number) for number in range(30)]
        poller.stop()
        loop.stop()

    poller = Poller(loop, 0.0, look, found)
    poller.start()
    loop.call_later(0.03, lambda: calls.append("something else"))
    loop.call_later(DEADLINE, loop.stop)
    loop.run()
    loop.close()
    assert "something else" in calls[:-1]


def test_a_save_is_not_split_by_polling(root: Path) -> None:
    with Bench(replace(quick(root), polling="always")) as bench:
        for number in range(50):
            (root / "p" / f"m{number}.py").write_text("x = 1\n", "utf-8")
        seen: list[FilesChanged] = []
        while sum(len(each.changes) for each in seen) < 50:
            seen.append(bench.next())
        assert len(seen) <= 2  # a look may fall between the first file and the last
