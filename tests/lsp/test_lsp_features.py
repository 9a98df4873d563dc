"""Features over the wire: an editor on one side, a scripted engine on the other."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from lspkit import (
    DIAGNOSTICS_ONLY,
    EVERYTHING,
    JOINED,
    Engines,
    change,
    failed,
    leave,
    open_document,
    passed,
    served,
    span,
)

from companion.core.diff import TextEdit
from companion.errors import EngineUnavailableError
from companion.messages import (
    ChangeDocument,
    CloseDocument,
    DebugEnded,
    DebugListens,
    EngineEvent,
    Frame,
    ItemsGone,
    Message,
    OpenDocument,
    RequestDebug,
    RequestRun,
    RestartAgent,
    SaveDocument,
    StopRun,
)

PUBLISH = "textDocument/publishDiagnostics"
TEXT = "def test_x():\n    assert 1 == 2\n"


def test_documents_reach_the_engine_as_edits(tmp_path: Path) -> None:
    with served() as server:
        server.open(tmp_path)
        uri = open_document(server.editor, tmp_path / "a.py", "héllo 😀\nworld\n")
        change(server.editor, uri, 2, {"range": span(0, 8, 1, 0), "text": "\r\n"})
        change(
            server.editor, uri, 3, {"range": span(1, 0, 1, 0), "text": "b"}, {"range": span(0, 0, 0, 0), "text": "a"}
        )
        server.editor.notify("textDocument/didSave", {"textDocument": {"uri": uri}})
        server.editor.notify("textDocument/didClose", {"textDocument": {"uri": uri}})
        change(server.editor, uri, 4, {"text": "never opened"})
        server.barrier()
        assert server.engines.sent(tmp_path) == [
            OpenDocument("a.py", 1, "héllo 😀\nworld\n".encode()),
            ChangeDocument("a.py", 2, (TextEdit(7, 7, "\r"),)),
            ChangeDocument("a.py", 3, (TextEdit(0, 0, "a"), TextEdit(9, 9, "b"))),
            SaveDocument("a.py"),
            CloseDocument("a.py"),
        ]


def test_documents_outside_every_root_are_ignored(tmp_path: Path) -> None:
    (root := tmp_path / "root").mkdir()
    with served() as server:
        server.open(root)
        for uri in (
            "untitled:Untitled-1",
            "file:///elsewhere/a.py",
            tmp_path.as_uri() + "/rooty/a.py",
            "git:/x",
            "",
            root.as_uri(),
        ):
            open_document(server.editor, root, "x", uri=uri)
            change(server.editor, uri, 2, {"text": "y"})
            server.editor.notify("textDocument/didSave", {"textDocument": {"uri": uri}})
            server.editor.notify("textDocument/didClose", {"textDocument": {"uri": uri}})
        server.barrier()
        assert server.engines.sent(root) == []


@pytest.mark.parametrize("name", ["a b.py", "100%.py", "c++.py", "#1.py", "what?.py", "été.py", "%41.py"])
def test_odd_names(tmp_path: Path, name: str) -> None:
    (root := tmp_path / "odd % + # root").mkdir()
    with served() as server:
        server.open(root)
        uri = open_document(server.editor, root / name, TEXT)
        server.play(root, failed(f"{name}::test_x", 2))
        assert server.editor.notification(PUBLISH)["uri"] == uri
        assert [m.path for m in server.engines.sent(root) if isinstance(m, OpenDocument)] == [name]


def test_a_root_behind_a_symlink(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (link := tmp_path / "link").symlink_to("real")
    with served() as server:
        server.open(link)
        open_document(server.editor, link / "a.py", TEXT)
        through_real = open_document(server.editor, tmp_path / "real" / "b.py", TEXT)
        server.play(tmp_path / "real", failed("a.py::test_x", 2), failed("c.py::y"), failed("b.py::z", 2))
        published = {server.editor.notification(PUBLISH)["uri"] for _ in range(3)}
        assert published == {(link / "a.py").as_uri(), (link / "c.py").as_uri(), through_real}
        assert [m.path for m in server.engines.sent(tmp_path / "real") if isinstance(m, OpenDocument)] == [
            "a.py",
            "b.py",
        ]


def test_diagnostics_of_open_and_closed_files(tmp_path: Path) -> None:
    (tmp_path / "closed.py").write_text("x = 1\n  raise E  # é\n")
    with served() as server:
        server.open(tmp_path)
        uri = open_document(server.editor, tmp_path / "test_a.py", TEXT, version=5)
        frames = (Frame("test_a.py", 2, "f()"), Frame("closed.py", 2, "raise E"))
        server.play(
            tmp_path,
            failed("test_a.py::test_x", 2),
            failed("test_a.py::test_y", 2, "E: boom", path="closed.py", frames=frames),
        )
        by_uri = {p["uri"]: p for p in (server.editor.notification(PUBLISH) for _ in range(2))}
        assert by_uri[uri] == {
            "uri": uri,
            "version": 5,
            "diagnostics": [
                {
                    "range": span(1, 4, 1, 17),
                    "severity": 1,
                    "code": "test_x",
                    "source": "companion-test",
                    "message": "assert 1 == 2",
                    "data": "test_a.py::test_x",
                }
            ],
        }
        closed = by_uri[(tmp_path / "closed.py").as_uri()]
        assert "version" not in closed
        assert closed["diagnostics"][0]["range"] == span(1, 2, 1, 14)
        assert closed["diagnostics"][0]["relatedInformation"] == [
            {"location": {"uri": uri, "range": span(1, 4, 1, 17)}, "message": "f()"}
        ]
        server.play(tmp_path, passed("test_a.py::test_x"))
        assert server.editor.notification(PUBLISH) == {"uri": uri, "version": 5, "diagnostics": []}
        server.play(tmp_path, ItemsGone(2, ("test_a.py::test_y",)))
        assert server.editor.notification(PUBLISH)["diagnostics"] == []


def test_an_edit_moves_the_diagnostic(tmp_path: Path) -> None:
    (tmp_path / "test_a.py").write_text(TEXT)
    with served() as server:
        server.open(tmp_path)
        uri = open_document(server.editor, tmp_path / "test_a.py", TEXT)
        server.play(tmp_path, failed("test_a.py::test_x", 2))
        assert server.editor.notification(PUBLISH)["diagnostics"][0]["range"]["start"]["line"] == 1
        change(server.editor, uri, 2, {"range": span(0, 0, 0, 0), "text": "import x\n"})
        moved = server.editor.notification(PUBLISH)
        assert (moved["version"], moved["diagnostics"][0]["range"]["start"]["line"]) == (2, 2)
        change(server.editor, uri, 3, {"range": span(3, 0, 3, 0), "text": "# below\n"})
        server.barrier()
        server.play(tmp_path, failed("test_a.py::test_x", 2, "again", generation=1))
        assert server.editor.notification(PUBLISH)["diagnostics"][0]["range"]["start"]["line"] == 2


def test_an_editor_that_can_take_nothing(tmp_path: Path) -> None:
    with served() as server:
        answer = server.open(tmp_path, {})
        assert set(answer["capabilities"]) == {"textDocumentSync", "executeCommandProvider"}
        server.play(tmp_path, failed("test_a.py::test_x", 2, frames=[Frame("b.py", 1, "")]))
        (diagnostic,) = server.editor.notification(PUBLISH)["diagnostics"]
        assert set(diagnostic) == {"range", "severity", "code", "source", "message"}


def test_encodings() -> None:
    for offered, chosen in ((["utf-8", "utf-16"], "utf-8"), (["utf-7", "utf-32"], "utf-32"), (["utf-7"], "utf-16")):
        with served() as server:
            params = {"processId": None, "rootUri": None, "capabilities": {"general": {"positionEncodings": offered}}}
            assert server.editor.call("initialize", params)["capabilities"]["positionEncoding"] == chosen


@pytest.mark.parametrize(("encoding", "end"), [("utf-8", 14), ("utf-16", 9), ("utf-32", 7)])
def test_columns_in_the_negotiated_encoding(tmp_path: Path, encoding: str, end: int) -> None:
    with served() as server:
        server.open(tmp_path, {**DIAGNOSTICS_ONLY, "general": {"positionEncodings": [encoding]}})
        open_document(server.editor, tmp_path / "a.py", "x='é😀🎉'")
        server.play(tmp_path, failed("a.py::x"))
        assert server.editor.notification(PUBLISH)["diagnostics"][0]["range"] == span(0, 0, 0, end)


def test_folders_come_and_go(tmp_path: Path) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    one.mkdir()
    two.mkdir()
    with served() as server:
        server.open(one, workspaceFolders=[{"uri": one.as_uri(), "name": "one"}])
        uri = open_document(server.editor, two / "a.py", TEXT)
        folder = {"uri": two.as_uri(), "name": "two"}
        server.editor.notify("workspace/didChangeWorkspaceFolders", {"event": {"added": [folder], "removed": []}})
        server.barrier()
        server.play(two, failed("a.py::x"))
        assert server.editor.notification(PUBLISH)["uri"] == uri
        assert [type(m) for m in server.engines.sent(two)] == [OpenDocument]
        server.editor.notify("workspace/didChangeWorkspaceFolders", {"event": {"added": [], "removed": [folder]}})
        assert server.editor.notification(PUBLISH) == {"uri": uri, "version": 1, "diagnostics": []}
        assert server.engines.joined[two].closed
        assert not server.engines.joined[one].closed


def test_a_folder_inside_another_belongs_to_itself(tmp_path: Path) -> None:
    (inner := tmp_path / "inner").mkdir()
    with served() as server:
        folders = [{"uri": p.as_uri(), "name": p.name} for p in (tmp_path, inner)]
        server.open(tmp_path, workspaceFolders=folders)
        open_document(server.editor, inner / "a.py", TEXT)
        server.barrier()
        assert server.engines.sent(tmp_path) == []
        assert len(server.engines.sent(inner)) == 1


def test_commands(tmp_path: Path) -> None:
    with served() as server:
        server.open(tmp_path)
        execute = "workspace/executeCommand"
        answer = server.editor.call(
            execute, {"command": "companion.runFailed", "arguments": [tmp_path.as_uri() + "/a.py"]}
        )
        assert answer == [{"root": tmp_path.as_uri(), "generation": 7}]
        assert server.editor.call(execute, {"command": "companion.stop"}) is None
        assert server.editor.call(execute, {"command": "companion.restartAgent", "arguments": ["runner"]}) is None
        assert server.engines.sent(tmp_path) == [
            RequestRun(1, "failed", (), ()),
            StopRun(),
            RestartAgent("runner", "asked for in the editor"),
        ]
        for command, arguments in (
            ("companion.unknown", []),
            ("companion.restartAgent", []),
            ("companion.restartAgent", ["chef"]),
            ("companion.runAll", [1]),
            ("companion.stop", ["a", "b"]),
        ):
            assert server.editor.error(execute, {"command": command, "arguments": arguments}) == -32602
        assert server.editor.error(execute, {"command": "companion.stop", "arguments": ["file:///other"]}) == -32803


def test_a_debugger_is_told_where_to_attach(tmp_path: Path) -> None:
    item = "test_a.py::test_x"

    def answer(message: Message) -> Sequence[EngineEvent]:
        assert isinstance(message, RequestDebug)
        if message.item != item:
            return (DebugEnded(message.request, 4, (), "there is no such test"),)
        return (DebugListens(message.request, "127.0.0.1", 54321),)

    with served(Engines(answer)) as server:
        server.open(tmp_path)
        execute = "workspace/executeCommand"
        for arguments in ([item], [item, tmp_path.as_uri()]):
            attach = server.editor.call(execute, {"command": "companion.debug", "arguments": arguments})
            assert attach == {
                "type": "debugpy", "request": "attach", "name": item,
                "connect": {"host": "127.0.0.1", "port": 54321}, "pathMappings": [],
            }  # fmt: skip
        for wrong, code in (([], -32602), ([""], -32602), ([7], -32602), (["none"], -32803)):
            assert server.editor.error(execute, {"command": "companion.debug", "arguments": wrong}) == code


def test_an_engine_that_cannot_be_started_is_tried_again_on_save(tmp_path: Path) -> None:
    engines = Engines(failures={tmp_path: EngineUnavailableError("no engine: install one")})
    with served(engines) as server:
        server.open(tmp_path, {})
        log = server.editor.notification("window/logMessage")
        assert log == {"type": 1, "message": "companion: no engine: install one"}
        assert server.editor.error("workspace/executeCommand", {"command": "companion.runAll"}) == -32803
        uri = open_document(server.editor, tmp_path / "a.py", TEXT)
        server.barrier()
        engines.failures.clear()
        server.editor.notify("textDocument/didSave", {"textDocument": {"uri": uri}})
        assert server.editor.notification("window/logMessage")["message"] == "companion: all is well again"
        server.play(tmp_path, failed("a.py::x"))
        assert server.editor.notification(PUBLISH)["uri"] == uri
        assert [type(m) for m in engines.sent(tmp_path)] == [OpenDocument]


def test_everything_at_once_and_a_clean_end(tmp_path: Path) -> None:
    with served(Engines(greeting=(*JOINED, failed("a.py::x")))) as server:
        server.open(tmp_path, EVERYTHING)
        assert server.editor.notification(PUBLISH)["diagnostics"]
        leave(server.editor)
        server.editor.until_end()
        server.editor.forget("experimental/serverStatus")
    assert server.code == 0
    assert server.engines.joined[tmp_path].closed


def test_what_is_flaky_is_no_error(tmp_path: Path) -> None:
    (tmp_path / "test_a.py").write_text(TEXT)
    with served() as server:
        server.open(tmp_path)
        red = failed("test_a.py::test_x", 2)
        server.play(tmp_path, replace(red, outcome="passed", state="flaky", message="failed, then passed"))
        (diagnostic,) = server.editor.notification(PUBLISH)["diagnostics"]
        assert (diagnostic["severity"], diagnostic["message"]) == (3, "flaky: failed, then passed")
