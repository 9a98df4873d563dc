"""lsprotocol's types from JSON and back: which type a method's parameters and results have, and what is too wrong."""

import functools
from typing import Any, cast

from cattrs import Converter
from lsprotocol import converters, types
from pygls.exceptions import JsonRpcException, JsonRpcInvalidParams

MOST = 2**31 - 1
"""The largest number that the protocol allows."""

type Json = dict[str, Any]


@functools.cache
def make_converter() -> Converter:
    """lsprotocol's converter, but positions out of range are brought into it instead of failing the whole message.

    One for all: it compiles what it needs to know about a type when it first meets it.
    """
    converter = converters.get_converter()
    converter.register_structure_hook(types.Position, _position)
    return converter


def request_type(method: str) -> type[Any] | None:
    """The message type of a method, be it a request or a notification; None for methods of our own."""
    return cast("type[Any] | None", types.METHOD_TO_TYPES.get(method, (None,))[0])


def response_type(method: str) -> type[Any] | None:
    """The message type of a request's response; None if the method is no request."""
    return cast("type[Any] | None", types.METHOD_TO_TYPES.get(method, (None, None))[1])


def params(converter: Converter, method: str, raw: object) -> object:
    """The parameters in the method's type; None if it takes none. Raises JsonRpcInvalidParams, quoting nothing."""
    wanted = cast("type[Any] | None", types.METHOD_TO_TYPES[method][2])
    if wanted is None:
        return None
    if not isinstance(raw, dict):
        raise JsonRpcInvalidParams(f"{method} takes an object as its parameters")
    try:
        return cast("object", converter.structure(raw, wanted))
    except Exception as error:
        # Whatever cattrs and the validators raise, the parameters are to blame; their text may be the user's code.
        raise JsonRpcInvalidParams(f"the parameters of {method} are malformed") from error


def result(converter: Converter, wanted: type[Any] | None, message: Json) -> object:
    """The result in a response of the editor's. Raises JsonRpcException if it is an error, or malformed."""
    error = message.get("error")
    if error is not None:
        said: Json = cast("Json", error) if isinstance(error, dict) else {}
        code = said.get("code")
        raise JsonRpcException(str(said.get("message", "")), code if isinstance(code, int) else None)
    try:
        return converter.structure(message, wanted).result if wanted else message.get("result")
    except Exception as wrong:
        raise JsonRpcException("the editor's answer is malformed") from wrong


def _position(raw: Json, _: object) -> types.Position:
    return types.Position(line=_within(raw["line"]), character=_within(raw["character"]))


def _within(number: Any) -> int:
    if not isinstance(number, int):
        raise TypeError("a position counts in whole numbers")
    return max(0, min(number, MOST))
