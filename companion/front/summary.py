"""A one-shot run for people: progress on a terminal, then failures with their source, and a summary."""

from dataclasses import replace
from pathlib import Path

from rich.text import Text

from companion.core.board import Board
from companion.front.live import Live, Terminal, is_live
from companion.front.port import Engine
from companion.front.progress import Run
from companion.front.report import Page, failures, finished, lost
from companion.front.view import totals
from companion.front.words import count, first_line, one_line
from companion.messages import Disconnected, EngineEvent, RunFinished, Status


class TextFace:
    """Progress while it runs, then failures with their source and a summary."""

    def __init__(self, client: Engine, root: Path, terminal: Terminal) -> None:
        self._client = client
        # Nobody presses keys here: Ctrl-C is all there is.
        self._live = Live(client, root, replace(terminal, keys=None))
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
                self._live.print([Text(f"{event.health}: {event.source}: {first_line(event.message)}", "yellow")])
            case _:
                pass

    def conclude(self, run: RunFinished | None) -> None:
        """Failures and summary of the run, or of what is known where nothing had to run."""
        self._live.close()
        shown, board, page = self._live.screen.progress.run, self._client.board, self._live.page
        if run is None:
            self._live.print(_interrupted(shown, page))
        elif (run.selected or run.problem) and shown is not None and shown.finished == run:
            self._live.print(finished(shown, run, "test", page, board))
        else:
            self._live.print([*failures(board.red(), page), *_unchanged(board)])

    def close(self) -> None:
        """Leave the terminal in order."""
        self._live.close()


def _interrupted(run: Run | None, page: Page) -> list[Text]:
    """What was found before Ctrl-C."""
    if run is None:
        return [Text("interrupted", "yellow")]
    done = f"{len(run.done):,} of {run.expected:,} tests" if run.expected else count(len(run.done), "test")
    red = sorted(run.red.values(), key=lambda item: item.id)
    return [*failures(red, page), Text(f"interrupted after {done}", "yellow")]


def _unchanged(board: Board) -> list[Text]:
    if not board.results:
        return [Text("● no tests found", "yellow")]
    return [totals(board).append(" · nothing changed since", "dim")]
