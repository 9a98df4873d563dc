"""What a front prints into the project is nobody's edit."""

import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from companion.messages import FileChange, FilesChanged
from companion.runtime.outputs import Outputs


@pytest.fixture
def printing(tmp_path: Path) -> Iterator[int]:
    """A process whose words go to a file in the project; it ends with its stdin."""
    (tmp_path / "logs").mkdir()
    with (tmp_path / "logs/events.jsonl").open("w", encoding="utf-8") as out:
        command = [sys.executable, "-c", "input()"]
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=out, stderr=subprocess.DEVNULL)
    yield process.pid
    process.communicate(b"\n")


def changed(*paths: str) -> FilesChanged:
    return FilesChanged(tuple(FileChange(path, "modified", "1", "2", (), None) for path in paths), "disk")


def test_what_a_front_prints_to_is_left_out(tmp_path: Path, printing: int) -> None:
    outputs = Outputs(tmp_path.resolve(), lambda: [printing])
    assert outputs.without(changed("logs/events.jsonl")).changes == ()
    assert outputs.without(changed("a.py", "logs/events.jsonl")) == changed("a.py")
    other = changed("a.py", "events.jsonl")
    assert outputs.without(other) is other


def test_its_last_words_come_when_it_has_left(tmp_path: Path, printing: int) -> None:
    joined = [printing]
    outputs = Outputs(tmp_path.resolve(), lambda: joined)
    outputs.without(changed("logs/events.jsonl"))
    joined.clear()
    assert outputs.without(changed("logs/events.jsonl")).changes == ()


def test_it_is_a_persons_again_some_time_later(
    tmp_path: Path, printing: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    joined = [printing]
    outputs = Outputs(tmp_path.resolve(), lambda: joined)
    message = changed("logs/events.jsonl")
    assert outputs.without(message).changes == ()
    saved = replace(message, trigger="save")
    assert outputs.without(saved) is saved, "somebody says so"
    joined.clear()
    monkeypatch.setattr("companion.runtime.outputs.LAST_WORDS", 0.0)
    assert outputs.without(message) is message


def test_nothing_is_known_of_processes_that_are_gone_or_of_other_folders(tmp_path: Path, printing: int) -> None:
    message = changed("logs/events.jsonl")
    assert Outputs(tmp_path.resolve(), lambda: [2**22 + 1]).without(message) is message
    assert Outputs(tmp_path.resolve() / "other", lambda: [printing]).without(message) is message
