"""Every request is answered once, with the right code, whatever it looks like and whenever it comes."""

import json
from pathlib import Path
from typing import cast

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lspkit import Engines, Json, initialize, leave, open_document, served, silent

from companion.messages import RequestRun


def test_before_initialize() -> None:
    with served() as server:
        assert server.editor.error("textDocument/codeAction", {}) == -32002
        assert server.editor.error("shutdown") == -32002
        server.editor.notify("textDocument/didOpen", {"textDocument": {}})
        server.editor.notify("initialized")
        initialize(server.editor, None, {})


def test_after_shutdown() -> None:
    with served() as server:
        initialize(server.editor, None, {})
        assert server.editor.call("shutdown") is None
        assert server.editor.error("shutdown") == -32600
        assert server.editor.error("workspace/executeCommand", {"command": "companion.stop"}) == -32600
        server.editor.send({"jsonrpc": "2.0", "method": "exit"})
        server.editor.until_end()
    assert server.code == 0


def test_initialize_twice() -> None:
    with served() as server:
        initialize(server.editor, None, {})
        assert server.editor.error("initialize", {"processId": None, "rootUri": None, "capabilities": {}}) == -32600


def test_a_malformed_initialize_may_be_repeated() -> None:
    with served() as server:
        assert server.editor.error("initialize", {"processId": "me"}) == -32602
        assert server.editor.error("shutdown") == -32002
        initialize(server.editor, None, {})


@pytest.mark.parametrize(
    "method", ["textDocument/definition", "$/unheard", "textDocument/didOpen", "exit", "", "no method"]
)
def test_unknown_request(method: str) -> None:
    with served() as server:
        initialize(server.editor, None, {})
        assert server.editor.error(method, {}) == -32601


@pytest.mark.parametrize(
    "params", [None, [], ["a"], {}, {"command": {}, "arguments": 3}, {"textDocument": {"uri": "x"}}, 5]
)
def test_malformed_parameters(params: object) -> None:
    with served() as server:
        initialize(server.editor, None, {})
        assert server.editor.error("textDocument/codeAction", params) == -32602


def test_malformed_notifications_are_ignored(caplog: pytest.LogCaptureFixture) -> None:
    private = "the user's own code"
    with served() as server:
        initialize(server.editor, None, {})
        for params in ({}, {"textDocument": {"uri": "file:///x", "text": private}}, {"textDocument": private}):
            server.editor.notify("textDocument/didOpen", params)
            server.editor.notify("textDocument/didChange", params)
        server.editor.notify("$/cancelRequest", {"id": {}})
        server.editor.notify("$/never/heard/of", {"text": private})
        server.barrier()
    assert "textDocument/didOpen" in caplog.text
    assert private not in caplog.text


@pytest.mark.parametrize(
    ("message", "number", "code"),
    [
        (b"not JSON", None, -32700),
        (b"\xff\xfe\xfd", None, -32700),
        (b"[" * 100_000, None, -32700),
        (b"", None, -32700),
        (b"[]", None, -32600),
        (b"5", None, -32600),
        (b"{}", None, -32600),
        (b'{"jsonrpc": "2.0"}', None, -32600),
        (b'{"jsonrpc": "2.0", "id": 9}', 9, -32600),
        (b'{"jsonrpc": "1.0", "id": 9, "method": "shutdown"}', 9, -32600),
        (b'{"id": "a", "method": "shutdown"}', "a", -32600),
        (b'{"jsonrpc": "2.0", "id": 9, "method": 3}', 9, -32600),
        (b'{"jsonrpc": "2.0", "id": null, "method": "shutdown"}', None, -32600),
        (b'{"jsonrpc": "2.0", "id": true, "method": "shutdown"}', None, -32600),
        (b'{"jsonrpc": "2.0", "id": [1], "method": "shutdown"}', None, -32600),
    ],
)
def test_not_a_message(message: bytes, number: object, code: int) -> None:
    with served() as server:
        initialize(server.editor, None, {})
        server.editor.raw(b"Content-Length: %d\r\n\r\n%b" % (len(message), message))
        answer = server.editor.response(number)
        assert answer["error"]["code"] == code
        assert "id" in answer
        server.barrier()


def test_header_names_in_any_case() -> None:
    with served() as server:
        body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "shutdown"}).encode()
        server.editor.raw(b"content-type: x\r\ncontent-LENGTH:%d\r\n\r\n%b" % (len(body), body))
        assert server.editor.response(1)["error"]["code"] == -32002


def test_bytes_without_frames_end_the_server() -> None:
    with served() as server:
        server.editor.raw(b"x" * 20_000)
        server.editor.until_end()
    assert server.code == 1


