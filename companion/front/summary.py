"""A one-shot run for people: progress on a terminal, then failures with their source, and a summary."""

from dataclasses import replace
from pathlib import Path
from shlex import quote

from rich.text import Text

from companion.core.board import Board, file_of
from companion.core.pending import SHARD, lists
from companion.front.exits import Exit
from companion.front.explanation import untold
from companion.front.live import Live, Terminal, is_live
from companion.front.port import Engine
from companion.front.progress import Run
from companion.front.report import Page, conclusion, failures, finished, flaky, lost, rule
from companion.front.view import totals
from companion.front.words import count, first_line, inline, left_out, one_line
from companion.messages import Disconnected, EngineEvent, RunFinished, Selected, Status


class TextFace:
    """Progress while it runs, then failures with their source and a summary."""

    def __init__(self, client: Engine, root: Path, terminal: Terminal, pytest_args: tuple[str, ...]) -> None:
        self._client = client
        self._pytest_args = pytest_args
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
        """Failures and summary of the run, and of what is known besides."""
        self._live.close()
        shown, board, page = self._live.screen.progress.run, self._client.board, self._live.page
        if run is None:
            self._live.print(_interrupted(shown, page))
        elif untold(run.problem, board.red()):
            self._live.print([*failures(board.red(), page), Text(f"✗ {one_line(run.problem)}", "bold red")])
        elif shown is not None and shown.finished == run and lists(self._pytest_args):
            self._live.print([*failures(list(shown.red.values()), page), *_listed(shown.selected, run)])
        elif run.exit_code == Exit.NO_TESTS and self._pytest_args:
            self._live.print(_nothing_ran(shown, run, self._pytest_args))
        elif shown is None or shown.finished != run or not run.selected:
            self._live.print([*failures(board.red(), page), *_unchanged(board)])
        elif self._pytest_args or run.cancelled:
            self._live.print(finished(shown, run, "test", page, board))
        else:
            self._live.print(_whole(shown, run, page, board))

    def close(self) -> None:
        """Leave the terminal in order."""
        self._live.close()


def _whole(shown: Run, run: RunFinished, page: Page, board: Board) -> list[Text]:
    """The run as a part of all that is known: what stays red is as bad as what has become so."""
    lines = [
        rule(f"{page.clock} {count(run.selected, 'test')}", page.width),
        *failures(board.red(), page),
        *flaky(board.flaky(), page),
    ]
    lines.append(conclusion(run, shown.selected))
    return [*lines, totals(board)] if len(board.results) > run.selected else lines


def _interrupted(run: Run | None, page: Page) -> list[Text]:
    """What was found before Ctrl-C."""
    if run is None:
        return [Text("interrupted", "yellow")]
    done = f"{len(run.done):,} of {run.expected:,} tests" if run.expected else count(len(run.done), "test")
    red = sorted(run.red.values(), key=lambda item: item.id)
    return [*failures(red, page), Text(f"interrupted after {done}", "yellow")]


def _listed(selected: Selected, end: RunFinished) -> list[Text]:
    """As ``pytest --collect-only -q``."""
    ids = sorted((item.id for item in selected.items), key=file_of)
    besides = left_out(selected, end)
    found = f"{count(len(ids), 'test')} collected" + (f" · {besides}" if besides else "")
    return [*(Text(inline(node_id)) for node_id in ids), *([Text()] if ids else []), Text(found, "bold")]


def _nothing_ran(run: Run | None, end: RunFinished, pytest_args: tuple[str, ...]) -> list[Text]:
    """These arguments have left nothing to run; there may be fewer files than shards."""
    words = [f"--shard {word.removeprefix(SHARD)}" if word.startswith(SHARD) else quote(word) for word in pytest_args]
    besides = left_out(run.selected if run is not None else None, end)
    said = Text.assemble(("● nothing ran", "bold yellow"), f": {inline(' '.join(words))} leaves no test")
    said.append(f" · {besides}" if besides else "", "dim")
    is_part = any(word.startswith(SHARD) for word in pytest_args)
    return [said, *([] if is_part else [Text("  run it with other arguments, or without any", "dim")])]


def _unchanged(board: Board) -> list[Text]:
    if not board.results:
        return [Text("● no tests found", "yellow")]
    return [totals(board).append(" · nothing changed since", "dim")]
