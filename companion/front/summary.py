"""A one-shot run for people: progress on a terminal, then failures with their source, and a summary."""

from pathlib import Path

from rich.text import Text

from companion.core.board import Board
from companion.front.live import Live, Terminal, is_live
from companion.front.port import Engine
from companion.front.report import failures, finished, lost
from companion.front.view import totals
from companion.front.words import one_line
from companion.messages import Disconnected, EngineEvent, RunFinished, Status


class TextFace:
    """Progress while it runs, then failures with their source and a summary."""

    def __init__(self, client: Engine, root: Path, terminal: Terminal) -> None:
        self._client = client
        self._live = Live(client, root, terminal)
        self._said: set[str] = set()
        if is_live(terminal.out):
            self._live.open()

    def show(self, event: EngineEvent) -> None:
        """Take in the next event."""
        self._live.take(event)
        match event:
            case Disconnected():
                self._live.print([lost(event)])
            case Status() if event.health != "ok" and event.message not in self._said:
                self._said.add(event.message)
                self._live.print([Text(f"{event.health}: {event.source}: {one_line(event.message)}", "yellow")])
            case _:
                pass

    def conclude(self, run: RunFinished | None) -> None:
        """Failures and summary of the run, or of what is known where nothing had to run."""
        self._live.close()
        shown, board, page = self._live.screen.progress.run, self._client.board, self._live.page
        if run is None:
            self._live.print([Text("interrupted", "yellow")])
        elif (run.selected or run.problem) and shown is not None and shown.finished == run:
            self._live.print(finished(shown, run, "test", page, board))
        else:
            self._live.print([*failures(board.red(), page), *_unchanged(board)])

    def close(self) -> None:
        """Leave the terminal in order."""
        self._live.close()


def _unchanged(board: Board) -> list[Text]:
    if not board.results:
        return [Text("● no tests found", "yellow")]
    return [totals(board).append(" · nothing changed since", "dim")]
