"""`companion watch` on a terminal: the engine's events shown as they come, keys turned into work."""

import asyncio
import os
import signal
import subprocess
from collections.abc import Callable, Coroutine, Mapping
from contextlib import suppress
from pathlib import Path

from companion.front import report
from companion.front.commands import Action, Ask, Open, Quit, Send, Show, press
from companion.front.editor import Edit, edit
from companion.front.exits import Exit
from companion.front.keys import Keyboard
from companion.front.live import Live, Terminal
from companion.front.news import news
from companion.front.port import Engine
from companion.front.proposals import proposals
from companion.front.screen import Wish
from companion.messages import RequestRun, RunAccepted


class Watch:
    """One live screen, from `run` to its end."""

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
        self._tasks: set[asyncio.Task[None]] = set()
        self._windows: list[subprocess.Popen[bytes]] = []

    async def run(self) -> int:
        """Show until the person leaves; the exit code. Raises EngineUnavailableError, the terminal put back."""
        self._ended = asyncio.get_running_loop().create_future()
        self._keyboard = self._make_keyboard()
        with _signals(self._signals()):
            try:
                self._show()
                self._start(self._follow())
                return await self._ended
            finally:
                self._hide()
                self._live.close()
                await self._leave()

    async def _follow(self) -> None:
        await self._client.start()
        async for event in self._client.events():
            self._live.take(event)
            self._live.print(news(event, self._live.screen, self._client.board, self._live.page))

    def _press(self, key: str) -> None:
        if key == "ctrl-l":
            self._hide()
            self._show()
        action = press(self._live.screen, self._client.board, key)
        if action is not None:
            self._do(action)
        self._live.paint()

    def _do(self, action: Action) -> None:
        match action:
            case Send():
                self._client.send(action.message)
            case Ask():
                self._start(self._ask(action.wish))
            case Show():
                self._print(action)
            case Open():
                self._start(self._open(action))
            case Quit():
                self._end(Exit.GREEN)

    async def _ask(self, wish: Wish) -> None:
        answer = await self._client.request(
            lambda number: RequestRun(number, wish.scope, wish.arguments, self._pytest_args)
        )
        if isinstance(answer, RunAccepted):
            self._live.screen.labels[answer.generation] = wish.label

    def _print(self, action: Show) -> None:
        run = self._live.screen.progress.run
        if action.what == "proposals":
            self._live.print(proposals(self._client.board))
        elif run is not None:
            self._live.print(report.why(run, self._live.page))

    async def _open(self, place: Open) -> None:
        how = edit(self._environment, str(self._root / place.path), place.line)
        if how is None:
            self._live.screen.note = f"set EDITOR to open {place.path}:{place.line} from here"
        else:
            try:
                await self._start_editor(how)
            except OSError as error:
                self._live.screen.note = f"{how.command[0]} cannot be started ({error.strerror})"
        self._live.paint()

    async def _start_editor(self, how: Edit) -> None:
        if not how.terminal:
            quiet = subprocess.DEVNULL
            self._windows.append(  # a window outlives us: nobody waits for it
                subprocess.Popen(how.command, stdin=quiet, stdout=quiet, stderr=quiet, start_new_session=True)  # noqa: ASYNC220 - returns at once
            )
            return
        self._hide()
        try:
            ends = {"stdin": self._terminal.keys, "stdout": self._terminal.out.fileno()}
            process = await asyncio.create_subprocess_exec(*how.command, **ends)
            await process.wait()
        finally:
            self._show()

    def _make_keyboard(self) -> Keyboard | None:
        if self._terminal.keys is None:
            return None
        return Keyboard(self._terminal.keys, self._press, lambda: self._end(Exit.HANGUP))

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
        """Ctrl-Z: stop as any program does, with the terminal as it was found, and come back."""
        hidden = self._live.hidden
        if not hidden:
            self._hide()
        asyncio.get_running_loop().remove_signal_handler(signal.SIGTSTP)
        os.kill(os.getpid(), signal.SIGTSTP)
        # Here the shell has continued us.
        asyncio.get_running_loop().add_signal_handler(signal.SIGTSTP, self._suspend)
        if not hidden:
            self._show()

    def _end(self, code: int) -> None:
        if not self._ended.done():
            self._ended.set_result(code)

    def _start(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._done)
