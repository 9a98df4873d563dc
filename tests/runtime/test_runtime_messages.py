"""What every message class is: frozen, slotted, equal by its fields, and cheap to define."""

import copy
import pickle
from dataclasses import FrozenInstanceError, fields, is_dataclass, replace
from typing import Any, cast

import pytest
from hypothesis import given, settings
from runtime_kit import KINDS, instances, messages, unhurried

import companion.messages
from companion.config import Config
from companion.messages import Message, Ping, Pong, Status, Stop, message
from companion.messages.base import values

every_kind = pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)


@message
class Defaulted(Message):
    name: str
    count: int = 3
    rest: tuple[str, ...] = ()


@message
class Extended(Defaulted):
    more: bool = False


@every_kind
def test_frozen_and_slotted(kind: type[Message]) -> None:
    @settings(unhurried, max_examples=3)
    @given(instances(kind))
    def unchangeable(message: Message) -> None:
        assert not hasattr(message, "__dict__")
        for name in [*kind.__match_args__, "another"]:
            with pytest.raises(FrozenInstanceError):
                setattr(message, name, None)
            with pytest.raises(FrozenInstanceError):
                delattr(message, name)

    unchangeable()


@every_kind
def test_equal_by_fields(kind: type[Message]) -> None:
    @settings(unhurried, max_examples=10)
    @given(instances(kind), instances(kind))
    def laws(one: Message, other: Message) -> None:
        same = kind(**dict(zip(kind.__match_args__, values(one), strict=True)))
        assert same == one
        assert not same != one  # noqa: SIM202 - the other operator
        assert hash(same) == hash(one)
        assert (one == other) == (values(one) == values(other))
        assert one != values(one)

    laws()


@unhurried
@given(messages(), messages())
def test_other_classes_are_unequal(one: Message, other: Message) -> None:
    assert (one == other) == (type(one) is type(other) and values(one) == values(other))


@every_kind
def test_a_real_dataclass(kind: type[Message]) -> None:
    assert is_dataclass(kind)
    assert tuple(field.name for field in fields(kind)) == kind.__match_args__
    assert all(hasattr(getattr(kind, name), "__set__") for name in kind.__match_args__)


def test_what_is_shared_is_not_compiled_again() -> None:
    """Compiling is most of what a dataclass costs to define, in every interpreter and every process."""
    shared = {"__eq__", "__hash__", "__repr__", "__setattr__", "__delattr__"}
    assert [kind for kind in KINDS if shared & vars(kind).keys()] == []


def test_all_are_exported() -> None:
    assert {kind.__name__ for kind in KINDS if kind is not Config} <= set(companion.messages.__all__)


def test_matched_by_place_and_by_name() -> None:
    match cast("Message", Status("source", "ok", "message")):
        case Status(source, "ok", message=text):
            assert (source, text) == ("source", "message")
        case _:
            pytest.fail("not matched")


def test_representation() -> None:
    assert repr(Stop()) == "Stop()"
    assert repr(Status("s", "ok", "it's")) == "Status(source='s', health='ok', message=\"it's\")"


def test_defaults() -> None:
    assert Defaulted("a") == Defaulted("a", 3, ()) == Defaulted(rest=(), name="a")
    assert Defaulted("a", rest=("b",)).rest == ("b",)
    assert [field.default for field in fields(Defaulted)][1:] == [3, ()]


def test_an_extended_message() -> None:
    assert Defaulted("first") != Extended("first")
    assert values(Extended("a", more=True)) == ("a", 3, (), True)


@pytest.mark.parametrize(
    ("given", "named"), [((), {}), (("a", 1, (), 4), {}), (("a",), {"name": "b"}), (("a",), {"unknown": 1})]
)
def test_wrong_arguments(given: tuple[Any, ...], named: dict[str, Any]) -> None:
    for _ in range(2):  # the first message of a class is made in another way
        with pytest.raises(TypeError):
            Defaulted(*given, **named)


def test_replaced() -> None:
    assert replace(Defaulted("a"), count=4) == copy.replace(Defaulted("a"), count=4) == Defaulted("a", 4)
    with pytest.raises(TypeError):
        replace(Ping(1), unknown=2)  # type: ignore[call-arg]  # the point of it


@pytest.mark.parametrize("message", [Stop(), Pong(2), Defaulted("a", rest=("b",))])
def test_copied(message: Message) -> None:
    assert copy.copy(message) == copy.deepcopy(message) == message
    assert pickle.loads(pickle.dumps(message)) == message  # noqa: S301 - our own
