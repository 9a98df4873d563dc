"""What people are told of a test: by a command, and where the pointer rests on it."""

from collections.abc import Sequence
from pathlib import Path

import pytest
from lspkit import Engines, open_document, passed, position, served

from companion.messages import (
    EngineEvent,
    Explanation,
    Ground,
    Message,
    RequestExplanation,
    Selected,
    SelectedItem,
)
from lsp.features.hover import qualified

ITEM = "test_a.py::TestIt::test_x"
TEXT = "class TestIt:\n    def test_x(self):\n        assert f()\n\n    def test_y(self):\n        pass\n"
HOVERS = {"textDocument": {"hover": {"contentFormat": ["markdown", "plaintext"]}}}


def answer(message: Message) -> Sequence[EngineEvent]:
    if not isinstance(message, RequestExplanation):
        return ()
    if not message.item.startswith(ITEM):
        return (Explanation(message.request, message.item, problem=f"{message.item} has not run yet"),)
    grounds = (Ground("calls", ("app:f", "app:g")), Ground("reads", ("data_1.json",)))
    return (Explanation(message.request, message.item, "calls app:f", 7, grounds, external=True),)


def test_the_command(tmp_path: Path) -> None:
    with served(Engines(answer)) as server:
        server.open(tmp_path)
        execute = "workspace/executeCommand"
        told = server.editor.call(execute, {"command": "companion.explain", "arguments": [ITEM]})
        assert told.startswith("**test\\_a")
        assert "- to run: calls app:f\n" in told
        assert "- calls: app:f, app:g\n- reads: data\\_1\\.json\n- in all: 7 dependencies" in told
        assert "external ↗" in told
        for wrong, code in (([], -32602), ([7], -32602), (["none"], -32803)):
            assert server.editor.error(execute, {"command": "companion.explain", "arguments": wrong}) == code


def test_hover(tmp_path: Path) -> None:
    with served(Engines(answer)) as server:
        capabilities = server.open(tmp_path, HOVERS)["capabilities"]
        assert capabilities["hoverProvider"] is True
        uri = open_document(server.editor, tmp_path / "test_a.py", TEXT)
        server.play(tmp_path, Selected(2, (SelectedItem(ITEM, "calls app:f"),), 0), passed(ITEM))
        server.barrier()

        def over(line: int) -> str | None:
            found = server.editor.call(
                "textDocument/hover", {"textDocument": {"uri": uri}, "position": position(line, 6)}
            )
            return None if found is None else found["contents"]["value"]

        said = over(1)
        assert said is not None
        state, why, stands = said.split("  \n")
        assert state.startswith("passed in ")
        assert why == "ran because it calls app:f"
        assert stands == "stands on: calls 2, reads data\\_1\\.json"
        assert [over(line) for line in (0, 2, 4, 99)] == [None] * 4, "a class, a body, what has not run, no line"


def test_parameters_are_counted(tmp_path: Path) -> None:
    with served(Engines(answer)) as server:
        server.open(tmp_path, HOVERS)
        uri = open_document(server.editor, tmp_path / "test_a.py", TEXT)
        server.play(tmp_path, passed(f"{ITEM}[1]"), passed(f"{ITEM}[2]"), passed(f"{ITEM}2"))
        server.barrier()
        found = server.editor.call("textDocument/hover", {"textDocument": {"uri": uri}, "position": position(1, 6)})
        assert found["contents"]["value"].startswith("2 passed in ")


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("def test_a(): ...", "test_a"),
        ("async def test_a(): ...", "test_a"),
        ("class A:\n  class B:\n    x = 1\n    def test_a(self): ...", "A::B::test_a"),
        ("class A:\n  def f(self): ...\ndef test_a(): ...", "test_a"),
        ("def f():\n  def test_a(): ...", ""),
        ("class A: ...", ""),
        ("x = 1", ""),
    ],
)
def test_what_pytest_calls_it(text: str, name: str) -> None:
    lines = text.splitlines(keepends=True)
    assert qualified(lines, len(lines) - 1) == name
