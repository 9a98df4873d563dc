"""``$/progress`` for runs that take a while, ``window/logMessage`` at their end for editors without it."""

import asyncio
import itertools
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from lsprotocol import types
from pygls.exceptions import JsonRpcException

from companion.core.board import RED
from companion.front.words import verdict
from companion.messages import CaughtUp, EngineEvent, ItemFinished, RunFinished, Selected, StopRun
from lsp.bridge import Bridge
from lsp.options import Options
from lsp.protocol import Protocol
from lsp.session import Session
from lsp.ticker import Pending, Timer

type Ask = Callable[[str, object], Awaitable[object]]
type Notify = Callable[[str, object], None]


@dataclass(slots=True)
class _Run:
    """One run that is going on. ``total`` is 0 where the number of items is not known."""

    bridge: Bridge
    token: str
    total: int
    began: float
    done: int = 0
    red: int = 0
    reported: float = 0.0
    shown: bool = False
    opening: Pending | None = field(default=None)


class Progress:
    """Law: whatever was begun is ended, also when the engine dies, the root is closed or the server shut down."""

    def __init__(self, session: Session, protocol: Protocol, timer: Timer, options: Options) -> None:
        self._session = session
        self._protocol = protocol
        self._timer = timer
        self._options = options
        self._runs: dict[Bridge, _Run] = {}
        self._serial = itertools.count(1)
        self._tasks: set[asyncio.Task[None]] = set()

    def register(self, protocol: Protocol) -> None:
        protocol.on(types.WINDOW_WORK_DONE_PROGRESS_CANCEL, self.cancelled)

    def heard(self, bridge: Bridge, event: EngineEvent) -> None:
        if bridge.standing != "joined":
            return
        match event:
            case CaughtUp() if event.running:
                self._begin(bridge)
            case Selected() if event.items:
                self._begin(bridge)
            case ItemFinished():
                self._count(bridge, event)
            case RunFinished():
                self._end(bridge, event)
            case _:
                pass

    def stood(self, bridge: Bridge) -> None:
        if bridge.standing != "joined":
            self._end(bridge, None)

    def cancelled(self, params: types.WorkDoneProgressCancelParams) -> None:
        """The person behind the editor wants this run to stop."""
        for run in self._runs.values():
            if run.token == params.token:
                run.bridge.send(StopRun())

    def end_all(self) -> None:
        """The server says goodbye."""
        for bridge in list(self._runs):
            self._end(bridge, None)

    def _begin(self, bridge: Bridge) -> None:
        self._end(bridge, None)
        items = bridge.board.selected.items if bridge.board.selected else ()
        total = len(items) if all("::" in item.id for item in items) else 0
        run = self._runs[bridge] = _Run(bridge, f"companion-run-{next(self._serial)}", total, self._timer.time())
        run.opening = self._timer.call_later(self._options.progress_delay, lambda: self._open(run))

    def _open(self, run: _Run) -> None:
        if self._session.can.progress:
            task = asyncio.get_running_loop().create_task(self._show(run))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _show(self, run: _Run) -> None:
        token = types.WorkDoneProgressCreateParams(run.token)
        try:
            await self._protocol.ask(types.WINDOW_WORK_DONE_PROGRESS_CREATE, token, self._options.client_timeout)
        except JsonRpcException, TimeoutError:
            return  # the editor would rather not
        if self._runs.get(run.bridge) is run:
            run.shown = True
            title = "companion: running tests"
            self._send(run, types.WorkDoneProgressBegin(title, cancellable=True, message=_words(run)))

    def _count(self, bridge: Bridge, event: ItemFinished) -> None:
        run = self._runs.get(bridge)
        if run is None:
            return
        run.done += 1
        run.red += event.outcome in RED
        now = self._timer.time()
        if run.shown and now - run.reported >= self._options.progress_interval:
            run.reported = now
            percentage = min(100, 100 * run.done // run.total) if run.total else None
            self._send(run, types.WorkDoneProgressReport(message=_words(run), percentage=percentage))

    def _end(self, bridge: Bridge, finished: RunFinished | None) -> None:
        run = self._runs.pop(bridge, None)
        if run is None:
            return
        if run.opening is not None:
            run.opening.cancel()
        words = _summary(finished) if finished else "interrupted"
        if run.shown:
            self._send(run, types.WorkDoneProgressEnd(message=words))
        elif not self._session.can.progress and self._timer.time() - run.began > self._options.progress_delay:
            log = types.LogMessageParams(types.MessageType.Info, f"companion: {words}")
            self._protocol.notify(types.WINDOW_LOG_MESSAGE, log)

    def _send(self, run: _Run, value: object) -> None:
        self._protocol.notify(types.PROGRESS, types.ProgressParams(run.token, value))


def _words(run: _Run) -> str:
    done = f"{run.done} of {run.total}" if run.total else f"{run.done}"
    return f"{done} · {run.red} failed" if run.red else done


def _summary(run: RunFinished) -> str:
    if run.problem:
        return run.problem
    return f"{'stopped: ' if run.cancelled else ''}{verdict(run)} in {run.seconds:.1f} s"
