"""The codec: every message there is survives the way into plain values and back, and nothing else gets through."""

import string
from dataclasses import dataclass
from typing import Any, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from runtime_kit import KINDS, LARGEST, SMALLEST, instances, messages, plain, unhurried

from companion.errors import CodecError
from companion.messages import FileChange, Message, OpenDocument, Ping, Pong, SpareReady, Status, Stop, message
from companion.runtime.codec import LARGE, pack, unpack, views

PLAIN = (type(None), bool, int, float, str, bytes, memoryview)


def is_plain(value: object) -> bool:
    if type(value) is tuple:
        return all(is_plain(element) for element in cast("tuple[object, ...]", value))
    return type(value) in PLAIN


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_every_message_class(kind: type[Message]) -> None:
    @settings(unhurried, max_examples=40)
    @given(instances(kind))
    def there_and_back(message: Message) -> None:
        packed = pack(message)
        assert is_plain(packed)
        assert packed[0] == kind.__name__
        back = unpack(packed)
        assert type(back) is kind
        assert back == message

    there_and_back()


@unhurried
@given(plain)
def test_plain_values_alone_are_no_message(value: object) -> None:
    with pytest.raises(CodecError):
        unpack(value)


@unhurried
@given(st.text(string.ascii_letters), plain)
def test_unknown_classes(name: str, value: object) -> None:
    if name not in Message.registry:
        with pytest.raises(CodecError):
            unpack((name, value))


@unhurried
@given(messages(), st.integers(0, 20), plain)
def test_wrong_number_of_fields(message: Message, length: int, filler: object) -> None:
    packed = pack(message)
    wrong = (packed + (filler,) * 20)[: length + 1]
    if len(wrong) != len(packed):
        with pytest.raises(CodecError):
            unpack(wrong)


@unhurried
@given(st.integers(max_value=SMALLEST - 1) | st.integers(min_value=LARGEST + 1))
def test_integers_beyond_64_bits(number: int) -> None:
    with pytest.raises(CodecError):
        pack(Ping(number))


@pytest.mark.parametrize("number", [SMALLEST, -1, 0, LARGEST])
def test_integers_of_64_bits(number: int) -> None:
    assert unpack(pack(Ping(number))) == Ping(number)


class Named(str):
    """A text that is more than a text."""

    __slots__ = ()


@pytest.mark.parametrize(
    "value", [[1], {"a": 1}, {1}, object(), 1j, bytearray(b"x"), Named("x"), Ping, range(3), (1, [2])]
)
def test_what_no_message_can_hold(value: Any) -> None:
    with pytest.raises(CodecError):
        pack(Ping(value))


def test_nested_beyond_reason() -> None:
    value: Any = ()
    for _ in range(100_000):
        value = (value,)
    with pytest.raises(CodecError):
        pack(Ping(value))


class Bare(Message):
    """Registered like any message, but no dataclass: made and used on one side only."""

    __slots__ = ()

    def __init__(self) -> None: ...


@pytest.mark.parametrize(
    "packed", [("Bare",), ("Bare", 1), ("Message",), ("",), (), (("Ping", 1),), ("Ping", ("Bare",))]
)
def test_classes_that_are_never_sent(packed: tuple[object, ...]) -> None:
    with pytest.raises(CodecError):
        unpack(packed)
    with pytest.raises(CodecError):
        pack(Bare())


@message
class Wrapped(Message):
    inner: Message
    more: tuple[Message, ...]


@dataclass(frozen=True, slots=True)
class Plain(Message):
    """As costly as any dataclass, and as good a message."""

    inner: Message
    more: tuple[Message, ...] = ()


@pytest.mark.parametrize("kind", [Wrapped, Plain])
def test_classes_of_other_modules(kind: type[Wrapped | Plain]) -> None:
    whole = kind(Stop(), (Ping(1), kind(Pong(2), ())))
    assert unpack(pack(whole)) == whole


def test_only_large_blobs_and_views_are_lent() -> None:
    large, limit, view = bytes(LARGE + 1), bytes(LARGE), memoryview(b"view")
    lent: list[bytes | memoryview] = []

    def lend(data: bytes | memoryview) -> memoryview:
        lent.append(data)
        return memoryview(data)

    def change(data: bytes | memoryview) -> FileChange:
        return FileChange("p", "created", "", "h", (), data)

    packed = [pack(change(data), lend) for data in (large, limit, view)]
    assert [type(fields[-1]) for fields in packed] == [memoryview, bytes, memoryview]
    assert lent == [large, view]
    assert lent[0] is large
    assert [len(views(fields)) for fields in packed] == [1, 0, 1]


def test_a_channels_state_is_not_lent() -> None:
    """It is shared for as long as the channel lives: whoever releases the message must not release it."""

    def lend(data: bytes | memoryview) -> memoryview:
        raise AssertionError(data)

    state = memoryview(bytearray(2))
    packed = pack(SpareReady(1, "interpreter", ((1, state), (2, state))), lend)
    assert not views(packed)
    assert unpack(packed) == SpareReady(1, "interpreter", ((1, state), (2, state)))


def test_views_are_found_in_nested_messages() -> None:
    packed = ("A", ("", ("B", memoryview(b"1")), ("", memoryview(b"2"), 3)), memoryview(b"4"))
    assert [bytes(view) for view in views(packed)] == [b"1", b"2", b"4"]


def test_sameness_of_blobs() -> None:
    assert unpack(pack(OpenDocument("p", 1, memoryview(b"x")))) == OpenDocument("p", 1, b"x")
    assert unpack(pack(Status("s", "ok", "\ud800"))) == Status("s", "ok", "\ud800")