def test_cancelled_while_waiting_for_the_engine(tmp_path: Path) -> None:
    with served(Engines(answer=silent)) as server:
        server.open(tmp_path)
        number = server.editor.request("workspace/executeCommand", {"command": "companion.runAll"})
        server.barrier()
        server.editor.notify("$/cancelRequest", {"id": number})
        assert server.editor.response(number)["error"]["code"] == -32800
        server.editor.notify("$/cancelRequest", {"id": number})
        server.editor.notify("$/cancelRequest", {"id": "companion-1"})
        server.barrier()


def test_shutdown_answers_what_is_open(tmp_path: Path) -> None:
    with served(Engines(answer=silent)) as server:
        server.open(tmp_path)
        number = server.editor.request("workspace/executeCommand", {"command": "companion.runAll"})
        leave(server.editor)
        assert server.editor.response(number)["error"]["code"] == -32800
        server.editor.until_end()
    assert server.code == 0


def test_ids_of_either_side_and_kind_are_kept_apart(tmp_path: Path) -> None:
    with served(Engines(answer=silent)) as server:
        server.open(tmp_path)
        params = {"command": "companion.runAll"}
        for number in (1000, "1000", "companion-1"):
            server.editor.send(
                {"jsonrpc": "2.0", "id": number, "method": "workspace/executeCommand", "params": params}
            )
        for other in (1000, "1000", "companion-1", "unheard", None):
            server.editor.send({"jsonrpc": "2.0", "id": other, "result": None})
            server.editor.send({"jsonrpc": "2.0", "id": other, "error": {"code": 1, "message": "x"}})
        server.barrier()
        for number in (1000, "1000", "companion-1"):
            server.editor.notify("$/cancelRequest", {"id": number})
            assert server.editor.response(number)["error"]["code"] == -32800


def test_errors_carry_neither_tracebacks_nor_paths(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    def defect(_: object) -> tuple[()]:
        raise RuntimeError(f"a defect at {tmp_path}")

    with served(Engines(answer=defect)) as server:
        server.open(tmp_path)
        number = server.editor.request("workspace/executeCommand", {"command": "companion.runAll"})
        error = server.editor.response(number)["error"]
    assert error == {"code": -32603, "message": "internal error in workspace/executeCommand"}
    assert "RuntimeError" in caplog.text


SCALARS = st.none() | st.booleans() | st.integers(-(2**40), 2**40) | st.floats() | st.text(max_size=8)
JSON = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
)
POSITION: Json = {"line": 0, "character": 0}
REQUESTS: list[tuple[str, Json]] = [
    (
        "textDocument/codeAction",
        {
            "textDocument": {"uri": "file:///x/a.py"},
            "context": {"diagnostics": []},
            "range": {"start": POSITION, "end": POSITION},
        },
    ),
    ("workspace/executeCommand", {"command": "companion.restartAgent", "arguments": ["runner", "file:///x"]}),
    ("initialize", {"processId": 1, "rootUri": "file:///x", "capabilities": {}}),
]


def _mutated(draw: st.DrawFn, value: object) -> object:
    """The same, but something in it is something else, or gone."""
    if isinstance(value, dict) and value and draw(st.integers(0, 3)):
        mapping = cast("Json", value)
        key = draw(st.sampled_from(sorted(mapping)))
        rest = {k: v for k, v in mapping.items() if k != key}
        return rest if draw(st.booleans()) else {**rest, key: _mutated(draw, mapping[key])}
    return draw(JSON)


@st.composite
def mutated_requests(draw: st.DrawFn) -> tuple[str, object]:
    method, params = draw(st.sampled_from(REQUESTS))
    return method, _mutated(draw, params)


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(mutated_requests(), min_size=10, max_size=30))
def test_mutated_requests_are_all_answered_once(requests: list[tuple[str, object]]) -> None:
    with served() as server:
        initialize(server.editor, None, {})
        for number in [server.editor.request(method, params) for method, params in requests]:
            assert ("error" in (answer := server.editor.response(number))) != ("result" in answer)
        server.barrier()


def test_a_thousand_messages_at_once(tmp_path: Path) -> None:
    with served() as server:
        server.open(tmp_path)
        uri = open_document(server.editor, tmp_path / "a.py", "")
        for version in range(2, 1500):
            params = {"textDocument": {"uri": uri, "version": version}, "contentChanges": [{"text": "x\n" * version}]}
            server.editor.notify("textDocument/didChange", params)
        server.barrier()
        last = server.engines.sent(tmp_path)[-1]
    assert getattr(last, "version", None) == 1499


def test_requests_reach_the_engine(tmp_path: Path) -> None:
    with served() as server:
        server.open(tmp_path)
        result = server.editor.call("workspace/executeCommand", {"command": "companion.runAll"})
        assert result == [{"root": tmp_path.as_uri(), "generation": 7}]
        assert [m.scope for m in server.engines.sent(tmp_path) if isinstance(m, RequestRun)] == ["all"]
