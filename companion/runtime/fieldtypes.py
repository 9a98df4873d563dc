"""Whether a message from outside holds what its annotations say, so that no handler far away meets anything else.

mypy has checked what our own interpreters and spares send; who connects to the engine may be of another version, or
hostile. A class's annotations are read when the first message of it arrives.
"""

from collections.abc import Callable
from typing import Any, Literal, Union, cast, get_args, get_origin, get_type_hints

from companion.errors import CodecError
from companion.messages.base import Message, values

type Fits = Callable[[object], bool]

_fields: dict[type[Message], tuple[Fits, ...]] = {}


def checked(message: Message) -> Message:
    """The message itself. Raises CodecError if a field of it, or of a message inside, holds anything else.

    As for a type checker, a bool is an int and an int is a float.
    """
    wrong = _wrong(message)
    if wrong:
        raise CodecError(f"a {type(message).__name__} cannot hold this as its {wrong}")
    return message


def _wrong(message: Message) -> str:
    """The first field that holds what it cannot, or an empty text."""
    kind = type(message)
    if kind not in _fields:
        _learn(kind)
    for name, fits, value in zip(kind.__match_args__, _fields[kind], values(message), strict=True):
        if not fits(value):
            return name
    return ""


def _learn(kind: type[Message]) -> None:
    hints = get_type_hints(kind)
    _fields[kind] = tuple([_fits(hints[name]) for name in kind.__match_args__])


def _fits(hint: Any) -> Fits:
    origin, arguments = get_origin(hint), get_args(hint)
    if hint is object:
        return lambda _: True
    if hint is float:
        return lambda value: isinstance(value, (float, int))
    if origin is Literal:
        return lambda value: value in arguments
    if origin is Union:
        return _one_of([_fits(argument) for argument in arguments])
    if origin is tuple:
        return _every(_fits(arguments[0])) if arguments[-1] is ... else _each([_fits(place) for place in arguments])
    if issubclass(hint, Message):
        return lambda value: isinstance(value, hint) and not _wrong(value)
    return lambda value: isinstance(value, hint)


def _one_of(choices: list[Fits]) -> Fits:
    return lambda value: any(fits(value) for fits in choices)


def _every(fits: Fits) -> Fits:
    return lambda value: isinstance(value, tuple) and all(map(fits, cast("tuple[object, ...]", value)))


def _each(places: list[Fits]) -> Fits:
    def fits(value: object) -> bool:
        if not isinstance(value, tuple):
            return False
        elements = cast("tuple[object, ...]", value)
        return len(elements) == len(places) and all(
            place(element) for place, element in zip(places, elements, strict=True)
        )

    return fits
