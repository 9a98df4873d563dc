"""What keys mean: a key changes the screen and names the work that is left to the terminal's shell. No IO here."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal

from companion.core.board import Board
from companion.front.screen import Prompt, Screen, Wish, matching
from companion.messages import ItemFinished, Message, Pause, Resume, StopRun


@dataclass(frozen=True, slots=True)
class Send:
    """Tell the engine."""

    message: Message


@dataclass(frozen=True, slots=True)
class Ask:
    """Ask the engine for a run."""

    wish: Wish


@dataclass(frozen=True, slots=True)
class Show:
    """Print above the live lines."""

    what: Literal["why", "proposals"]


@dataclass(frozen=True, slots=True)
class Open:
    """Open the person's editor there."""

    path: str
    line: int


@dataclass(frozen=True, slots=True)
class Quit:
    """Leave in order."""


type Action = Send | Ask | Show | Open | Quit

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
        return _type(screen, board, screen.prompt, key)
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


def _type(screen: Screen, board: Board, prompt: Prompt, key: str) -> Action | None:
    match key:
        case "esc":
            screen.prompt = None
        case "enter":
            return _submit(screen, board, prompt)
        case "backspace":
            screen.prompt = replace(prompt, text=prompt.text[:-1])
        case "ctrl-u":
            screen.prompt = replace(prompt, text="")
        case "ctrl-w":
            screen.prompt = replace(prompt, text=prompt.text.rstrip().rpartition(" ")[0])
        case _ if len(key) == 1:
            screen.prompt = replace(prompt, text=prompt.text + key)
        case _:
            pass
    return None


def _submit(screen: Screen, board: Board, prompt: Prompt) -> Action | None:
    text = prompt.text.strip()
    if not text:
        screen.prompt = None
        return None
    if prompt.scope == "name":
        return _ask(screen, Wish("name", (text,), f"tests named {text}"))
    files = matching(board, text)
    if not files and board.results:
        screen.note = f"no test file matches {text}"
        return None
    # Before the first results the project is not known: the runner finds out whether there is such a path.
    return _ask(screen, Wish("paths", files or (text,), f"tests in {text}"))


def _ask(screen: Screen, wish: Wish) -> Ask:
    screen.prompt, screen.wish = None, wish
    return Ask(wish)


def _all(screen: Screen, _board: Board) -> Action | None:
    return _ask(screen, Wish("all", (), "all tests"))


def _failed(screen: Screen, board: Board) -> Action | None:
    if not board.red():
        screen.note = "nothing has failed"
        return None
    return _ask(screen, Wish("failed", (), "failed tests"))


def _again(screen: Screen, _board: Board) -> Action | None:
    """The run that was asked for last; else what the last change selected; else whatever has changed."""
    run = screen.progress.run
    if screen.wish is not None:
        return Ask(screen.wish)
    if run is None or not run.selected.items:
        return Ask(Wish("changed", (), "what changed"))
    return Ask(Wish("items", tuple(item.id for item in run.selected.items), "the same again"))


def _prompt(scope: Literal["paths", "name"]) -> Callable[[Screen, Board], Action | None]:
    def begin(screen: Screen, _board: Board) -> Action | None:
        screen.prompt = Prompt(scope)
        return None

    return begin


def _stop(screen: Screen, _board: Board) -> Action | None:
    if not screen.progress.running:
        return None
    screen.stopping = True
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


KEYS: dict[str, Callable[[Screen, Board], Action | None]] = {
    "a": _all,
    "f": _failed,
    "r": _again,
    "enter": _again,
    "p": _prompt("paths"),
    "t": _prompt("name"),
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
