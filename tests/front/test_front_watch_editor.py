"""An editor has the terminal while it is open."""

import os
import signal
from pathlib import Path

import pytest
from frontkit import JOINED, change, finished, selected
from tty_kit import Tty
from watchkit import RUN, watch

from companion.front.exits import Exit
from companion.front.scripted import ScriptedEngine


def test_editor_has_the_terminal_as_it_was_found(tmp_path: Path) -> None:
    editor = tmp_path / "editor"
    editor.write_text(
        '#!/bin/sh\nstty -a | grep -o "[-]*icanon"\necho "opened $1"\nread line\necho "closing $line"\n'
    )
    editor.chmod(0o755)

    async def person(tty: Tty, engine: ScriptedEngine) -> None:
        await tty.see("waiting for changes")
        tty.type("e")
        await tty.see(f"icanon\nopened {tmp_path}/tests/test_cart.py")
        assert "-icanon" not in tty.seen
        engine.play(change("late.py", generation=2))
        tty.type("now\n")
        await tty.see("closing now")
        tty.type("q")

    assert watch(person, tmp_path, *JOINED, *RUN, environment={"EDITOR": str(editor)})[0] == Exit.GREEN


def test_what_happens_while_the_editor_is_open_is_shown_afterwards(tmp_path: Path) -> None:
    editor = tmp_path / "editor"
    editor.write_text('#!/bin/sh\necho "opened"\nread line\necho "closing"\n')
    editor.chmod(0o755)

    async def person(tty: Tty, engine: ScriptedEngine) -> None:
        await tty.see("waiting for changes")
        tty.type("e")
        await tty.see("opened")
        engine.play(change("late.py", generation=2), selected(generation=2), finished(generation=2))
        tty.type("\n")
        await tty.see("saved late.py: no test is affected")
        assert tty.seen.index("closing") < tty.seen.index("late.py")
        tty.type("q")

    watch(person, tmp_path, *JOINED, *RUN, environment={"EDITOR": str(editor)})


@pytest.mark.parametrize(
    ("environment", "words"),
    [
        ({}, "set EDITOR to open tests/test_cart.py:2 from here"),
        ({"EDITOR": "/nowhere/vim"}, "the editor cannot be started (No such file or directory): look at EDITOR"),
        ({"EDITOR": "/nowhere/code"}, "the editor cannot be started (No such file or directory): look at EDITOR"),
    ],
)
def test_no_editor(tmp_path: Path, environment: dict[str, str], words: str) -> None:
    async def person(tty: Tty, _engine: ScriptedEngine) -> None:
        await tty.see("waiting for changes")
        tty.type("e")
        await tty.see(words)
        tty.type("q")

    watch(person, tmp_path, *JOINED, *RUN, environment=environment)


def test_ending_while_the_editor_is_open(tmp_path: Path) -> None:
    editor = tmp_path / "editor"
    editor.write_text('#!/bin/sh\necho "opened"\nread line\n')
    editor.chmod(0o755)

    async def person(tty: Tty, _engine: ScriptedEngine) -> None:
        await tty.see("waiting for changes")
        tty.type("e")
        await tty.see("opened")
        os.kill(os.getpid(), signal.SIGINT)  # meant for the editor
        os.kill(os.getpid(), signal.SIGTERM)

    assert watch(person, tmp_path, *JOINED, *RUN, environment={"EDITOR": str(editor)})[0] == Exit.TERMINATED
