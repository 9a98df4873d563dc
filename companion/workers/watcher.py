"""The watcher agent: notices what changes on disk and sends it as differences, one message for each save.

Everything here runs on the loop's thread; the thread that listens to the disk only fills an inbox. A report names a
path and says little else: what happened is found out by reading, once the burst that the path belongs to is over.
"""

import os
import time
from collections.abc import Collection, Iterable, Iterator

from companion.config import Config
from companion.core.debounce import Debouncer
from companion.messages import LookAt, Message, RootGone, Trigger
from companion.workers.link import Link
from companion.workers.loop import Timer
from companion.workers.watching import probe
from companion.workers.watching.authors import Authors
from companion.workers.watching.inbox import Sign
from companion.workers.watching.listening import Listening
from companion.workers.watching.polling import Poller
from companion.workers.watching.project import Project
from companion.workers.watching.source import OpenSource, native


def build(link: Link, config: Config, open_source: OpenSource = native) -> Watcher:
    """The agent, once it knows the whole project and listens. ``open_source`` stands in for the platform's own."""
    watcher = Watcher(link, config)
    try:
        watcher.start(open_source)
    except BaseException:
        watcher.close()
        raise
    return watcher


class Watcher:
    """See `companion.workers.link.Agent`."""

    def __init__(self, link: Link, config: Config) -> None:
        self._link, self._root = link, config.root
        self._poller = Poller(link.loop, config.polling_interval, self._look_around, self._found)
        self._listening = Listening(link, config, fall_back=self._poller.start)
        self._authors = Authors(config.root)
        self._project = Project(config, watch=self._listening.watch, unwatch=self._listening.unwatch)
        self._burst = Debouncer(config.debounce, config.settle, config.debounce_closed)
        self._timer: Timer | None = None
        self._rings_at = 0.0
        self._announced: set[str] = set()
        self._closed: dict[str, int] = {}
        self._is_over = False

    @property
    def detail(self) -> str:
        return f"{self._project.size}, {'listening' if self._listening.works else 'polling'}"

    def start(self, open_source: OpenSource) -> None:
        """Listen, and learn the whole project; each folder is listened to before it is read."""
        self._listening.open(open_source)
        self._add(self._project.learn())
        self._complain()
        self._listening.start(self._hear)

    def handle(self, message: Message) -> None:
        if isinstance(message, LookAt) and not self._is_over:
            self._publish([path for path in message.paths if _is_inside(path)], "save")

    def close(self) -> None:
        self._end()
        self._listening.close()

    def _hear(self, reports: list[tuple[str, Sign]]) -> None:
        if self._is_over:
            return None
        if not self._project.exists():
            return self._root_gone()
        is_all_lost = False
        for absolute, sign in reports:
            path = absolute[len(self._root) + 1 :].replace(os.sep, "/")
            if path == probe.NAME:
                self._listening.heard_probe()
            elif sign == "lost":
                is_all_lost = True
            elif path:
                self._suspect(path, sign)
            elif sign == "left":
                return self._root_gone()
        if is_all_lost:
            self._sweep()
        self._complain()
        return None

    def _suspect(self, path: str, sign: Sign) -> None:
        suspects = list(self._project.suspects(path, is_new_folder=sign == "appeared"))
        if path not in suspects:  # an editor's temporary file, gone again
            self._burst.discard(path)
            self._closed.pop(path, None)
        self._add(suspects, whole=sign == "whole")
        for suspect in suspects:
            self._closed[suspect] = time.time_ns() if sign == "whole" else 0

    def _sweep(self) -> None:
        for paths in self._project.sweep(""):
            self._add(paths)

    def _look_around(self) -> Iterator[list[str]]:
        """One look of the poller's."""
        if self._project.exists():
            yield from self._project.sweep("")
            self._complain()
        else:
            self._root_gone()

    def _found(self, paths: list[str]) -> None:
        """What a look found; what the one before found and nobody has read yet is no news, and prolongs no burst."""
        self._add([path for path in paths if path not in self._burst])

    def _add(self, paths: Iterable[str], *, whole: bool = False) -> None:
        for path in paths:
            self._burst.add(path, time.monotonic(), whole=whole)
        self._arm()

    def _arm(self) -> None:
        """One timer at a time: if the burst goes on meanwhile, it is set again when it fires."""
        deadline = self._burst.deadline()
        if deadline is None or self._is_over or (self._timer is not None and self._rings_at <= deadline):
            return
        if self._timer is not None:
            self._timer.cancel()
        self._rings_at = deadline
        self._timer = self._link.loop.call_later(max(0.0, deadline - time.monotonic()), self._ring)

    def _ring(self) -> None:
        self._timer = None
        paths = set(self._burst.due(time.monotonic()))
        announced = paths & self._announced
        self._announced -= announced
        self._publish(announced, "save")
        self._publish(paths - announced, "disk")
        self._arm()

    def _publish(self, paths: Collection[str], trigger: Trigger) -> None:
        """Read these files and send what has changed; those that are being written now are in the next burst."""
        if not self._project.exists():
            return self._root_gone()
        if not paths:
            return None
        changes, unsettled = self._project.changes(paths, self._closed if self._listening.works else None)
        if trigger == "save":
            self._announced.update(unsettled)
        self._add(unsettled)
        for path in set(paths).difference(unsettled):
            self._closed.pop(path, None)
        authors = self._authors
        message = authors.announced(paths, changes) if trigger == "save" else authors.told_by_disk(changes)
        if message is not None:
            self._link.send(message)
        self._complain()
        return None

    def _complain(self) -> None:
        status = self._project.news()
        if status is not None:
            self._link.send(status)

    def _root_gone(self) -> None:
        if not self._is_over:
            self._end()
            self._link.send(RootGone(f"{self._root} was deleted or moved: open the project where it is now."))

    def _end(self) -> None:
        """Do nothing any more, by itself or when told."""
        self._is_over = True
        self._poller.stop()
        self._listening.stop()
        if self._timer is not None:
            self._timer.cancel()


def _is_inside(path: str) -> bool:
    return bool(path) and not {"", ".", ".."} & set(path.split("/"))
