"""Which lane a test file is in, from its first run on; what flaky tests are told as; ``-n`` and ``--shard``."""

import json
import os
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from enginekit import PATIENCE, Front, plain_outcomes, save, wait_gone, write

from companion.core.board import file_of
from companion.messages import RunFinished

Project = Callable[[str], Path]
Join = Callable[[Path], Front]
FIT = {"test_plain.py", "test_more.py"}
REASONS = {
    "test_signals.py": "signal handling (signal) needs a process of its own",
    "test_programs.py": "starts programs",
    "test_differs.py": "comes out otherwise in an interpreter",
}


def learned(root: Path) -> dict[str, tuple[str, str]]:
    """What is kept of each file: its lane, and why."""
    state = root / ".companion" / "state.db"
    if not state.exists():
        return {}
    with closing(sqlite3.connect(f"file:{state}?mode=ro", uri=True)) as database:
        rows = database.execute("SELECT file, lane, reason FROM lane").fetchall()
    return {file.decode(): (lane, reason.decode()) for file, lane, reason in rows}


def until_learned(front: Front, files: set[str]) -> dict[str, tuple[str, str]]:
    """While nobody waits for anything, each of these files is looked at."""
    end = time.monotonic() + PATIENCE
    while not files <= (found := learned(front.root)).keys():
        assert time.monotonic() < end, found
        front.diagnose()
    return found


def lanes(front: Front) -> dict[str, str]:
    return {file_of(item): result.lane for item, result in front.board.results.items()}


def run_all(front: Front) -> RunFinished:
    front.run("all")
    return front.verdict()


def test_a_file_moves_into_an_interpreter_once_it_came_out_there_as_in_a_process(
    project: Project, join: Join
) -> None:
    root = project("lanes")
    front = join(root)
    front.verdict()
    assert set(lanes(front).values()) == {"process"}
    before = front.outcomes()
    found = until_learned(front, FIT | REASONS.keys())
    assert {file for file, (lane, _) in found.items() if lane == "interpreter"} == FIT
    assert {file: found[file][1] for file in REASONS} == REASONS

    run_all(front)
    assert {file for file, lane in lanes(front).items() if lane == "interpreter"} == FIT
    assert front.outcomes() == before == plain_outcomes(root)

    save(root / "test_plain.py", "1 + 1 == 2", "1 + 2 == 3")
    front.verdict()
    assert front.board.results["test_plain.py::test_sum"].lane == "process", "it is another file now"

    front.end()
    assert wait_gone(front.engine)
    again = join(root)
    again.verdict()
    run_all(again)
    assert lanes(again)["test_more.py"] == "interpreter", "what was learned outlives the engine"
    assert again.outcomes() == before


def test_what_the_configuration_says_of_a_lane_is_so(project: Project, join: Join) -> None:
    root = project("lanes")
    with (root / "pyproject.toml").open("a", encoding="utf-8") as out:
        out.write('\n[tool.companion.lanes]\n"test_p*" = "interpreter"\n"test_m*" = "process"\n')
    front = join(root)
    front.verdict()
    assert lanes(front)["test_plain.py"] == "interpreter"
    found = until_learned(front, {"test_signals.py", "test_differs.py"})
    assert not {"test_plain.py", "test_more.py"} & found.keys(), "there is nothing to find out"
    run_all(front)
    assert lanes(front)["test_more.py"] == "process"
    assert front.outcomes() == plain_outcomes(root)


def companion_test(root: Path, *words: str, **environment: str) -> tuple[int, list[dict[str, object]]]:
    """The exit code of ``companion test``, and its events."""
    command = [sys.executable, "-m", "companion.cli", "test", str(root), "--json", *words]
    there = {**os.environ, **environment}
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=3 * PATIENCE, env=there)
    return done.returncode, [json.loads(line) for line in done.stdout.splitlines()]


def items(events: list[dict[str, object]]) -> list[dict[str, object]]:
    """Results of the run that was asked for, not what was known before; a new engine may begin another one then."""
    kinds = [event["event"] for event in events]
    since = kinds.index("ready")
    until = kinds.index("run", since)
    return [event for event in events[since:until] if event["event"] == "item"]


