"""An editor for tests: strict framing, one queue, and whoever leaves a message unread has failed."""

import contextlib
import json
import os
import queue
import re
import threading
import time
from collections.abc import Callable, Generator, Iterator
from typing import Any

type Json = dict[str, Any]

HEADER = re.compile(rb"Content-Length: (0|[1-9][0-9]*)\r\n\r\n")
DEADLINE = 10.0
"""Seconds that anything may take before the test has failed."""


class ConversationError(AssertionError):
    """The server said what it must not say, or did not say what it should."""


class Editor:
    """One end of a conversation; ``incoming`` and ``outgoing`` are fds that it closes at the end."""

    def __init__(self, incoming: int, outgoing: int) -> None:
        self._incoming = incoming
        self._outgoing = outgoing
        self._serial = 0
        self._queue: queue.SimpleQueue[Json | ConversationError | None] = queue.SimpleQueue()
        self._unread: list[Json] = []
        self._closed = False
        self.ended = False
        """The server closed its end, and everything before that was received."""
        threading.Thread(target=self._receive, daemon=True).start()

    # --- sending --------------------------------------------------------------------------------------------

    def raw(self, data: bytes) -> None:
        view = memoryview(data)
        while view:
            view = view[os.write(self._outgoing, view) :]

    def send(self, message: object) -> None:
        body = json.dumps(message).encode()
        self.raw(b"Content-Length: %d\r\n\r\n%b" % (len(body), body))

    def notify(self, method: str, params: object = None) -> None:
        self.send({"jsonrpc": "2.0", "method": method, "params": {} if params is None else params})

    def request(self, method: str, params: object = None) -> int:
        """Ask; the id that the answer will have."""
        self._serial += 1
        message: Json = {"jsonrpc": "2.0", "id": self._serial, "method": method}
        self.send(message if params is None else {**message, "params": params})
        return self._serial

    def answer(self, request: Json, result: object = None) -> None:
        self.send({"jsonrpc": "2.0", "id": request["id"], "result": result})

    # --- receiving ------------------------------------------------------------------------------------------

    def call(self, method: str, params: object = None) -> Any:
        """Ask and wait; the result. An error in answer is the test's failure."""
        answer = self.response(self.request(method, params))
        if "error" in answer:
            raise ConversationError(f"{method} failed: {answer['error']}")
        return answer["result"]

    def error(self, method: str, params: object = None) -> int:
        """Ask, and expect to be refused; the code."""
        answer = self.response(self.request(method, params))
        if "result" in answer:
            raise ConversationError(f"{method} was answered: {answer['result']}")
        code = answer["error"]["code"]
        assert isinstance(code, int)
        return code

    def response(self, number: object) -> Json:
        return self.wait(lambda m: "method" not in m and m.get("id") == number, f"the answer to {number}")

    def notification(self, method: str) -> Json:
        """The parameters of the next notification of this method."""
        params = self.wait(lambda m: m.get("method") == method and "id" not in m, method)["params"]
        assert isinstance(params, dict)
        return params  # pyright: ignore[reportUnknownVariableType] - JSON

    def asked(self, method: str) -> Json:
        """The next request of the server's with this method."""
        return self.wait(lambda m: m.get("method") == method and "id" in m, f"the request {method}")

    def wait(self, wanted: Callable[[Json], bool], name: str, *, within: float = DEADLINE) -> Json:
        """The first message, read or yet to come, that is wanted; the others stay unread."""
        deadline = time.monotonic() + within
        index = 0
        while True:
            while index < len(self._unread):
                if wanted(self._unread[index]):
                    return self._unread.pop(index)
                index += 1
            self._next(name, deadline - time.monotonic())

    def until_end(self, *, within: float = DEADLINE) -> None:
        """Wait until the server closes its end."""
        deadline = time.monotonic() + within
        while not self.ended:
            self._next("the end", deadline - time.monotonic(), at_end=False)

    @property
    def unread(self) -> list[Json]:
        return list(self._unread)

    def forget(self, method: str) -> None:
        """Notifications of this method that were received so far need not be read."""
        self._unread = [m for m in self._unread if m.get("method") != method]

    def hang_up(self) -> None:
        """Close what the server reads from."""
        if not self._closed:
            self._closed = True
            os.close(self._outgoing)

    def finish(self) -> None:
        """Nothing may be left unread."""
        self.hang_up()
        self.until_end()
        os.close(self._incoming)
        if self._unread:
            raise ConversationError(f"unread: {self._heard()}")

    def _next(self, name: str, timeout: float, *, at_end: bool = True) -> None:
        try:
            message = self._queue.get(timeout=max(0.0, timeout)) if not self.ended else None
        except queue.Empty:
            raise ConversationError(f"waited in vain for {name}; unread: {self._heard()}") from None
        if isinstance(message, ConversationError):
            raise message
        if message is not None:
            self._unread.append(message)
            return
        self.ended = True
        if at_end:
            raise ConversationError(f"the server left before {name}; unread: {self._heard()}")

    def _heard(self) -> str:
        return " ".join(json.dumps(message)[:300] for message in self._unread[-8:])

    def _receive(self) -> None:
        try:
            for message in _messages(self._incoming):
                self._queue.put(message)
            self._queue.put(None)
        except (ConversationError, OSError, ValueError) as error:
            self._queue.put(ConversationError(f"not a frame: {error!r}"))


def _messages(fd: int) -> Iterator[Json]:
    buffer = b""
    while True:
        header = HEADER.match(buffer)
        if header and len(buffer) >= header.end() + int(header[1]):
            end = header.end() + int(header[1])
            message: Json = json.loads(buffer[header.end() : end])
            if message.get("jsonrpc") != "2.0":
                raise ConversationError(f"no JSON-RPC: {message}")
            yield message
            buffer = buffer[end:]
            continue
        if not header and len(buffer) > 64:
            raise ConversationError(f"foreign bytes: {buffer[:200]!r}")
        data = os.read(fd, 65_536)
        if not data:
            break
        buffer += data
    if buffer:
        raise ConversationError(f"an incomplete frame: {buffer[:200]!r}")


@contextlib.contextmanager
def conversation(incoming: int, outgoing: int) -> Generator[Editor]:
    """An editor that, if the test went well, must have read everything."""
    editor = Editor(incoming, outgoing)
    try:
        yield editor
    except BaseException:
        editor.hang_up()
        raise
    editor.finish()
