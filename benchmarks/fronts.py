"""The fronts that people have open, as processes: a terminal's and an editor's."""

import json
import subprocess
import sys
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import IO


@contextmanager
def watch(root: Path) -> Generator[int]:
    """``companion watch --json``; its process id."""
    command = [sys.executable, "-m", "companion.cli", "watch", "--json", str(root)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as front:
        try:
            yield front.pid
        finally:
            front.terminate()


@contextmanager
def lsp(root: Path) -> Generator[int]:
    """The language server, after its handshake with an editor that has the folder open; its process id."""
    command = [sys.executable, "-P", "-m", "lsp.cli", "--stdio"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as front:
        assert front.stdin is not None
        assert front.stdout is not None
        folder = {"uri": root.as_uri(), "name": root.name}
        parameters: dict[str, object] = {
            "processId": None,
            "rootUri": folder["uri"],
            "workspaceFolders": [folder],
            "capabilities": {},
        }
        try:
            _say(front.stdin, {"id": 1, "method": "initialize", "params": parameters})
            front.stdout.readline()
            _say(front.stdin, {"method": "initialized", "params": {}})
            time.sleep(1.0)
            yield front.pid
        finally:
            front.kill()


def _say(out: IO[bytes], message: dict[str, object]) -> None:
    body = json.dumps({"jsonrpc": "2.0", **message}).encode()
    out.write(b"Content-Length: %d\r\n\r\n%b" % (len(body), body))
    out.flush()
