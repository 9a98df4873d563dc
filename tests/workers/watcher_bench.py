"""A bench for the watcher: the real agent on a real loop in a thread of its own, its messages in queues."""

import queue
import threading
from collections import deque
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Self

from companion.config import Config
from companion.core.filechange import content_after
from companion.messages import FileChange, FilesChanged, Message, RootGone, Status
from companion.runtime.doorbell import Doorbell
from companion.workers.loop import Loop
from companion.workers.watcher import Watcher, build
from companion.workers.watching.inbox import Report
from companion.workers.watching.source import OpenSource, native

DEADLINE = 20.0
"""Seconds until a test gives up; none waits that long unless it fails."""
MARK = "mark.dat"


def quick(root: Path) -> Config:
    """A configuration for tests: everything at once, nothing skipped."""
    return Config(root=str(root), debounce=0.05, debounce_closed=0.05, settle=2.0, polling_interval=0.05)


class Bench:
    """As context manager: runs the agent, and fails if it left a thread behind or raised."""

    def __init__(self, config: Config, open_source: OpenSource = native) -> None:
        self.root = Path(config.root)
        self.changes: queue.Queue[FilesChanged] = queue.Queue()
        self.statuses: queue.Queue[Status] = queue.Queue()
        self.ends: queue.Queue[RootGone] = queue.Queue()
        self.loop = Loop()
        self.detail = ""
        self._config, self._open_source = config, open_source
        self._started: queue.Queue[BaseException | None] = queue.Queue()
        self._told: deque[Message | None] = deque()
        self._bell = Doorbell.create()
        self._thread = threading.Thread(target=self._run)
        self._marks = 0

    def send(self, message: Message) -> None:
        """The agent's `Link.send`."""
        match message:
            case FilesChanged():
                self.changes.put(message)
            case Status():
                self.statuses.put(message)
            case RootGone():
                self.ends.put(message)
            case _:
                raise AssertionError(message)

    def tell(self, message: Message | None) -> None:
        """Let the agent handle a message; None ends it."""
        self._told.append(message)
        self._bell.ring()

    def next(self) -> FilesChanged:
        """The next change."""
        return self.changes.get(timeout=DEADLINE)

    def status(self) -> Status:
        """The next status."""
        return self.statuses.get(timeout=DEADLINE)

    def rest(self) -> list[FileChange]:
        """All further changes up to now: up to a file that is written now, itself left out.

        A look of the poller's may have passed by a file before it changed, and seen the mark; the next one has not.
        """
        rounds = 2 if self._config.polling == "always" else 1
        return [change for _ in range(rounds) for change in self._up_to_mark()]

    def _up_to_mark(self) -> list[FileChange]:
        self._marks += 1
        aside = self.root / "mark.tmp"
        aside.write_text(str(self._marks), "utf-8")
        aside.replace(self.root / MARK)  # at once: a mark seen half-written would be seen twice
        found: list[FileChange] = []
        while not found or found[-1].path != MARK:
            found += sorted(self.next().changes, key=lambda change: change.path == MARK)
        return found[:-1]

    def abandon(self) -> None:
        """In place of the context's end, where the agent could not be built."""
        self._thread.join(DEADLINE)
        self._bell.close()

    def __enter__(self) -> Self:
        self._thread.start()
        error = self._started.get(timeout=DEADLINE)
        if error is not None:
            raise error
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.tell(None)
        self._thread.join(DEADLINE)
        assert not self._thread.is_alive()
        self._bell.close()
        raised = self._started.get(timeout=DEADLINE)
        if error is None and raised is not None:
            raise raised

    def _run(self) -> None:
        try:
            agent = build(self, self._config, self._open_source)
            self.detail = agent.detail
            self._started.put(None)
            self._serve(agent)
        except BaseException as error:  # noqa: BLE001 - raised again by the test's thread
            self._started.put(error)
        else:
            self._started.put(None)
        finally:
            self.loop.close()

    def _serve(self, agent: Watcher) -> None:
        self.loop.add_reader(self._bell.fileno(), lambda: self._deliver(agent))
        try:
            self.loop.run()
        finally:
            agent.close()

    def _deliver(self, agent: Watcher) -> None:
        self._bell.clear()
        while self._told:
            message = self._told.popleft()
            if message is None:
                self.loop.stop()
            else:
                agent.handle(message)


class Mirror:
    """What a receiver of the changes knows, starting from the disk as it was when the agent started."""

    def __init__(self, files: dict[str, bytes]) -> None:
        self.files = dict(files)

    def apply(self, changes: list[FileChange]) -> None:
        """Take changes in order."""
        for change in changes:
            data = content_after(change, self.files.get(change.path))
            if data is None:
                del self.files[change.path]
            else:
                self.files[change.path] = data


def on_disk(root: Path) -> dict[str, bytes]:
    """The project's files but for companion's own folder and the bench's mark."""
    return {path: data for path, data in _walk(root) if path != MARK}


def _walk(root: Path) -> Iterator[tuple[str, bytes]]:
    for folder, folders, names in root.walk():
        folders[:] = [name for name in folders if name not in {".companion", ".git"}]
        for name in names:
            yield (folder / name).relative_to(root).as_posix(), (folder / name).read_bytes()


class Silent:
    """A source that takes every watch and never reports anything."""

    def __init__(self, root: str, report: Report) -> None:  # noqa: ARG002 - as `OpenSource`
        self.closed = False

    def watch(self, folder: str) -> None:
        """Nothing will come of it."""

    def unwatch(self, folder: str) -> None:
        """Nothing came of it."""

    def close(self) -> None:
        self.closed = True


__all__ = ["DEADLINE", "MARK", "Bench", "Mirror", "Silent", "on_disk", "quick"]
