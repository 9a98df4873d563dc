"""The base of all that crosses a channel.

This module also runs in the project's own Python (3.10 or later).
"""


class Message:
    """A frozen, slotted dataclass of plain values; the registry by class name is what the codec reads them by."""

    __slots__ = ()
    registry: "dict[str, type[Message]]" = {}  # noqa: RUF012 - ClassVar would be evaluated by get_type_hints

    def __init_subclass__(cls) -> None:
        Message.registry[cls.__name__] = cls
