"""The check at the door: what mypy would accept passes, nothing else does, and who sends it is cut off."""

import asyncio
from pathlib import Path
from typing import Any, get_type_hints

import pytest
from hypothesis import given, settings
from runtime_kit import DEADLINE, KINDS, instances, messages, plain, unhurried

from companion.errors import CodecError
from companion.messages import (
    FileChange,
    FilesChanged,
    Handle,
    Hello,
    LookAt,
    Message,
    OpenDocument,
    Ping,
    Project,
    SpareReady,
    Status,
    Stop,
    TextEdit,
    Warm,
)  # fmt: skip
from companion.messages.base import values
from companion.runtime.codec import pack, unpack
from companion.runtime.fieldtypes import checked
from companion.runtime.fronts import Fronts
from companion.runtime.wire import HEADER, dumps, loads

SIMPLE: dict[object, tuple[type, ...]] = {int: (int,), str: (str,), bool: (bool,), float: (int, float)}


@unhurried
@given(messages())
def test_whatever_our_own_classes_hold(message: Message) -> None:
    assert checked(message) is message
    assert checked(unpack(loads(dumps(pack(message))[HEADER:]))) == message


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_a_field_of_another_type(kind: type[Message]) -> None:
    hints = get_type_hints(kind)

    @settings(unhurried, max_examples=20)
    @given(instances(kind), plain)
    def refused(message: Message, other: object) -> None:
        for place, name in enumerate(kind.__match_args__):
            if hints[name] in SIMPLE and not isinstance(other, SIMPLE[hints[name]]):
                held = list(values(message))
                held[place] = other
                with pytest.raises(CodecError, match=f"{kind.__name__} .* {name}$"):
                    checked(kind(*held))

    refused()


def change(**other: Any) -> FileChange:
    held: dict[str, Any] = {"path": "p", "kind": "created", "base": "", "hash": "", "edits": (), "data": None}
    return FileChange(**held | other)


def snapshot(*variables: object) -> Project:
    return Project((), "3.14", ("process",), variables, "")  # type: ignore[arg-type]  # the point of it


HANDLE: Handle = (1, ("any", None))


@pytest.mark.parametrize(
    "message",
    [
        Stop(),
        Ping(True),
        Warm(1, "9.0", ""),
        LookAt(()),
        OpenDocument("p", 1, memoryview(b"")),
        change(data=b"x", edits=(TextEdit(0, 0, ""),)),
        SpareReady(1, "process", HANDLE),
        snapshot(("a", "b"), ("a", ("b", "c")), ("a", ())),
    ],
)
def test_accepted(message: Message) -> None:
    assert checked(message) is message


@pytest.mark.parametrize(
    "message",
    [
        Ping(None),  # type: ignore[arg-type]
        Ping(1.0),  # type: ignore[arg-type]
        Warm("1", "9.0", ""),  # type: ignore[arg-type]
        Status("s", "well", ""),  # type: ignore[arg-type]
        Status("s", ("ok",), ""),  # type: ignore[arg-type]
        LookAt("abc"),  # type: ignore[arg-type]
        LookAt(("a", 1)),  # type: ignore[arg-type]
        OpenDocument("p", 1, "text"),  # type: ignore[arg-type]
        SpareReady(1, "process", 5),  # type: ignore[arg-type]
        change(data="x"),
        change(edits=(TextEdit(0, 0, b""),)),  # type: ignore[arg-type]
        FilesChanged((change(path=1),), "save"),
        FilesChanged((Ping(1),), "save"),  # type: ignore[arg-type]
        snapshot(("a",)),
        snapshot(("a", 1)),
        snapshot(("a", ("b", 1))),
        snapshot(("a", "b", "c")),
        snapshot("ab"),
    ],
)
def test_refused(message: Message) -> None:
    with pytest.raises(CodecError):
        checked(message)


@pytest.mark.parametrize(
    "packed", [("RestartAgent", 5, ""), ("RestartAgent", "nobody", ""), ("RequestRun", "1", "all", ("",), ("",))]
)
def test_a_front_that_sends_it_is_cut_off(packed: tuple[object, ...], tmp_path: Path) -> None:
    assert asyncio.run(heard(tmp_path / "socket", dumps(pack(Hello("f", "1", 2))) + dumps(packed))) == [
        Hello("f", "1", 2),
        None,
    ]


async def heard(path: Path, sent: bytes) -> list[Message | None]:
    """What the engine hears of a front that sends these bytes, until it has left."""
    found: list[Message | None] = []
    left = asyncio.Event()

    def hear(_: int, message: Message | None) -> None:
        found.append(message)
        if message is None:
            left.set()

    fronts = Fronts(path, hear)
    _, writer = await asyncio.open_unix_connection(path)
    writer.write(sent)
    await asyncio.wait_for(left.wait(), DEADLINE)
    writer.close()
    fronts.close()
    return found
