"""JSON-RPC as the language server protocol wants it: every request is answered, exactly once, with the right code.

How pygls is extended, and why so. `Protocol` derives from pygls' `JsonRPCProtocol`, not from its
`LanguageServerProtocol`: what the latter adds is what we must not have (documents that `splitlines` corrupts, an
``exit`` that raises SystemExit inside a handler, progress tokens that are never freed, commands whose arguments are
unpacked by signature). Kept from pygls: running of sync and async handlers, futures of our own requests, lsprotocol's
converter. Replaced, each in one place:

- `receive` instead of pygls' reading loops and `structure_message`: there malformed parameters are never answered,
  since the id is lost when structuring fails, and any nested object with a "jsonrpc" key is taken for a message.
- `_request`, `_notification`, `_answer`: life cycle (`lsp.gate`), no tracebacks in answers, ids of the editor's own
  requests kept apart from ours (in pygls a response of the editor's could complete its own request).
- `_send_data`: the one way out; hops to the loop's thread, logs no payload.
- `on` instead of pygls' feature manager, which guesses from signatures and has no types.
"""

import asyncio
import itertools
import json
import logging
import threading
from collections.abc import Callable
from concurrent.futures import Future
from functools import partial
from typing import Any, cast, override

from cattrs import Converter
from lsprotocol import types
from pygls.exceptions import (
    JsonRpcException,
    JsonRpcInternalError,
    JsonRpcInvalidRequest,
    JsonRpcMethodNotFound,
    JsonRpcParseError,
    JsonRpcRequestCancelled,
)
from pygls.protocol import JsonRPCProtocol, JsonRPCResponseMessage
from pygls.server import JsonRPCServer

from lsp import structure
from lsp.framing import frame
from lsp.gate import Gate

log = logging.getLogger("lsp")

OURS = "companion-"
"""How the ids of our own requests begin."""

type Id = int | str
type Handler = Callable[[Any], Any]


