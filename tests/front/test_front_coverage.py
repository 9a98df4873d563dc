"""`companion coverage`: what is asked, tables, JSON, files for others."""

import asyncio
import json
import sys
from collections.abc import Sequence
from io import StringIO
from pathlib import Path
from typing import override

import pytest
from coverage import CoverageData
from frontkit import JOINED, finished, item, picture, text

from companion.cli import main
from companion.core.impact.coverage import bits_of
from companion.core.starting import empty_end
from companion.core.text import content_hash
from companion.errors import EngineUnavailableError, UsageError
from companion.front import coverage_data
from companion.front.coverage import Conversation, Known, Report, by_item, report
from companion.front.coverage_config import excluded
from companion.front.coverage_shown import Progress, as_json, as_text
from companion.front.exits import Exit
from companion.front.scripted import ScriptedEngine
from companion.messages import (
    Change,
    CoverageProgress,
    Covered,
    CoveredFile,
    Disconnected,
    EngineEvent,
    ItemLines,
    Message,
    RequestCoverage,
    RequestRun,
    RunAccepted,
    Status,
)

APP = "def f():\n    return 1\n\ndef g(x):\n    x += 2  # no\n    # said\n    return (x,\n        4)\n"
PATIENCE = 30.0
X, Y = "test_a.py::test_x", "test_a.py::test_y"


def packed(*lines: int) -> bytes:
    return bits_of(lines).to_bytes(2, "little") if lines else b""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for path, written in {"app.py": APP, "lib/none.py": "x = 1\n", "lib/gone.py": "x = 2\n"}.items():
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_text(written)
    return tmp_path


def file(root: Path, path: str, *lines: int, items: tuple[ItemLines, ...] = ()) -> CoveredFile:
    return CoveredFile(1, path, content_hash((root / path).read_bytes()), packed(*lines), items)


def known(root: Path, **end: object) -> Known:
    items = ItemLines(X, packed(2)), ItemLines(Y, packed(2, 8))
    files = (file(root, "app.py", 1, 2, 4, 8, items=items), file(root, "lib/gone.py"), file(root, "lib/none.py"))
    return Known(Covered(1, "3.14.8", **end), files)  # type: ignore[arg-type]  # what a test says of it


def told(root: Path, *named: str, patterns: tuple[str, ...] = ()) -> Report:
    return report(root, known(root), named, patterns)


def test_a_table_of_what_is_executed(root: Path) -> None:
    assert text(as_text(told(root), items=False)) == picture("""
        |file    statements  missing  covered  missing lines
        |app.py           5        1      80%  5
        |total            5        1      80%
        |
        |2 Python files more that no test executes: name a folder to see those in it
    """)


def test_a_folder_holds_what_nobody_executes_too(root: Path) -> None:
    (root / "lib/gone.py").write_text("x = 3\n")
    found = report(root, Known(Covered(1, "3.14", ("test_b.py",), 3), known(root).files[:1]), ["lib"])
    assert found.files == ()
    later = Known(
        Covered(1, "3.14", ("test_b.py",), 3), (CoveredFile(1, "lib/gone.py", "0", b""), *known(root).files[2:])
    )
    assert text(as_text(report(root, later, ["lib/"]), items=False), width=120) == picture("""
        |file         statements  missing  covered  missing lines
        |lib/none.py           1        1       0%  1
        |total                 1        1       0%
        |
        |left out, for reaching outside of its process: 3 tests (--external runs what does)
        |not all lines are known of test_b.py: see companion test
        |left out, for they cannot be read or were edited meanwhile: lib/gone.py
    """)


def test_by_item(root: Path) -> None:
    found = told(root, "app.py")
    assert by_item(found) == {X: (1, 0), Y: (2, 1)}
    shown = text(as_text(found, items=True))
    assert "test_a.py::test_y           2          1" in shown
    first, last = map(json.loads, as_json(found, items=True))
    assert first["items"] == {X: [2], Y: [2, 7]}
    assert last == {
        "event": "coverage", "files": 1, "statements": 5, "missing": 1, "percent": 80, "unknown": [], "edited": [],
        "external": 0,
    }  # fmt: skip


