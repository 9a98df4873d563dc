"""Fronts as processes: pipes, signals, exit codes, one sentence where nothing else helps."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import pytest
from frontkit import picture

PLAY = Path(__file__).with_name("play.py")
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(PLAY.parents[2]), "COLUMNS": "80"}


@contextmanager
def playing(*words: str, **environment: str) -> Generator[subprocess.Popen[str]]:
    """A front whose stdout and stderr are pipes; ended by the block."""
    command = [sys.executable, str(PLAY), *words]
    pipe = subprocess.PIPE
    with subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=pipe, stderr=pipe, env={**ENVIRONMENT, **environment},
        encoding="utf-8", errors="replace",
    ) as process:  # fmt: skip
        try:
            yield process
        finally:
            process.kill()


def ended(*words: str, **environment: str) -> tuple[int, str, str]:
    """``(exit code, stdout, stderr)`` of a front that ends by itself."""
    with playing(*words, **environment) as process:
        out, err = process.communicate(timeout=20)
        return process.returncode, out, err


def line(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().rstrip("\n")


def error(process: subprocess.Popen[str]) -> str:
    assert process.stderr is not None
    return process.stderr.read()


def test_plain_lines_until_ctrl_c() -> None:
    with playing("watch", "text", "run") as process:
        lines = [line(process) for _ in range(5)]
        process.send_signal(signal.SIGINT)
        assert (process.wait(20), error(process)) == (130, "")
    assert "\n".join(lines) == picture("""
        |watching /shop
        |change 1: saved src/café.py
        |run 1: 2 selected
        |tests/test_cart.py:2: assert 6.0 == 7.5 (tests/test_cart.py::test_total)
        |run 1: 1 failed, 1 passed in 0.42s
    """)


@pytest.mark.parametrize("shape", ["text", "json"])
def test_reader_goes_away(shape: str) -> None:
    with playing("watch", shape, "run") as process:
        assert line(process)
        assert process.stdout is not None
        process.stdout.close()
        assert (process.wait(20), error(process)) == (141, "")


def test_reader_of_one_run_goes_away() -> None:
    with playing("test", "json", "silent") as process:
        assert line(process)
        assert process.stdout is not None
        process.stdout.close()
        process.send_signal(signal.SIGINT)
        assert process.wait(20) == 2


def test_json_lines_of_one_run() -> None:
    code, out, err = ended("test", "json", "joined")
    assert [json.loads(line)["event"] for line in out.splitlines()] == [
        "ready",
        "change",
        "selected",
        "item",
        "item",
        "run",
    ]
    assert (code, err) == (1, "")


def test_one_run_into_a_pipe() -> None:
    code, out, err = ended("test", "text", "joined")
    assert out.rstrip("\n") == picture("""
        |── 14:03:22 2 tests ───────────────────────────────────────────────────────────
        |
        |✗ tests/test_cart.py::test_total
        |  assert 6.0 == 7.5
        |  at tests/test_cart.py:2
        |
        |✗ 1 failed, 1 passed in 0.42s
    """).replace("14:03:22", out[3:11])
    assert (code, err) == (1, "")


def test_encoding_without_our_signs() -> None:
    code, out, _ = ended("test", "text", "joined", PYTHONIOENCODING="ascii")
    assert "x 1 failed, 1 passed in 0.42s" in out
    assert code == 1


def test_ctrl_c_stops_the_run_and_waits_for_its_end() -> None:
    with playing("test", "json", "endless") as process:
        while json.loads(line(process))["event"] != "item":
            pass
        process.send_signal(signal.SIGINT)
        assert process.stdout is not None
        last = json.loads(process.stdout.read().splitlines()[-1])
        assert (last["event"], last["cancelled"]) == ("run", True)
        assert (process.wait(20), error(process)) == (2, "")


@pytest.mark.parametrize("command", ["watch", "test", "doctor"])
@pytest.mark.parametrize(
    ("script", "code", "sentence"),
    [
        ("none", 3, "companion: no engine could be started: try again\n"),
        ("unusable", 4, "companion: pyproject.toml cannot be read as TOML\n"),
    ],
)
def test_one_sentence_for_trouble(command: str, script: str, code: int, sentence: str) -> None:
    assert ended(command, "text", script) == (code, "", sentence)


def test_doctor_as_json() -> None:
    code, out, _ = ended("doctor", "json", "joined")
    assert (code, json.loads(out)["lanes"]) == (0, {"interpreter": 1, "process": 1})
