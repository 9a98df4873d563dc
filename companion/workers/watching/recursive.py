"""Where one watch covers a folder and all below it at no further cost (Windows): any emitter of watchdog's."""

import os

from watchdog.events import FileClosedNoWriteEvent, FileOpenedEvent, FileSystemEvent, FileSystemEventHandler
from watchdog.observers.api import BaseObserver, EventEmitter

from companion.workers.watching.inbox import Report
from companion.workers.watching.joined import Joined


class RecursiveSource:
    """See `companion.workers.watching.source.Source`. What lies in ignored folders is reported too."""

    def __init__(self, root: str, report: Report, emitter: type[EventEmitter]) -> None:
        joined = type(f"Joined{emitter.__name__}", (Joined, emitter), {})
        self._observer = _Observer(joined)
        self._observer.schedule(_Handler(report), root, recursive=True)
        self._observer.start()

    def watch(self, folder: str) -> None:
        """Nothing to do: it lies below the root."""

    def unwatch(self, folder: str) -> None:
        """Nothing to do: what is ignored is told apart later."""

    def close(self) -> None:
        self._observer.stop()
        self._observer.join()


class _Observer(Joined, BaseObserver):  # pyright: ignore[reportIncompatibleVariableOverride] - on purpose
    """The thread that hands events to the handler."""


class _Handler(FileSystemEventHandler):
    """Turns watchdog's events into reports; called by the observer's thread."""

    def __init__(self, report: Report) -> None:
        self._report = report

    def on_any_event(self, event: FileSystemEvent) -> None:
        if isinstance(event, FileOpenedEvent | FileClosedNoWriteEvent):
            return  # our own reading
        is_new = event.is_directory and event.event_type in {"created", "moved"}
        if event.src_path:
            self._report(os.fsdecode(event.src_path), "appeared" if is_new else "seen")
        if event.dest_path:
            self._report(os.fsdecode(event.dest_path), "appeared" if is_new else "seen")