def test_json(root: Path) -> None:
    first, _ = map(json.loads, as_json(told(root), items=False))
    assert first == {
        "event": "covered", "path": "app.py", "statements": 5, "missing": 1, "percent": 80, "missing_lines": [5],
    }  # fmt: skip


def test_lines_that_the_project_does_not_want_to_be_counted(root: Path) -> None:
    (root / "pyproject.toml").write_text('[tool.coverage.report]\nexclude_also = ["# no$"]\n')
    patterns = excluded(root)
    assert (len(patterns), patterns[-1]) == (4, "# no$")
    assert text(as_text(told(root, "app.py", patterns=patterns), items=False)).splitlines()[-1].split() == [
        "total", "4", "0", "100%",
    ]  # fmt: skip
    (root / "tox.ini").write_text("[coverage:report]\nexclude_lines =\n    one\n    two[%(x)s]\n")
    assert excluded(root) == ("one", "two[%(x)s]")
    (root / ".coveragerc").write_text("[report]\nexclude_lines = (\n")
    with pytest.raises(UsageError, match="is no pattern"):
        excluded(root)
    (root / ".coveragerc").write_text("not ini")
    assert excluded(root) == ("one", "two[%(x)s]")


@pytest.mark.parametrize("broken", ["[tool", "tool = 1", "[tool.coverage]\nreport = 2"])
def test_a_configuration_that_says_nothing(root: Path, broken: str) -> None:
    (root / "pyproject.toml").write_text(broken)
    assert len(excluded(root)) == 3


@pytest.mark.parametrize("items", [False, True])
def test_files_for_others(root: Path, items: bool) -> None:
    lcov, data = root / "lcov.info", root / ".coverage"
    for _ in range(2):  # what is there is replaced
        coverage_data.check(lcov_file=lcov, data_file=data)
        coverage_data.save(told(root), root, lcov_file=lcov, data_file=data, items=items)
    assert "SF:app.py\nDA:1,1\nDA:2,1\nDA:4,1\nDA:5,0\nDA:7,1\n" in lcov.read_text()
    read = CoverageData(basename=str(data))
    read.read()
    place = str(root / "app.py")
    assert read.measured_files() == {place}
    assert sorted(read.lines(place) or ()) == ([1, 2, 4, 7, 8] if items else [1, 2, 4, 8])
    contexts = {line: set(names) for line, names in read.contexts_by_lineno(place).items()}
    assert (contexts.get(7, set()), contexts[8]) == (({Y}, {""}) if items else (set(), {""}))
    read.close()


def test_what_is_no_data_file_is_not_overwritten(root: Path) -> None:
    with pytest.raises(UsageError, match="no data file of coverage"):
        coverage_data.check(data_file=root / "app.py")
    assert (root / "app.py").read_text() == APP


@pytest.mark.parametrize(
    ("name", "says"),
    [("app.py", "no file of lcov's"), ("lib", "is a folder"), ("nowhere/lcov.info", "there is no folder")],
)
def test_what_cannot_be_written_is_said_before_anything_runs(
    root: Path, capsys: pytest.CaptureFixture[str], name: str, says: str
) -> None:
    for option in ("--lcov", "--data") if name != "app.py" else ("--lcov",):
        assert main(["coverage", str(root), option, str(root / name)]) == Exit.USAGE
        assert says in capsys.readouterr().err
    assert (root / "app.py").read_text() == APP


def test_an_empty_file_is_written_to(root: Path) -> None:
    (root / "lcov.info").touch()
    coverage_data.check(lcov_file=root / "lcov.info")


