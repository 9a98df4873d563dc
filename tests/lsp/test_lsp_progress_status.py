"""What people see while tests run, and of companion itself."""

from pathlib import Path

import pytest
from lspkit import EVERYTHING, JOINED, Engines, Json, Served, failed, leave, passed, run_of, served

from companion.messages import Disconnected, RunFinished, Selected, SelectedItem, Status, StopRun
from lsp.options import Options

PROGRESS: Json = {"window": {"workDoneProgress": True}}
STATUS: Json = {"experimental": EVERYTHING["experimental"]}
BEGUN, ENDED = run_of("a.py::x", "a.py::y")


def begun(server: Served, root: Path) -> object:
    """Let a run begin, and its progress be shown; the token."""
    server.play(root, BEGUN)
    create = server.editor.asked("window/workDoneProgress/create")
    server.editor.answer(create)
    return create["params"]["token"]


def progress(server: Served) -> Json:
    value = server.editor.notification("$/progress")
    assert isinstance(value["value"], dict)
    return {"token": value["token"], **value["value"]}


def test_a_run_from_beginning_to_end(tmp_path: Path) -> None:
    with served() as server:
        server.open(tmp_path, PROGRESS)
        token = begun(server, tmp_path)
        assert progress(server) == {
            "token": token,
            "kind": "begin",
            "title": "companion: running tests",
            "cancellable": True,
            "message": "0 of 2",
        }
        server.play(tmp_path, passed("a.py::x"))
        assert progress(server) == {"token": token, "kind": "report", "message": "1 of 2", "percentage": 50}
        server.play(tmp_path, ENDED)
        assert progress(server) == {"token": token, "kind": "end", "message": "2 passed in 1.5 s"}


@pytest.mark.parametrize("how", ["engine", "root", "shutdown", "next"])
def test_whatever_is_begun_is_ended(tmp_path: Path, how: str) -> None:
    with served() as server:
        server.open(tmp_path, PROGRESS)
        token = begun(server, tmp_path)
        assert progress(server)["kind"] == "begin"
        match how:
            case "engine":
                server.play(tmp_path, Disconnected("it died"))
                server.editor.notification("window/logMessage")
            case "root":
                removed = {"added": [], "removed": [{"uri": tmp_path.as_uri(), "name": "x"}]}
                server.editor.notify("workspace/didChangeWorkspaceFolders", {"event": removed})
            case "shutdown":
                leave(server.editor)
            case _:
                server.play(tmp_path, Selected(2, (), 3), BEGUN)
                server.editor.asked("window/workDoneProgress/create")
        assert progress(server) == {"token": token, "kind": "end", "message": "interrupted"}


def test_an_editor_that_refuses_the_token(tmp_path: Path) -> None:
    with served() as server:
        server.open(tmp_path, PROGRESS)
        server.play(tmp_path, BEGUN)
        create = server.editor.asked("window/workDoneProgress/create")
        server.editor.send({"jsonrpc": "2.0", "id": create["id"], "error": {"code": -1, "message": "no"}})
        server.play(tmp_path, ENDED)
        server.barrier()


def test_a_run_that_is_over_before_the_editor_answers(tmp_path: Path) -> None:
    with served() as server:
        server.open(tmp_path, PROGRESS)
        server.play(tmp_path, BEGUN)
        create = server.editor.asked("window/workDoneProgress/create")
        server.play(tmp_path, ENDED)
        server.barrier()
        server.editor.answer(create)
        server.barrier()


def test_cancelled_in_the_editor(tmp_path: Path) -> None:
    with served() as server:
        server.open(tmp_path, PROGRESS)
        token = begun(server, tmp_path)
        progress(server)
        server.editor.notify("window/workDoneProgress/cancel", {"token": "of somebody else"})
        server.barrier()
        assert server.engines.sent(tmp_path) == []
        server.editor.notify("window/workDoneProgress/cancel", {"token": token})
        server.barrier()
        assert server.engines.sent(tmp_path) == [StopRun()]
        server.play(tmp_path, RunFinished(1, 2, 1, 1, 0, 0, 0.2, True, 0, (), ""))
        assert progress(server)["message"] == "stopped: 1 failed, 1 passed in 0.2 s"


def test_items_known_by_file_only_have_no_percentage(tmp_path: Path) -> None:
    with served() as server:
        server.open(tmp_path, PROGRESS)
        server.play(tmp_path, Selected(1, (SelectedItem("a.py", "changed"),), 0))
        server.editor.answer(server.editor.asked("window/workDoneProgress/create"))
        assert progress(server)["message"] == "0"
        server.play(tmp_path, failed("a.py::x"))
        report = progress(server)
        assert (report["message"], "percentage" in report) == ("1 · 1 failed", False)
        server.editor.notification("textDocument/publishDiagnostics")
        server.play(tmp_path, ENDED)
        progress(server)


def test_a_short_run_shows_nothing(tmp_path: Path) -> None:
    with served(options=Options(publish_interval=0.0, progress_delay=60.0)) as server:
        server.open(tmp_path, PROGRESS)
        server.play(tmp_path, BEGUN, passed("a.py::x"), ENDED)
        server.barrier()


def test_an_editor_without_progress_reads_one_line(tmp_path: Path) -> None:
    with served() as server:
        server.open(tmp_path, {})
        server.play(tmp_path, BEGUN, passed("a.py::x"), ENDED)
        assert server.editor.notification("window/logMessage") == {
            "type": 3,
            "message": "companion: 2 passed in 1.5 s",
        }


def test_statuses(tmp_path: Path) -> None:
    def status() -> tuple[object, ...]:
        said = server.editor.notification("experimental/serverStatus")
        return said["health"], said["quiescent"], said["message"]

    with served(options=Options(publish_interval=0.0)) as server:
        server.open(tmp_path, STATUS)
        assert status() == ("ok", False, "starting")
        server.play(tmp_path, BEGUN)
        assert status() == ("ok", False, "running tests")
        server.play(tmp_path, passed("a.py::x"), passed("a.py::y"), ENDED)
        while status() != ("ok", True, "2 tests pass"):
            pass
        server.play(
            tmp_path, Status("watcher", "warning", "polling"), Status("runner", "error", "no pytest\nTraceback ...")
        )
        while status() != ("error", True, "no pytest\npolling"):
            pass
        server.play(tmp_path, Status("watcher", "ok", ""), Status("runner", "ok", ""))
        while status() != ("ok", True, "2 tests pass"):
            pass
        server.play(tmp_path, Disconnected("it died"))
        assert status() == ("warning", False, "the engine ended unexpectedly and is being started again")
        server.play(tmp_path, *JOINED)
        while status() != ("ok", False, "starting"):
            pass
        leave(server.editor)


def test_problems_are_logged_once_for_an_editor_without_statuses(tmp_path: Path) -> None:
    with served(Engines(greeting=(*JOINED, Status("watcher", "warning", "polling")))) as server:
        server.open(tmp_path, {})
        assert server.editor.notification("window/logMessage") == {"type": 2, "message": "companion: polling"}
        server.play(tmp_path, Status("watcher", "warning", "polling"), passed("a.py::x"))
        server.play(tmp_path, Status("watcher", "ok", "fine"))
        assert server.editor.notification("window/logMessage")["message"] == "companion: all is well again"
