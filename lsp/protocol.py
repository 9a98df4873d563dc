"""JSON-RPC as the language server protocol wants it: every request is answered, exactly once, with the right code.

How pygls is extended, and why so. `Protocol` derives from pygls' `JsonRPCProtocol`, not from its
`LanguageServerProtocol`: what the latter adds is what we must not have (documents that `splitlines` corrupts, an
``exit`` that raises SystemExit inside a handler, progress tokens that are never freed, commands whose arguments are
unpacked by signature). Kept from pygls: the table of features, running of sync and async handlers, futures of our own
requests, lsprotocol's converter. Replaced, each in one place:

- `receive` instead of pygls' reading loops and `structure_message`: there malformed parameters are never answered,
  since the id is lost when structuring fails, and any nested object with a "jsonrpc" key is taken for a message.
- `_request`, `_notification`, `_answer`: life cycle (-32002, -32600), no tracebacks in answers, ids of the editor's
  requests kept apart from those of ours (in pygls a response could complete a request of the editor's).
- `_send_data`: the one way out; hops to the loop's thread, logs no payload.
"""

import asyncio
import json
import logging
import threading
from collections.abc import Callable
from concurrent.futures import Future
from functools import partial
from typing import Any, Literal, cast, override

from cattrs import Converter
from lsprotocol import converters, types
from pygls.exceptions import (
    JsonRpcException,
    JsonRpcInternalError,
    JsonRpcInvalidParams,
    JsonRpcInvalidRequest,
    JsonRpcMethodNotFound,
    JsonRpcParseError,
    JsonRpcRequestCancelled,
    JsonRpcServerNotInitialized,
)
from pygls.protocol import JsonRPCProtocol
from pygls.server import JsonRPCServer

from lsp.framing import frame

log = logging.getLogger("lsp")

MOST = 2**31 - 1
"""The largest number that the protocol allows."""

type Json = dict[str, Any]
type Id = int | str
type State = Literal["new", "running", "shut down"]


def make_converter() -> Converter:
    """lsprotocol's converter, but positions out of range are brought into it instead of failing the whole message."""
    converter = converters.get_converter()
    converter.register_structure_hook(types.Position, _position)
    return converter


class Protocol(JsonRPCProtocol):
    """One editor's conversation. Made, and called but for `_send_data`, on the loop's thread."""

    def __init__(self, server: JsonRPCServer, converter: Converter) -> None:
        super().__init__(server, converter)
        self.state: State = "new"
        self.write: Callable[[bytes], None] = _nowhere
        """Takes framed bytes; must not block."""
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread = threading.get_ident()
        self._asked = 0

    def bind(self, loop: asyncio.AbstractEventLoop) -> None:
        """What other threads send goes through this loop."""
        self._loop, self._thread = loop, threading.get_ident()

    def receive(self, body: bytes) -> None:
        """Take one message; whatever is wrong with it is answered or ignored, as JSON-RPC says."""
        try:
            message = json.loads(body)
        except (ValueError, RecursionError):
            return self._refuse(None, JsonRpcParseError("the message is not JSON"))
        match message:
            case {"jsonrpc": "2.0", "method": str(method), "id": int() | str() as number} if number is not True:
                self._request(number, method, message.get("params"))
            case {"jsonrpc": "2.0", "method": str(method)} if "id" not in message:
                self._notification(method, message.get("params"))
            case {"jsonrpc": "2.0", "id": str(number), "result": _} | {"jsonrpc": "2.0", "id": str(number), "error": _}:
                self._response(number, cast("Json", message))
            case {"id": int() | str() as number, "method": _}:
                self._refuse(number, JsonRpcInvalidRequest("the message is no JSON-RPC 2.0 request"))
            case {"result": _} | {"error": _}:
                log.warning("a response to no request of ours was ignored")
            case _:
                self._refuse(None, JsonRpcInvalidRequest("the message is no JSON-RPC 2.0 message"))

    async def ask(self, method: str, params: object, timeout: float) -> object:
        """Ask the editor. Raises TimeoutError, and JsonRpcException if it answers with an error."""
        self._asked += 1
        number = f"companion-{self._asked}"
        try:
            return await asyncio.wait_for(self.send_request_async(method, params, number), timeout)
        finally:
            self._request_futures.pop(number, None)
            self._result_types.pop(number, None)

    def cancel_all(self) -> None:
        """Every request of the editor's that is still worked on is answered as cancelled, in the loop's next rounds."""
        for number, future in list(self._request_futures.items()):
            if not str(number).startswith("companion-"):
                future.cancel()

    # --- what arrives ---------------------------------------------------------------------------------------

    def _request(self, number: Id, method: str, raw: object) -> None:
        try:
            self._check_state(method)
            handler, params = self._handler(method), self._params(method, raw)
        except JsonRpcException as error:
            return self._refuse(number, error)
        done = partial(self._answer, number=number, method=method)
        # `repr` keeps 1 and "1" apart, and both from requests of ours.
        self._execute_handler(repr(number), handler, done, (params,))

    def _notification(self, method: str, raw: object) -> None:
        if self.state != "running" and method != types.EXIT:
            return
        if method == types.CANCEL_REQUEST:
            return self._cancel(raw)
        handler = self.fm.features.get(method)
        if handler is None or self.get_result_type(method) is not None:
            return
        try:
            params = self._params(method, raw)
        except JsonRpcException:
            log.exception("malformed parameters of %s were ignored", method)
            return
        self._execute_handler(f"notified {id(params)}", handler, partial(_report, method=method), (params,))

    def _cancel(self, raw: object) -> None:
        match raw:
            case {"id": int() | str() as number}:
                if future := self._request_futures.get(repr(number)):
                    future.cancel()
            case _:
                log.warning("malformed parameters of %s were ignored", types.CANCEL_REQUEST)

    def _response(self, number: str, message: Json) -> None:
        future = self._request_futures.pop(number, None)
        if future is None or not number.startswith("companion-") or future.done():
            return
        try:
            future.set_result(self._result(number, message))
        except JsonRpcException as error:
            future.set_exception(error)

    def _check_state(self, method: str) -> None:
        if self.state == "shut down":
            raise JsonRpcInvalidRequest("the server was shut down")
        if self.state == "new" and method != types.INITIALIZE:
            raise JsonRpcServerNotInitialized("the server waits for initialize")
        if self.state == "running" and method == types.INITIALIZE:
            raise JsonRpcInvalidRequest("the server is initialized already")

    def _handler(self, method: str) -> Callable[[Any], Any]:
        handler = self.fm.features.get(method)
        if handler is None or self.get_result_type(method) is None:
            raise JsonRpcMethodNotFound.of(method)
        return cast("Callable[[Any], Any]", handler)