def test_what_has_changed_runs_first_and_progress_is_shown(root: Path) -> None:
    asked: list[Message] = []
    shown: list[str] = []

    def answer(message: Message) -> Sequence[EngineEvent]:
        asked.append(message)
        if isinstance(message, RequestRun):
            accepted = RunAccepted(message.request, 3)
            if len(asked) == 1:
                return accepted, Disconnected("it ended")
            return accepted, item(X), finished(generation=2), item(Y), finished(generation=3, passed=2)
        assert isinstance(message, RequestCoverage)
        return Covered(message.request, "3.14"), CoverageProgress(0, 1, 2)

    class Engine(ScriptedEngine):
        @override
        def play(self, *events: EngineEvent) -> None:
            super().play(
                *(file(root, "app.py", 1) if isinstance(event, CoverageProgress) else event for event in events)
            )

    engine = Engine(answer, *JOINED, CoverageProgress(0, 1, 2))
    found = asyncio.run(Conversation(engine, shown.append, by_item=True).run())
    assert engine.closed
    assert [type(message) for message in asked] == [RequestRun, RequestRun, RequestCoverage]
    assert asked[-1] == RequestCoverage(3, by_item=True)
    assert [one.path for one in found.files] == ["app.py"]
    assert shown == ["1 test has run", "2 tests have run"]


def test_a_problem_is_one_sentence() -> None:
    def answer(message: Message) -> Sequence[EngineEvent]:
        if isinstance(message, RequestRun):
            return RunAccepted(1, 0), finished(generation=0)
        return (Covered(1, problem="no Python here"),)

    engine = ScriptedEngine(answer, *JOINED)
    with pytest.raises(EngineUnavailableError, match="no Python here"):
        asyncio.run(Conversation(engine, lambda _: None).run())
    assert engine.closed


def test_progress_is_for_terminals() -> None:
    class Tty(StringIO):
        @override
        def isatty(self) -> bool:
            return True

    for out, expected in ((StringIO(), ""), (Tty(), "\r\x1b[Kone\r\x1b[K")):
        with Progress(out) as progress:
            progress.show("one")
        assert out.getvalue() == expected


def test_without_coverage_py_it_is_said_what_to_install(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "coverage", None)
    with pytest.raises(UsageError, match=r"companion-ide\[coverage\]"):
        coverage_data.check(data_file=root / ".coverage")
    coverage_data.save(told(root), root, lcov_file=root / "lcov.info")
    assert (root / "lcov.info").exists()


def test_tests_are_no_files(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["coverage", f"{root}/app.py::f"]) == Exit.USAGE
    assert capsys.readouterr().err == "companion: coverage is told of files: name one, or a folder\n"


def test_a_run_that_somebody_stops_keeps_nobody_waiting(root: Path) -> None:
    def answer(message: Message) -> Sequence[EngineEvent]:
        if isinstance(message, RequestRun):
            return RunAccepted(message.request, 4), Change(4, (), "request"), empty_end(4, cancelled=True)
        return (Covered(message.request if isinstance(message, RequestCoverage) else 0, "3.14"),)

    engine = ScriptedEngine(answer, *JOINED)
    asyncio.run(asyncio.wait_for(Conversation(engine, lambda _: None).run(), PATIENCE))


def test_a_run_that_a_change_cuts_short_is_waited_for_in_the_next(root: Path) -> None:
    shown: list[str] = []

    def answer(message: Message) -> Sequence[EngineEvent]:
        if isinstance(message, RequestRun):
            cut = Change(5, (), "save"), empty_end(4, cancelled=True), empty_end(4, problem="died", cancelled=True)
            return RunAccepted(message.request, 4), *cut, item(X), finished(generation=5, passed=1)
        return (Covered(1, "3.14"),)

    engine = ScriptedEngine(answer, *JOINED)
    asyncio.run(asyncio.wait_for(Conversation(engine, shown.append).run(), PATIENCE))
    assert shown == ["1 test has run"]


def test_a_runner_that_is_given_up_keeps_nobody_waiting(root: Path) -> None:
    def answer(message: Message) -> Sequence[EngineEvent]:
        if isinstance(message, RequestRun):
            gone = Status("agent:runner", "error", "it crashed"), empty_end(4, problem="given up", cancelled=True)
            return RunAccepted(message.request, 4), *gone
        return (Covered(1, problem="no test can be run"),)

    engine = ScriptedEngine(answer, *JOINED)
    with pytest.raises(EngineUnavailableError, match="no test can be run"):
        asyncio.run(asyncio.wait_for(Conversation(engine, lambda _: None).run(), PATIENCE))
