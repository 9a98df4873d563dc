"""What all messages have in common.

`dataclass` by itself writes and compiles six functions for each class, 30 ms in every interpreter and every process.
Messages share five of them, and a class gets its ``__init__`` when the first message of it is made.
"""

import sys
from collections.abc import Callable
from dataclasses import MISSING, FrozenInstanceError, dataclass, fields
from operator import attrgetter
from typing import TYPE_CHECKING, Any, TypeVar, cast

if TYPE_CHECKING:
    from dataclasses import Field
    from typing import ClassVar
if TYPE_CHECKING or sys.version_info >= (3, 11):
    from typing import dataclass_transform
else:

    def dataclass_transform(**_):
        return lambda function: function  # only type checkers read it


Kind = TypeVar("Kind", bound="type[Message]")

_getters: "dict[type, Callable[[Any], tuple[object, ...]]]" = {}


@dataclass_transform(frozen_default=True)
def message(kind: Kind) -> Kind:
    """Make the class a frozen, slotted dataclass. Its fields may have defaults, but no factories."""
    if kind.__doc__ is None:
        kind.__doc__ = kind.__name__  # or dataclass would take its time to describe the signature
    made = cast("Kind", dataclass(init=False, repr=False, eq=False, slots=True)(kind))
    made.__init__ = Message.__init__  # type: ignore[method-assign]  # its own, even where it extends another message
    return made


class Message:
    """A frozen, slotted dataclass of plain values; the registry by class name is what the codec reads them by."""

    __slots__ = ()
    registry: "dict[str, type[Message]]" = {}  # noqa: RUF012 - ClassVar would be evaluated by get_type_hints
    if TYPE_CHECKING:
        __match_args__: ClassVar[tuple[str, ...]]
        __dataclass_fields__: ClassVar[dict[str, Field[Any]]]
    else:
        __match_args__ = ()

    def __init_subclass__(cls) -> None:
        Message.registry[cls.__name__] = cls

    def __init__(self, *args: Any, **named: Any) -> None:
        """Of the first message of a class only."""
        kind = type(self)
        kind.__init__ = _initializer(kind)  # type: ignore[method-assign]
        kind.__init__(self, *args, **named)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Message) or type(other) is not type(self):
            return NotImplemented
        return values(self) == values(other)

    def __hash__(self) -> int:
        return hash(values(self))

    def __repr__(self) -> str:
        named = zip(self.__match_args__, values(self))  # noqa: B905 - they are as many
        return f"{type(self).__qualname__}({', '.join([f'{name}={value!r}' for name, value in named])})"

    def __setattr__(self, name: str, value: object) -> None:
        raise FrozenInstanceError(f"cannot assign to field {name!r}")

    def __delattr__(self, name: str) -> None:
        raise FrozenInstanceError(f"cannot delete field {name!r}")

    def __reduce__(self) -> "tuple[type[Message], tuple[object, ...]]":
        return type(self), values(self)


def values(message: Message) -> "tuple[object, ...]":
    """What the fields hold, in their order."""
    kind = type(message)
    return (_getters.get(kind) or _getter(kind))(message)


def _getter(kind: "type[Message]") -> "Callable[[Any], tuple[object, ...]]":
    names = kind.__match_args__
    if len(names) > 1:
        _getters[kind] = attrgetter(*names)
    else:  # attrgetter would give no tuple
        _getters[kind] = lambda message: tuple([getattr(message, name) for name in names])
    return _getters[kind]


def _initializer(kind: "type[Message]") -> "Callable[..., None]":
    """As `dataclass` writes it, but filling the slots themselves: past `Message.__setattr__`, and quicker."""
    names = kind.__match_args__
    body = [f" set_{name}(self, {name})" for name in names] or [" pass"]
    scope: dict[str, Any] = {f"set_{name}": getattr(kind, name).__set__ for name in names}
    exec("\n".join([f"def __init__(self, {', '.join(names)}):", *body]), scope)  # noqa: S102 - our own names
    made = scope["__init__"]
    made.__qualname__ = f"{kind.__qualname__}.__init__"
    made.__defaults__ = tuple([field.default for field in fields(kind) if field.default is not MISSING])
    return cast("Callable[..., None]", made)
