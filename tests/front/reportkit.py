"""What the last of some events prints for good, compared with a drawn picture."""

from frontkit import picture, shown, text

from companion.front.commands import press
from companion.front.report import Page, news
from companion.messages import EngineEvent


def check(drawn: str, *events: EngineEvent, on: Page, keys: str = "") -> None:
    """What the last of these events prints, keys having been pressed before it."""
    screen, board = shown(*events[:-1])
    for key in keys:
        press(screen, board, key)
    board.apply(events[-1])
    screen.apply(events[-1], board, 100.0)
    assert text(*news(events[-1], screen, board, on), width=on.width + 1) == picture(drawn)
