"""Servers for tests: a real process, or one in this process with scripted engines. Makers of events, parameters."""

import asyncio
import contextlib
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lspclient import Editor, conversation

from companion.core.diff import diff
from companion.core.text import content_hash
from companion.front.scripted import Answer, ScriptedEngine
from companion.messages import (
    CaughtUp,
    EngineEvent,
    Frame,
    ItemFinished,
    Message,
    Outcome,
    Proposal,
    RequestRun,
    RunAccepted,
    RunFinished,
    Selected,
    SelectedItem,
    Welcome,
)  # fmt: skip
from lsp.options import Options
from lsp.server import serve

type Json = dict[str, Any]

SOON = 2.0
"""Seconds in which a server must be gone: one, and as much again for a busy machine."""

QUICK = Options(publish_interval=0.0, progress_delay=0.0, progress_interval=0.0)
"""No waiting for anything in tests."""

EVERYTHING: Json = {
    "general": {"positionEncodings": ["utf-16"]},
    "textDocument": {
        "publishDiagnostics": {"relatedInformation": True, "dataSupport": True, "versionSupport": True},
        "codeAction": {
            "codeActionLiteralSupport": {"codeActionKind": {"valueSet": ["refactor.rewrite"]}},
            "isPreferredSupport": True,
        },
    },
    "workspace": {"workspaceEdit": {"documentChanges": True}, "workspaceFolders": True},
    "window": {"workDoneProgress": True},
    "experimental": {"serverStatusNotification": True},
}
"""An editor that can take all we have."""

DIAGNOSTICS_ONLY: Json = {"textDocument": EVERYTHING["textDocument"], "workspace": EVERYTHING["workspace"]}

JOINED = (Welcome("0.1.0", 4711), CaughtUp(0, False))


def accept(message: Message) -> Sequence[EngineEvent]:
    """Answer requests for runs; say nothing else."""
    return (RunAccepted(message.request, 7),) if isinstance(message, RequestRun) else ()


def silent(_: Message) -> Sequence[EngineEvent]:
    """Never answer."""
    return ()


@dataclass
class Engines:
    """The scripted engines of a server in this process, by root. `play` and `sent` may be called from the test."""

    answer: Answer = accept
    greeting: tuple[EngineEvent, ...] = JOINED
    failures: dict[Path, Exception] = field(default_factory=dict[Path, Exception])
    joined: dict[Path, ScriptedEngine] = field(default_factory=dict[Path, ScriptedEngine])
    loop: asyncio.AbstractEventLoop | None = None

    def join(self, root: Path) -> ScriptedEngine:
        engine = ScriptedEngine(self.answer, *self.greeting, failure=self.failures.get(root))
        self.joined[root] = engine
        return engine

    def play(self, root: Path, *events: EngineEvent) -> None:
        assert self.loop is not None
        self.loop.call_soon_threadsafe(self.joined[root.resolve()].play, *events)

    def sent(self, root: Path) -> list[Message]:
        return list(self.joined[root.resolve()].sent)


@dataclass
class Served:
    """A server in this process and its editor; ``code`` is its exit code, once it has ended."""

    editor: Editor
    engines: Engines
    code: int | None = None

    def open(self, root: Path, capabilities: Json = DIAGNOSTICS_ONLY, **more: object) -> Json:
        """Initialize with this root; the answer. Its engine is joined afterwards."""
        answer = initialize(self.editor, root, capabilities, **more)
        self.barrier()
        return answer

    def play(self, root: Path, *events: EngineEvent) -> None:
        """Let the root's engine say these, after everything that was sent to the server."""
        self.barrier()
        self.engines.play(root, *events)

    def barrier(self) -> None:
        """Everything that was sent to the server so far has been handled."""
        assert self.editor.error("companion/unknown") == -32601


