"""How the watcher learns of changes: by the platform's notification where that works, else by polling."""

import errno
from collections.abc import Callable
from pathlib import Path

from companion.config import Config
from companion.core.mounts import file_system_of, is_silent
from companion.messages import Status
from companion.workers.link import Link
from companion.workers.loop import Timer
from companion.workers.watching import probe
from companion.workers.watching.inbox import Inbox, Sign
from companion.workers.watching.source import OpenSource, Source

SOURCE = "watcher"
"""What the statuses speak of."""
_USED_UP = {errno.ENOSPC, errno.EMFILE, errno.ENFILE, errno.ENOMEM}


class Listening:
    """The notification, as long as it works; once it does not, it is closed and ``fall_back`` called, once."""

    def __init__(self, link: Link, config: Config, fall_back: Callable[[], None]) -> None:
        self._link, self._config, self._fall_back = link, config, fall_back
        self._inbox = Inbox()
        self._source: Source | None = None
        self._timer: Timer | None = None
        self._is_heard = False

    @property
    def works(self) -> bool:
        """Whether changes are listened for; polled for otherwise."""
        return self._source is not None

    def open(self, open_source: OpenSource) -> None:
        """Be ready for `watch`; reports are kept until `start`."""
        reason = _reason_to_poll(self._config)
        if reason:
            return self._give_up(reason)
        try:
            self._source = open_source(self._config.root, self._inbox.put)
        except OSError as error:
            self._give_up(_remedy(error))
        return None

    def start(self, hear: Callable[[list[tuple[str, Sign]]], None]) -> None:
        """Hand on what is reported, and find out whether anything is."""
        self._link.loop.add_reader(self._inbox.fileno(), lambda: hear(self._inbox.take()))
        self._is_heard = True
        if self.works:
            self._probe()

    def watch(self, folder: str) -> None:
        """Listen to this folder (relative path). Raises OSError if the folder is at fault."""
        if self._source is None:
            return
        try:
            self._source.watch(self._absolute(folder))
        except OSError as error:
            if error.errno not in _USED_UP:
                raise
            self._give_up(_remedy(error))

    def unwatch(self, folder: str) -> None:
        """Listen no more to this folder (relative path)."""
        if self._source is not None:
            self._source.unwatch(self._absolute(folder))

    def heard_probe(self) -> None:
        """The probe's event came: listening works."""
        if self._timer is not None:
            self._end_probe()
            self._link.send(Status(SOURCE, "ok", "Changes on disk are noticed at once."))

    def stop(self) -> None:
        """Listen no more; joins the source's threads."""
        self._end_probe()
        if self._source is not None:
            self._source.close()
            self._source = None

    def close(self) -> None:
        """`stop`, and release the descriptors; harmless before `start`."""
        self.stop()
        if self._is_heard:
            self._link.loop.remove_reader(self._inbox.fileno())
        self._inbox.close()

    def _probe(self) -> None:
        root = self._config.root
        try:
            probe.make_folder(root)
            self.watch(probe.FOLDER)
            if self.works:
                probe.write(root)
                self._timer = self._link.loop.call_later(probe.PATIENCE, self._unheard)
        except OSError as error:
            message = f"Whether changes on disk are noticed could not be tried out ({error}): allow writing there."
            self._link.send(Status(SOURCE, "warning", message))

    def _unheard(self) -> None:
        self._end_probe()
        self._give_up("changes here are not reported: keep the project on a local disk to have them noticed at once")

    def _end_probe(self) -> None:
        if self._timer is None:
            return
        self._timer.cancel()
        self._timer = None
        self.unwatch(probe.FOLDER)  # the engine's database is written there all the time
        try:
            probe.remove(self._config.root)
        except OSError:
            pass  # a leftover of a few bytes in our own folder

    def _give_up(self, reason: str) -> None:
        self.stop()
        interval = f"{self._config.polling_interval:g} s"
        self._link.send(Status(SOURCE, "warning", f"The project is looked at every {interval}, because {reason}."))
        self._fall_back()

    def _absolute(self, folder: str) -> str:
        return f"{self._config.root}/{folder}" if folder else self._config.root


def _reason_to_poll(config: Config) -> str:
    if config.polling == "always":
        return 'polling = "always" is set: take it out of [tool.companion] to have changes noticed at once'
    try:
        kind = file_system_of(config.root, Path("/proc/self/mountinfo").read_text("utf-8", "surrogateescape"))
    except OSError:  # not Linux
        return ""
    if is_silent(kind):
        return f"{kind} does not report all changes: keep the project on a local disk to have them noticed at once"
    return ""


def _remedy(error: OSError) -> str:
    match error.errno:
        case errno.ENOSPC:
            return "inotify's watches are used up: raise fs.inotify.max_user_watches with sysctl and start again"
        case errno.EMFILE | errno.ENFILE:
            return "inotify's instances are used up: raise fs.inotify.max_user_instances with sysctl and start again"
        case _:
            return f"listening for changes failed ({error}): change the project's place, or put up with it"
