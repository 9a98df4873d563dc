"""The line in which a path or a test name is typed. Pure."""

from dataclasses import replace

from companion.core.board import Board
from companion.front.actions import Ask
from companion.front.screen import Prompt, Screen, Wish, matching


def edit(screen: Screen, board: Board, prompt: Prompt, key: str) -> Ask | None:
    """Take in one key while ``prompt`` is shown; Enter asks for the run, Esc goes back."""
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


def ask(screen: Screen, wish: Wish) -> Ask:
    """Ask for a run and remember it as the one to repeat."""
    screen.prompt, screen.wish = None, wish
    return Ask(wish)


def _submit(screen: Screen, board: Board, prompt: Prompt) -> Ask | None:
    text = prompt.text.strip()
    if not text:
        screen.prompt = None
        return None
    if prompt.scope == "name":
        return ask(screen, Wish("name", (text,), f"tests named {text}"))
    files = matching(board, text)
    if not files and board.results:
        screen.note = f"no test file matches {text}"
        return None
    # Before the first results the project is not known: the runner finds out whether there is such a path.
    return ask(screen, Wish("paths", files or (text,), f"tests in {text}"))
