"""A real server process and a real engine, with a project open in the strict editor."""

import os
import select
import subprocess
import tempfile
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from lspclient import Editor
from lspkit import EVERYTHING, SOON, Json, initialize, leave, process

PUBLISH = "textDocument/publishDiagnostics"
CAPABILITIES: Json = {k: v for k, v in EVERYTHING.items() if k not in {"window", "experimental"}}


@dataclass
class Opened:
    """A project, open in an editor; `end` leaves, and looks for what was left behind."""

    root: Path
    editor: Editor
    server: subprocess.Popen[bytes]

    def uri(self, path: str) -> str:
        return (self.root / path).as_uri()

    def write(self, path: str, old: str, new: str) -> str:
        """Change the file on disk; its new text."""
        text = (self.root / path).read_text("utf-8")
        assert old in text
        (self.root / path).write_text(text.replace(old, new), "utf-8")
        return text.replace(old, new)

    def saved(self, uri: str) -> None:
        self.editor.notify("textDocument/didSave", {"textDocument": {"uri": uri}})

    def shows(self, path: str, wanted: Callable[[list[Json]], bool]) -> list[Json]:
        """Wait until the diagnostics of a file are as wanted."""

        def is_it(message: Json) -> bool:
            params = message.get("params", {})
            return (
                message.get("method") == PUBLISH and params["uri"] == self.uri(path) and wanted(params["diagnostics"])
            )

        message = self.editor.wait(is_it, f"diagnostics of {path}", within=60)
        return cast("list[Json]", message["params"]["diagnostics"])

    def engines(self) -> list[int]:
        """Processes that have to do with this copy, other than the server."""
        return [pid for pid in processes(str(self.root)) if pid != self.server.pid]

    def end(self) -> None:
        engines = self.engines()
        leave(self.editor)
        assert self.server.wait(SOON) == 0
        for pid in engines:
            assert ended(pid, within=20), f"{pid} outlived its editor"
        assert self.engines() == []
        self.editor.until_end()
        self.editor.forget(PUBLISH)
        self.editor.forget("window/logMessage")


@contextmanager
def opened(root: Path, private: str = "") -> Generator[Opened]:
    """This project in an editor; ``private`` is the folder for sockets and logs, by default one of its own."""
    with tempfile.TemporaryDirectory(prefix="lsp-") as own:
        folders = {} if private else {"XDG_RUNTIME_DIR": own, "XDG_STATE_HOME": own}
        with process(stderr=subprocess.DEVNULL, environment={**os.environ, **folders}) as (server, editor):
            initialize(editor, root, CAPABILITIES)
            project = Opened(root, editor, server)
            yield project
            project.end()


def processes(name: str) -> list[int]:
    """Processes whose command line or current folder has to do with this folder."""
    found: list[int] = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            about = (folder / "cmdline").read_bytes().decode(errors="replace") + str((folder / "cwd").readlink())
        except OSError:
            continue
        if name in about and int(folder.name) != os.getpid():
            found.append(int(folder.name))
    return found


def ended(pid: int, *, within: float) -> bool:
    """Wait for the end of a process that is not our child."""
    try:
        descriptor = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    try:
        return bool(select.select([descriptor], [], [], within)[0])
    finally:
        os.close(descriptor)
