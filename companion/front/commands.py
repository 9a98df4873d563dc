"""What keys mean: a key changes the screen and names the work that is left to do. No IO here."""

from collections.abc import Callable

from companion.core.board import Board
from companion.front import prompt
from companion.front.actions import Action, Ask, Open, Quit, Send, Show
from companion.front.prompt import ask
from companion.front.screen import Prompt, Screen, Wish
from companion.messages import ItemFinished, Pause, Resume, StopRun

type Command = Callable[[Screen, Board], Action | None]

HELP = (
    ("a", "run all tests"),
    ("f", "run the failed ones"),
    ("r, Enter", "run the last selection again"),
    ("p", "run test files by a part of their path"),
    ("t", "run tests by name, as pytest's -k"),
    ("x, Esc", "stop the run"),
    ("space", "pause; go on"),
    ("w", "why these tests were selected"),
    ("e", "open the first failing place in $EDITOR"),
    ("s", "show the proposals with their diffs"),
    ("?", "this help"),
    ("q, Ctrl-C", "quit"),
)


def press(screen: Screen, board: Board, key: str) -> Action | None:
    """Take in one key, by its name in `companion.front.keys`; unknown ones do nothing."""
    screen.note = ""
    if screen.prompt is not None:
        return prompt.edit(screen, board, screen.prompt, key)
    if screen.helping:
        screen.helping = False
        return Quit() if key == "q" else None
    command = KEYS.get(key)
    return command(screen, board) if command is not None else None


def first_red(screen: Screen, board: Board) -> ItemFinished | None:
    """The failure that is shown first: of the last run, else of all that is known."""
    run = screen.progress.run
    shown = sorted(run.red.values(), key=lambda r: r.id) if run is not None else []
    return next(iter([*shown, *board.red()]), None)


def _all(screen: Screen, _board: Board) -> Action | None:
    return ask(screen, Wish("all", (), "all tests"))


def _failed(screen: Screen, board: Board) -> Action | None:
    if not board.red():
        screen.note = "nothing has failed"
        return None
    return ask(screen, Wish("failed", (), "failed tests"))


def _again(screen: Screen, _board: Board) -> Action | None:
    """The run that was asked for last; else what the last change selected; else whatever has changed."""
    run = screen.progress.run
    if screen.wish is not None:
        return Ask(screen.wish)
    if run is None or not run.selected.items:
        return Ask(Wish("changed", (), "what changed"))
    return Ask(Wish("items", tuple(item.id for item in run.selected.items), "the same again"))


def _path(screen: Screen, _board: Board) -> Action | None:
    screen.prompt = Prompt("paths")
    return None


def _name(screen: Screen, _board: Board) -> Action | None:
    screen.prompt = Prompt("name")
    return None


def _stop(screen: Screen, _board: Board) -> Action | None:
    if not screen.progress.running and not screen.progress.waiting:
        return None
    screen.stopping = screen.progress.running
    screen.progress.changes.clear()
    return Send(StopRun())


def _pause(screen: Screen, _board: Board) -> Action | None:
    screen.paused = not screen.paused
    return Send(Pause() if screen.paused else Resume())


def _why(screen: Screen, _board: Board) -> Action | None:
    if screen.progress.run is None:
        screen.note = "nothing has been selected yet"
        return None
    return Show("why")


def _edit(screen: Screen, board: Board) -> Action | None:
    red = first_red(screen, board)
    if red is None or not red.path:
        screen.note = "no failing place to open"
        return None
    return Open(red.path, red.line)


def _proposals(screen: Screen, board: Board) -> Action | None:
    if not board.proposals:
        screen.note = "no proposals"
        return None
    return Show("proposals")


def _help(screen: Screen, _board: Board) -> Action | None:
    screen.helping = True
    return None


def _quit(_screen: Screen, _board: Board) -> Action | None:
    return Quit()


KEYS: dict[str, Command] = {
    "a": _all,
    "f": _failed,
    "r": _again,
    "enter": _again,
    "p": _path,
    "t": _name,
    "x": _stop,
    "esc": _stop,
    " ": _pause,
    "w": _why,
    "e": _edit,
    "s": _proposals,
    "?": _help,
    "q": _quit,
    "ctrl-d": _quit,
}