FLAKY = """
import os, pathlib

def test_now_and_then():
    count = pathlib.Path(os.environ["COUNT"])
    count.write_text(count.read_text() + "x")
    assert len(count.read_text()) != 2

def test_other():
    pass
"""
ORDER = """
import os

seen = []

def test_first():
    seen.append(1)

def test_second():
    assert not (seen and os.path.exists(os.environ["FLAG"]))
"""


def test_a_flaky_test_is_told_as_such_and_sends_nobody_to_look_for_a_mistake(
    project: Project, join: Join, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root, count = project("empty"), tmp_path / "count"
    count.write_text("")
    monkeypatch.setenv("COUNT", str(count))
    write(root / "test_flaky.py", FLAKY)
    front = join(root)
    front.verdict()
    assert count.read_text() == "x"
    assert front.red() == []
    code, events = companion_test(root, "--all")
    assert code == 0, "it failed, and passed with nothing changed"
    told = [item for item in items(events) if item["id"] == "test_flaky.py::test_now_and_then"]
    assert (told[-1]["outcome"], told[-1]["state"]) == ("passed", "flaky")
    assert "failed, then passed" in str(told[-1]["message"])
    assert "state" not in told[0]
    assert told[0]["outcome"] == "failed", "and it was shown at once"
    assert count.read_text() == "xxxx", "by itself, and with its file"


def test_an_order_dependent_test_is_told_as_such(
    project: Project, join: Join, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root, flag = project("empty"), tmp_path / "flag"
    monkeypatch.setenv("FLAG", str(flag))
    write(root / "test_order.py", ORDER)
    front = join(root)
    front.verdict()
    assert front.red() == []
    flag.touch()
    assert run_all(front).exit_code == 1
    result = front.board.results["test_order.py::test_second"]
    assert (result.outcome, result.state) == ("failed", "order-dependent")
    assert "depends on which tests run before it" in result.message
    assert result.report, "and how it failed"
    save(root / "test_order.py", "seen.append(1)", "seen.append(2)")
    front.verdict()
    assert front.board.results["test_order.py::test_second"].state == "", "it is red, and its file has changed"


def test_parts_of_a_suite_are_the_whole_on_one_machine_and_on_another(project: Project) -> None:
    root = project("lanes")
    expected = Counter(plain_outcomes(root))
    ran: Counter[str] = Counter()
    for part in range(1, 4):
        code, events = companion_test(root, "--shard", f"{part}/3")
        assert code == 0
        ran.update(str(item["id"]) for item in items(events))
    assert ran == Counter(dict.fromkeys(expected, 1))


DISTURBING = """
import os, pathlib, socket, time

def test_alone():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", int(os.environ["PORT"])))
        time.sleep(0.4)  # as a server that is being tried
"""


@pytest.mark.parametrize("number", ["1", "4"])
def test_files_that_disturb_each_other_come_out_as_in_pytest(project: Project, number: str) -> None:
    """They take the same port; at the same time only one can."""
    root = project("empty")
    for name in "abcd":
        write(root / f"test_{name}.py", DISTURBING)
    with_port = {"PORT": str(free_port())}
    code, events = companion_test(root, "-n", number, **with_port)
    outcomes = {item["id"]: item["outcome"] for item in items(events)}
    assert outcomes == {f"test_{name}.py::test_alone": "passed" for name in "abcd"}
    assert code == 0


def free_port() -> int:
    import socket  # noqa: PLC0415 - here only

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def test_a_path_among_the_arguments_is_run_once(project: Project, join: Join) -> None:
    """Also where the files of a run are in both lanes: each session is told the path."""
    root = project("lanes")
    front = join(root)
    front.verdict()
    until_learned(front, FIT)
    code, events = companion_test(root, "--", "test_plain.py", "test_signals.py")
    assert code == 0
    ran = Counter(str(item["id"]) for item in items(events))
    assert ran == Counter(["test_plain.py::test_sum", "test_plain.py::test_skipped", "test_signals.py::test_handler"])
