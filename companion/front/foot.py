"""The last live line: the keys that do something now, or what is being typed. Pure."""

from rich.text import Text

from companion.core.board import Board
from companion.front.screen import Prompt, Screen, matching, named
from companion.front.window import Window
from companion.front.words import count, inline


def foot(screen: Screen, board: Board, window: Window) -> list[Text]:
    """One line, and above it the answer to the last key."""
    if screen.prompt is not None:
        return [_typing(screen.prompt, board, screen.note)]
    if screen.helping:
        return [Text("  any key closes this", "dim")]
    lines = [Text(f"  {inline(screen.note)}", "yellow")] if screen.note else []
    return [*lines, keys(screen, board, window)]


def _typing(prompt: Prompt, board: Board, note: str) -> Text:
    title = "path" if prompt.scope == "paths" else "test name"
    line = Text.assemble((f"{title} ", "bold"), inline(prompt.text), ("█", ""))
    hint = note or _preview(prompt, board)
    return line.append(f"  {hint}", "dim")


def _preview(prompt: Prompt, board: Board) -> str:
    if not prompt.text:
        return "Enter runs, Esc goes back"
    if prompt.scope == "paths":
        return count(len(matching(board, prompt.text)), "test file") if board.results else ""
    amount = named(board, prompt.text)
    return "" if amount is None else count(amount, "test")


def keys(screen: Screen, board: Board, window: Window) -> Text:
    """The keys that do something now, the more useful ones first, as many as fit."""
    if window.keyboard == "none":
        return Text("  Ctrl-C ends this", "dim")
    last = [("?", "help"), ("q", "quit")]
    line = Text("  ")
    room = window.width - 2 - sum(len(key) + len(word) + 3 for key, word in last)
    for key, word in _useful(screen, board):
        if room < len(key) + len(word) + 3:
            break
        room -= len(key) + len(word) + 3
        line.append(key, "bold").append(f" {word}  ", "dim")
    for key, word in last:
        line.append(key, "bold").append(f" {word}  ", "dim")
    line.rstrip()
    return line


def _useful(screen: Screen, board: Board) -> list[tuple[str, str]]:
    pause = ("space", "go on" if screen.paused else "pause")
    if not screen.caught_up:
        return []
    if screen.progress.running or (screen.progress.waiting and not screen.paused):
        return [("x", "stop"), pause, ("a", "all"), ("w", "why")]
    red = [("f", "failed"), ("e", "edit")] if board.red() else []
    proposals = [("s", "proposals")] if board.proposals else []
    return [("a", "all"), *red, *proposals, ("r", "again"), ("p", "path"), ("t", "name"), ("w", "why"), pause]
