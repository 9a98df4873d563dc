"""The wire format: what was written is read again; whatever else arrives is refused, in bounded memory."""

import contextlib
import math
import random
import struct
import tracemalloc
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from runtime_kit import LARGEST, SMALLEST, count, messages, plain, unhurried

from companion.errors import CodecError
from companion.messages import Message, Ping
from companion.runtime.codec import pack, unpack
from companion.runtime.wire import DEEPEST, HEADER, LARGEST_FRAME, MOST_VALUES, dumps, frame_size, loads


def body(value: object) -> bytes:
    frame = dumps(value)
    assert frame_size(frame[:HEADER]) == len(frame) - HEADER
    return frame[HEADER:]


def read(data: bytes) -> object:
    """The value, or None for what is refused; any other exception is a defect."""
    try:
        return loads(data)
    except CodecError:
        return None


def nested(depth: int) -> object:
    value: object = ()
    for _ in range(depth - 1):
        value = (value,)
    return value


@unhurried
@given(plain)
def test_plain_values(value: object) -> None:
    back = loads(body(value))
    assert back == value
    assert repr(back) == repr(value)  # True is not 1, and 1.0 is not 1


@unhurried
@given(messages())
def test_every_message(message: Message) -> None:
    assert unpack(loads(body(pack(message)))) == message


@unhurried
@given(st.floats())
def test_floats_keep_their_bits(number: float) -> None:
    back = loads(body(number))
    assert isinstance(back, float)
    assert struct.pack(">d", back) == struct.pack(">d", number) or (math.isnan(back) and math.isnan(number))


@unhurried
@given(st.lists(plain, max_size=5))
def test_frames_follow_each_other(values: list[object]) -> None:
    stream = b"".join(dumps(value) for value in values)
    back: list[object] = []
    while stream:
        end = HEADER + frame_size(stream[:HEADER])
        back.append(loads(stream[HEADER:end]))
        stream = stream[end:]
    assert back == values


@settings(unhurried, max_examples=2000)
@given(st.binary(max_size=200))
def test_random_bytes(data: bytes) -> None:
    read(data)


@settings(unhurried, max_examples=200)
@given(messages(), st.integers(0, 2**32))
def test_mutated_frames(message: Message, seed: int) -> None:
    """Twenty of each message: some four thousand."""
    chance = random.Random(seed)
    frame = body(pack(message))
    for _ in range(20):
        mutated = bytearray(frame)
        for _ in range(chance.randint(1, 4)):
            mutate(mutated, chance)
        value = read(bytes(mutated))
        assert count(value) <= len(mutated) + 1
        with contextlib.suppress(CodecError):
            unpack(value)


def mutate(frame: bytearray, chance: random.Random) -> None:
    at = chance.randint(0, len(frame))
    match chance.randrange(4):
        case 0 if at < len(frame):
            frame[at] = chance.randrange(256)
        case 1:
            frame[at:at] = chance.randbytes(chance.randint(1, 6))
        case 2:
            del frame[at : at + chance.randint(1, 6)]
        case _:
            del frame[at:]


@unhurried
@given(messages(), st.binary(min_size=1, max_size=3))
def test_nothing_may_follow(message: Message, rest: bytes) -> None:
    assert read(body(pack(message)) + rest) is None


@unhurried
@given(messages())
def test_nothing_may_lack(message: Message) -> None:
    whole = body(pack(message))
    assert all(read(whole[:end]) is None for end in range(len(whole)))


@pytest.mark.parametrize("size", [LARGEST_FRAME + 1, 2**32 - 1])
def test_a_frame_announcing_too_much(size: int) -> None:
    with pytest.raises(CodecError):
        frame_size(struct.pack(">I", size))


@pytest.mark.parametrize("kind", [b"(", b"s", b"b"])
@unhurried
@given(size=st.integers(1, 2**32 - 1))
@example(size=2**32 - 1)
def test_announced_but_not_there_costs_no_memory(kind: bytes, size: int) -> None:
    data = kind + struct.pack(">I", size)
    tracemalloc.start()
    try:
        assert read(data) is None
        assert tracemalloc.get_traced_memory()[1] < 100_000
    finally:
        tracemalloc.stop()


def tuple_of(elements: int, encoded: bytes) -> bytes:
    """The frame of a tuple that holds so often what these bytes encode."""
    return b"(" + struct.pack(">I", elements) + encoded * elements


INTEGER, TEXT = dumps(2**40)[HEADER:], dumps("€")[HEADER:]


@pytest.mark.parametrize(
    ("encoded", "values"),
    [(b"N", 1), (INTEGER, 1), (TEXT, 1), (tuple_of(0, b""), 1), (tuple_of(1, INTEGER), 2),
     (tuple_of(1, tuple_of(1, tuple_of(1, TEXT))), 4)],
    ids=["none", "integer", "text", "empty tuple", "tuple", "tuples"],
)  # fmt: skip
def test_what_a_value_may_cost(encoded: bytes, values: int) -> None:
    """Those that take the most memory for their bytes; a whole frame of them takes `MOST_VALUES` times as much."""
    elements = 20_000
    frame = tuple_of(elements, encoded)
    tracemalloc.start()
    try:
        assert count(loads(frame)) == elements * values + 1
        assert tracemalloc.get_traced_memory()[1] < 100 * elements * values
    finally:
        tracemalloc.stop()


def test_the_most_values() -> None:
    most = (None,) * (MOST_VALUES - 1)
    assert loads(body(most)) == most


@pytest.mark.parametrize("tuples", [1, 2, 1000])
def test_too_many_values(tuples: int) -> None:
    """However they are spread: counted as they are announced."""
    each = MOST_VALUES // tuples
    assert read(tuple_of(tuples, tuple_of(each, b"N"))) is None
    with pytest.raises(CodecError):
        dumps(((None,) * each,) * tuples)


def test_depth() -> None:
    assert loads(body(nested(DEEPEST))) == nested(DEEPEST)
    with pytest.raises(CodecError):
        dumps(nested(DEEPEST + 1))
    assert read((b"(" + struct.pack(">I", 1)) * 100_000 + b"N") is None


@unhurried
@given(st.integers(max_value=SMALLEST - 1) | st.integers(min_value=LARGEST + 1))
def test_integers_beyond_64_bits(number: int) -> None:
    with pytest.raises(CodecError):
        dumps(("Ping", number))


@pytest.mark.parametrize("value", [[1], {"a": 1}, {1}, object(), 1j, bytearray(b"x"), Ping(1), (1, [2])])
def test_what_cannot_be_sent(value: Any) -> None:
    with pytest.raises(CodecError):
        dumps(value)


def test_too_large_to_send() -> None:
    blob = memoryview(bytes(1)).cast("B")
    many = (bytes(LARGEST_FRAME // 2),) * 2  # the same bytes twice: large when joined, but never joined
    with pytest.raises(CodecError):
        dumps((blob, *many))


def test_views_of_any_shape() -> None:
    numbers = memoryview(struct.pack("4i", 1, 2, 3, 4))
    for view in numbers, numbers.cast("i"), numbers[::2], numbers.cast("i", (2, 2)), numbers[:0]:
        assert loads(body(view)) == view.tobytes()