class Protocol(JsonRPCProtocol):
    """One editor's conversation. Only notifications and answers may come from other threads than the loop's."""

    def __init__(self, server: JsonRPCServer, converter: Converter) -> None:
        super().__init__(server, converter)
        self.gate = Gate()
        self.write: Callable[[bytes], None] = _nowhere
        """Takes framed bytes; must not block."""
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread = threading.get_ident()
        self._handlers: dict[str, Handler] = {}
        self._serial = itertools.count(1)
        self.on(types.CANCEL_REQUEST, self._cancel)

    def bind(self, loop: asyncio.AbstractEventLoop) -> None:
        """Called on the thread of this loop: what other threads send goes through it."""
        self._loop, self._thread = loop, threading.get_ident()

    def receive(self, body: bytes) -> None:
        """Take one message; whatever is wrong with it is answered or ignored, as JSON-RPC says."""
        try:
            parsed: object = json.loads(body)
        except ValueError, RecursionError:
            self._refuse(None, JsonRpcParseError("the message is not JSON"))
            return
        message = cast("structure.Json", parsed) if isinstance(parsed, dict) else {}
        number, method = _id_of(message), message.get("method")
        if "method" not in message and ("result" in message or "error" in message):
            self._response(number, message)
        elif (
            message.get("jsonrpc") != self.VERSION
            or not isinstance(method, str)
            or ("id" in message and number is None)
        ):
            self._refuse(number, JsonRpcInvalidRequest("the message is no JSON-RPC 2.0 message"))
        elif number is None:
            self._notification(method, message.get("params"))
        else:
            self._request(number, method, message.get("params"))

    def on(self, method: str, handler: Handler) -> None:
        """Let ``handler`` take this method's parameters. Only a coroutine function can be cancelled."""
        self._handlers[method] = handler

    async def ask(self, method: str, params: object, timeout: float) -> object:  # noqa: ASYNC109 - a budget, not a habit
        """Ask the editor. Raises TimeoutError, and JsonRpcException if it answers with an error."""
        number = f"{OURS}{next(self._serial)}"
        try:
            return await asyncio.wait_for(self.send_request_async(method, params, number), timeout)
        finally:
            self._request_futures.pop(number, None)
            self._result_types.pop(number, None)

    @override
    def notify(self, method: str, params: Any | None = None) -> None:
        """Tell the editor, unless it has not introduced itself yet or said goodbye."""
        if self.gate.is_open:
            super().notify(method, params)

    def say_goodbye(self) -> None:
        """Tell the editor nothing more but answers."""
        self.gate.close()
        self.cancel_all()

    def cancel_all(self) -> None:
        """Requests of the editor's that are still worked on are answered as cancelled in the loop's next rounds."""
        for number, future in list(self._request_futures.items()):
            if not str(number).startswith(OURS):
                future.cancel()

    # --- what arrives ---------------------------------------------------------------------------------------

    def _request(self, number: Id, method: str, raw: object) -> None:
        try:
            self.gate.check(method)
            handler = self._handler(method)
            params = structure.params(self._converter, method, raw)
        except JsonRpcException as error:
            self._refuse(number, error)
            return
        done = partial(self._answer, number=number, method=method)
        # `repr` keeps 1 and "1" apart, and both from requests of ours.
        self._execute_handler(repr(number), handler, done, (params,))

    def _notification(self, method: str, raw: object) -> None:
        handler = self._handlers.get(method)
        if handler is None or self.get_result_type(method) or not (self.gate.is_open or method == types.EXIT):
            return
        try:
            params = structure.params(self._converter, method, raw)
        except JsonRpcException as error:
            log.warning("ignored a notification: %s", error.message)
            return
        key = f"notified {next(self._serial)}"
        self._execute_handler(key, handler, partial(self._noticed, key=key, method=method), (params,))

    def _cancel(self, params: types.CancelParams) -> None:
        # One that is finished already, or was never heard of, is nobody's mistake.
        if future := self._request_futures.get(repr(params.id)):
            future.cancel()

    def _response(self, number: Id | None, message: structure.Json) -> None:
        if not (isinstance(number, str) and number.startswith(OURS)):
            return  # the editor answers its own request, or nothing
        future = self._request_futures.pop(number, None)
        if future is None or future.done():
            return
        try:
            future.set_result(structure.result(self._converter, self._result_types.get(number), message))
        except JsonRpcException as error:
            future.set_exception(error)

    def _handler(self, method: str) -> Handler:
        handler = self._handlers.get(method)
        if handler is None or self.get_result_type(method) is None:
            raise JsonRpcMethodNotFound(f"unknown request: {method}")
        return handler

    # --- what is sent ---------------------------------------------------------------------------------------

    def _answer(self, future: Future[Any], *, number: Id, method: str) -> None:
        self._request_futures.pop(repr(number), None)
        if future.cancelled():
            self._refuse(number, JsonRpcRequestCancelled("cancelled"))
            return
        try:
            response = self.get_result_type(method) or JsonRPCResponseMessage
            message = response(id=number, result=future.result(), jsonrpc=self.VERSION)
            self.gate.answered(method)
            self._send_data(message)
        except JsonRpcException as error:
            self._refuse(number, error)
        except Exception:
            log.exception("internal error in %s", method)
            self._refuse(number, JsonRpcInternalError(f"internal error in {method}"))

    def _refuse(self, number: Id | None, error: JsonRpcException) -> None:
        # A plain dictionary: lsprotocol would leave out an id that is null.
        body = {"code": error.code, "message": error.message}
        self._send_data({"jsonrpc": self.VERSION, "id": number, "error": body})

    def _noticed(self, future: Future[Any], *, key: str, method: str) -> None:
        self._request_futures.pop(key, None)
        if not future.cancelled() and (error := future.exception()):
            log.error("internal error in %s", method, exc_info=error)

    @override
    def _send_data(self, data: Any) -> None:
        if self._loop is None or threading.get_ident() == self._thread:
            self._write(data)
        else:
            self._loop.call_soon_threadsafe(self._write, data)

    def _write(self, data: object) -> None:
        body = json.dumps(data, default=self._serialize_message, separators=(",", ":"))
        self.write(frame(body.encode()))

    @override
    def get_message_type(self, method: str) -> type[Any] | None:
        return structure.request_type(method)

    @override
    def get_result_type(self, method: str) -> type[Any] | None:
        return structure.response_type(method)


def _id_of(message: structure.Json) -> Id | None:
    """None if there is none, or what stands there is no id."""
    number = message.get("id")
    return number if isinstance(number, int | str) and not isinstance(number, bool) else None


def _nowhere(_: bytes) -> None:
    """Before a transport is there."""
