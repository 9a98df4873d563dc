"""A debugger's client, as an editor is one: the Debug Adapter Protocol over a socket, with deadlines."""

import json
import socket
from collections.abc import Callable
from typing import Any, Self

PATIENCE = 60.0
"""Seconds; only a broken product uses them up."""

type Json = dict[str, Any]


class DapClient:
    """Attached to what listens there, until `close`."""

    def __init__(self, host: str, port: int) -> None:
        self._line = socket.create_connection((host, port), timeout=PATIENCE)
        self._in = self._line.makefile("rb")
        self._serial = 0
        self._unread: list[Json] = []

    def attach(self, breakpoints: dict[str, list[int]]) -> None:
        """All that an editor does before what is debugged goes on; ``breakpoints`` are lines by absolute path."""
        self.ask("initialize", adapterID="companion", linesStartAt1=True, columnsStartAt1=True, pathFormat="path")
        attach = self.send("attach", justMyCode=False)
        self.event("initialized")
        for path, lines in breakpoints.items():
            said = self.ask("setBreakpoints", source={"path": path}, breakpoints=[{"line": line} for line in lines])
            assert all(each["verified"] for each in said["breakpoints"]), said
        self.ask("configurationDone")
        self.answer(attach)

    def stopped(self) -> tuple[str, int, int]:
        """Wait until it stops: the file, the line, and the thread."""
        thread = self.event("stopped")["threadId"]
        frame = self.ask("stackTrace", threadId=thread, levels=1)["stackFrames"][0]
        return frame["source"]["path"], frame["line"], thread

    def value(self, expression: str, thread: int) -> str:
        """What an expression is where it stopped."""
        frame = self.ask("stackTrace", threadId=thread, levels=1)["stackFrames"][0]["id"]
        return str(self.ask("evaluate", expression=expression, frameId=frame)["result"])

    def go_on(self, thread: int) -> None:
        self.ask("continue", threadId=thread)

    def send(self, command: str, **arguments: object) -> int:
        """Ask without waiting; the number that the answer will carry."""
        self._serial += 1
        asked = {"type": "request", "seq": self._serial, "command": command, "arguments": arguments}
        body = json.dumps(asked).encode()
        self._line.sendall(b"Content-Length: %d\r\n\r\n%s" % (len(body), body))
        return self._serial

    def ask(self, command: str, **arguments: object) -> Json:
        return self.answer(self.send(command, **arguments))

    def answer(self, serial: int) -> Json:
        said = self._wait(lambda message: message["type"] == "response" and message["request_seq"] == serial)
        assert said["success"], said
        body: Json = said.get("body") or {}
        return body

    def event(self, name: str) -> Json:
        said = self._wait(lambda message: message["type"] == "event" and message["event"] == name)
        body: Json = said.get("body") or {}
        return body

    def close(self) -> None:
        self._in.close()
        self._line.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _wait(self, fits: Callable[[Json], bool]) -> Json:
        for message in self._unread:
            if fits(message):
                self._unread.remove(message)
                return message
        while not fits(message := self._read()):
            self._unread.append(message)
        return message

    def _read(self) -> Json:
        size = 0
        while line := self._in.readline().strip():
            name, _, value = line.partition(b":")
            size = int(value) if name.lower() == b"content-length" else size
        assert size, f"the debugger hung up after {self._unread[-5:]}"
        message: Json = json.loads(self._in.read(size))
        return message
