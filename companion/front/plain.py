"""`companion watch` where stdout is no terminal: one line per event of interest, no control characters."""

from collections.abc import Iterator
from typing import TextIO

from companion.core.board import RED, Board
from companion.front.explanation import headline, untold
from companion.front.port import Engine
from companion.front.words import (
    because,
    changed,
    count,
    duration,
    first_line,
    inline,
    left_out,
    one_line,
    tried,
    verdict,
)
from companion.messages import (
    CaughtUp,
    Cause,
    Change,
    Disconnected,
    EngineEvent,
    ItemFinished,
    RunFinished,
    Selected,
    Status,
    Welcome,
)  # fmt: skip


class Plain:
    """Writes lines to ``out`` and flushes. Raises BrokenPipeError when the reader is gone."""

    def __init__(self, client: Engine, root: str, out: TextIO) -> None:
        self._client = client
        self._root = root
        self._out = out
        self._caught_up = False

    def show(self, event: EngineEvent) -> None:
        """Take in the next event."""
        for line in self._lines(event):
            self._out.write(f"{line}\n")
        self._out.flush()

    def _lines(self, event: EngineEvent) -> Iterator[str]:
        match event:
            case Welcome():
                self._caught_up = False
            case CaughtUp():
                self._caught_up = True
                yield from self._joined()
            case Disconnected():
                yield f"the engine is gone ({one_line(event.reason)}); another starts"
            case Status() if event.health != "ok":
                yield f"{event.health}: {event.source}: {first_line(event.message)}"
            case _ if self._caught_up:
                yield from news(event, self._client.board)
            case _:
                pass

    def _joined(self) -> Iterator[str]:
        board = self._client.board
        red = board.red()
        known = f": {count(len(board.results), 'test')} known, {len(red):,} red" if board.results else ""
        yield f"watching {inline(self._root)}{known}"
        yield from map(failure, red)


def news(event: EngineEvent, board: Board) -> Iterator[str]:
    """The lines of what happens while watching."""
    match event:
        case Change():
            yield f"change {event.generation}: {changed(event)}"
        case Selected():
            besides = left_out(event)
            yield f"run {event.generation}: {len(event.items):,} selected{f', {besides}' if besides else ''}"
        case ItemFinished(cause=Cause()):
            yield cause(event)
        case ItemFinished() if event.outcome in RED or event.state:
            yield failure(event)
        case RunFinished() if event.cancelled and not tried(event):
            yield f"run {event.generation}: stopped"
        case RunFinished():
            problem = untold(event.problem, board.red())
            stopped = ", stopped" if event.cancelled else f": {one_line(problem)}" if problem else ""
            said = ", ".join(filter(None, (verdict(event), left_out(None, event))))
            yield f"run {event.generation}: {said} in {duration(event.seconds)}{stopped}"
        case _:
            pass


def failure(item: ItemFinished) -> str:
    """``path:line: message (id)``, as compilers say it and editors understand it."""
    place = f"{item.path}:{item.line}" if item.path else item.id
    state = f"{item.state}: " if item.state else ""
    return f"{inline(place)}: {state}{headline(item)} ({inline(item.id)})"


def cause(item: ItemFinished) -> str:
    """As `failure`, of where the item first differs from its last green run."""
    return f"{because(item.cause)} (cause of {inline(item.id)})" if item.cause is not None else ""
