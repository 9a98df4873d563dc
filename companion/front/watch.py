"""`companion watch` on a terminal: the engine's events shown as they come, keys turned into work."""

import asyncio
import signal
import subprocess
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from contextlib import suppress
from pathlib import Path

from companion.front import editor
from companion.front.actions import Action, Ask, Open, Quit, Send, Show
from companion.front.commands import press
from companion.front.exits import Exit
from companion.front.keys import Keyboard
from companion.front.live import Live, Terminal
from companion.front.port import Engine
from companion.front.proposals import proposals
from companion.front.report import news, why
from companion.front.screen import Wish
from companion.front.session import keep
from companion.front.signals import handled, stop_here
from companion.messages import CaughtUp, RequestRun
from companion.runtime.remembered import glimpsed


class Watch:
    """One live screen, from `run` to its end. ``environment`` names the person's editor."""

    def __init__(
        self, client: Engine, root: Path, terminal: Terminal, *, environment: Mapping[str, str],
        pytest_args: tuple[str, ...] = (),
    ) -> None:  # fmt: skip
        self._client = client
        self._root = root
        self._terminal = terminal
        self._environment = environment
        self._pytest_args = pytest_args
        self._live = Live(client, root, terminal)
        self._keyboard: Keyboard | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._windows: list[subprocess.Popen[bytes]] = []

    async def run(self, starting: Awaitable[None] | None = None) -> int:
        """Show until the person leaves; the exit code. Raises EngineUnavailableError, the terminal put back.

        ``starting`` ends when the client has started, where that was begun before.
        """
        self._ended: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        if self._terminal.keys is not None:
            self._keyboard = Keyboard(self._terminal.keys, self._press, lambda: self._end(Exit.HANGUP))
        with handled(self._signals()):
            try:
                for result in glimpsed(self._root):
                    self._client.board.apply(result)
                self._show()
                self._begin(self._follow(starting or self._client.start()))
                return await self._ended
            finally:
                await self._leave()

    async def _follow(self, starting: Awaitable[None]) -> None:
        await starting
        async for event in self._client.events():
            if isinstance(event, CaughtUp) and self._pytest_args:
                self._client.send(keep(self._pytest_args))
            self._live.take(event)
            self._live.print(news(event, self._live.screen, self._client.board, self._live.page))

    def _press(self, key: str) -> None:
        action = press(self._live.screen, self._client.board, key)
        if action is not None:
            self._do(action)
        self._live.paint()

    def _do(self, action: Action) -> None:
        match action:
            case Send():
                self._client.send(action.message)
            case Ask():
                self._begin(self._ask(action.wish))
            case Show():
                self._print(action)
            case Open():
                self._begin(self._open(action))
            case Quit():
                self._end(Exit.GREEN)

    async def _ask(self, wish: Wish) -> None:
        def make(number: int) -> RequestRun:
            self._live.screen.asked[number] = wish.label
            return RequestRun(number, wish.scope, wish.arguments, self._pytest_args)

        await self._client.request(make)

    def _print(self, action: Show) -> None:
        run = self._live.screen.progress.run
        if action.what == "proposals":
            self._live.print(proposals(self._client.board, self._live.page.width))
        elif run is not None:
            self._live.print(why(run, self._live.page))

    async def _open(self, place: Open) -> None:
        how = editor.edit(self._environment, str(self._root / place.path), place.line)
        try:
            if how is None:
                self._live.screen.note = f"set EDITOR to open {place.path}:{place.line} from here"
            elif how.terminal:
                await self._lend(how.command)
            else:
                self._windows.append(editor.launch(how.command))
        except OSError as error:
            self._live.screen.note = f"the editor cannot be started ({error.strerror}): look at EDITOR"
        self._live.paint()

    async def _lend(self, command: tuple[str, ...]) -> None:
        """Give the terminal to another program until it ends."""
        self._hide()
        try:
            await editor.run(command, self._terminal.keys, self._terminal.out.fileno())
        finally:
            self._show()

    def _show(self) -> None:
        if self._keyboard is not None:
            self._keyboard.open()
        self._live.open()

    def _hide(self) -> None:
        self._live.hide()
        if self._keyboard is not None:
            self._keyboard.close()

    def _signals(self) -> dict[signal.Signals, Callable[[], None]]:
        return {
            signal.SIGINT: self._interrupt,
            signal.SIGTERM: lambda: self._end(Exit.TERMINATED),
            signal.SIGHUP: lambda: self._end(Exit.HANGUP),
            signal.SIGWINCH: self._live.paint,
            signal.SIGTSTP: self._suspend,
        }

    def _interrupt(self) -> None:
        if not self._live.hidden:  # else it was meant for the editor
            self._end(Exit.INTERRUPT)

    def _suspend(self) -> None:
        hidden = self._live.hidden
        if not hidden:
            self._hide()
        stop_here(self._suspend)
        if not hidden:
            self._show()

    def _end(self, code: int) -> None:
        if not self._ended.done():
            self._ended.set_result(code)

    def _begin(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._done)

    def _done(self, task: asyncio.Task[None]) -> None:
        """What goes wrong anywhere ends the whole."""
        self._tasks.discard(task)
        error = None if task.cancelled() else task.exception()
        if error is not None and not self._ended.done():
            self._ended.set_exception(error)

    async def _leave(self) -> None:
        """Work first: an editor that had the terminal gives it back to us, and we to whoever had it before."""
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        with suppress(OSError):  # the terminal may be gone
            self._live.close()
        if self._keyboard is not None:
            self._keyboard.close()
        await self._client.close()