@contextlib.contextmanager
def served(engines: Engines | None = None, options: Options = QUICK) -> Generator[Served]:
    """A server on its own thread, over real pipes; it must end when the editor hangs up."""
    engines = engines or Engines()
    (server_in, editor_out), (editor_in, server_out) = os.pipe(), os.pipe()
    codes: list[int] = []

    async def run() -> int:
        engines.loop = asyncio.get_running_loop()
        return await serve(server_in, server_out, engines.join, options)

    def work() -> None:
        codes.append(asyncio.run(run()))
        os.close(server_out)

    thread = threading.Thread(target=work)
    thread.start()
    with conversation(editor_in, editor_out) as editor:
        session = Served(editor, engines)
        yield session
    thread.join(10)
    assert not thread.is_alive()
    os.close(server_in)
    session.code = codes[0]


@contextlib.contextmanager
def process(
    *command: str, stderr: int | None = None, environment: dict[str, str] | None = None
) -> Generator[tuple[subprocess.Popen[bytes], Editor]]:
    """A real server process and its editor. It is killed if it outlives the test."""
    command = command or (sys.executable, "-m", "lsp.cli", "--stdio")
    (server_in, editor_out), (editor_in, server_out) = os.pipe(), os.pipe()
    with subprocess.Popen(command, stdin=server_in, stdout=server_out, stderr=stderr, env=environment) as server:
        os.close(server_in)
        os.close(server_out)
        try:
            with conversation(editor_in, editor_out) as editor:
                yield server, editor
        finally:
            server.kill()


def initialize(editor: Editor, root: Path | None, capabilities: Json, **more: object) -> Json:
    """The first two messages of every editor; the answer to the first."""
    root_uri = None if root is None else root.as_uri()
    params = {"processId": None, "rootUri": root_uri, "capabilities": capabilities, **more}
    result = editor.call("initialize", params)
    editor.notify("initialized")
    assert isinstance(result, dict)
    return result  # pyright: ignore[reportUnknownVariableType] - JSON


def leave(editor: Editor) -> None:
    assert editor.call("shutdown") is None
    editor.send({"jsonrpc": "2.0", "method": "exit"})


def failed(
    node_id: str, line: int = 1, message: str = "assert 1 == 2", *, path: str = "", generation: int = 1,
    outcome: Outcome = "failed", frames: Sequence[Frame] = (),
) -> ItemFinished:  # fmt: skip
    """An item's red end; where it failed is its own file unless said otherwise."""
    where = path or node_id.partition("::")[0]
    return ItemFinished(
        generation, node_id, outcome, 0.01, "process", message, where, line, tuple(frames), "long", ()
    )  # fmt: skip


def passed(node_id: str, *, generation: int = 2) -> ItemFinished:
    return failed(node_id, message="", generation=generation, outcome="passed")


def proposal(
    path: str, old: str, new: str, *, number: int = 1, line: int = 1, end_line: int = 0, verdict: str = "unverified"
) -> Proposal:
    """A proposal that turns one text into another."""
    return Proposal(
        1, f"p{number}", "guard-clause", "Guard clause", path, line, end_line or line,
        verdict, 14, 3, 2, content_hash(old.encode()), diff(old, new), "",  # type: ignore[arg-type]
    )  # fmt: skip


def run_of(*node_ids: str, generation: int = 1) -> tuple[Selected, RunFinished]:
    """A run's beginning and end."""
    items = tuple(SelectedItem(node_id, "changed") for node_id in node_ids)
    count = len(node_ids)
    return Selected(generation, items, 0), RunFinished(generation, count, count, 0, 0, 0, 1.5, False, 0, (), "")


def position(line: int, character: int) -> Json:
    return {"line": line, "character": character}


def span(*numbers: int) -> Json:
    """``line, character, line, character`` as a range."""
    return {"start": position(*numbers[:2]), "end": position(*numbers[2:])}


def open_document(editor: Editor, path: Path, text: str, *, version: int = 1, uri: str = "") -> str:
    """Tell the server that the editor shows this file; its URI."""
    uri = uri or path.as_uri()
    item = {"uri": uri, "languageId": "python", "version": version, "text": text}
    editor.notify("textDocument/didOpen", {"textDocument": item})
    return uri


def change(editor: Editor, uri: str, version: int, *changes: Json) -> None:
    params = {"textDocument": {"uri": uri, "version": version}, "contentChanges": list(changes)}
    editor.notify("textDocument/didChange", params)


type Check = Callable[[Json], None]
