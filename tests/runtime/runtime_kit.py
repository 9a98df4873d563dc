"""What the tests of the runtime share: every message there is, counts of what must not leak, workers of theirs."""

import gc
import os
import threading
from collections.abc import Generator
from concurrent import interpreters
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, cast, get_args, get_origin, get_type_hints

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from companion.config import Config
from companion.messages import Message, Status
from companion.runtime.interpreter import Isolation, Worker

DEADLINE = 30.0
"""Seconds until a test gives up; none waits that long unless it fails."""
SETTINGS = Status("test", "ok", "")
unhurried = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
"""For properties: no example is too slow for a busy machine."""
SMALLEST, LARGEST = -(2**63), 2**63 - 1

KINDS: tuple[type[Message], ...] = (
    Config,
    *(kind for _, kind in sorted(Message.registry.items()) if kind.__module__.startswith("companion.messages.")),
)
"""Every message class of the product; other tests have classes of their own."""

texts = st.text(st.characters(exclude_categories=()), max_size=20)
"""All code points, lone surrogates too: file names on Linux have them."""
plain: SearchStrategy[object] = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(SMALLEST, LARGEST)
    | st.floats(allow_nan=False)
    | texts
    | st.binary(max_size=20),
    lambda inner: st.lists(inner, max_size=4).map(tuple),
    max_leaves=12,
)
"""What a packed message is made of."""


def instances(kind: type[Message]) -> SearchStrategy[Message]:
    """Messages of this class, by its type hints."""
    hints = {name: hint for name, hint in get_type_hints(kind).items() if name != "registry"}
    made = st.tuples(*[_values(hint) for hint in hints.values()])
    return made.map(lambda values: kind(*values))


def messages() -> SearchStrategy[Message]:
    """Any message."""
    return st.sampled_from(KINDS).flatmap(instances)


def _values(hint: Any) -> SearchStrategy[Any]:
    simple: dict[Any, SearchStrategy[Any]] = {
        int: st.integers(SMALLEST, LARGEST),
        float: st.floats(allow_nan=False),
        str: texts,
        bool: st.booleans(),
        bytes: st.binary(max_size=40),
        memoryview: st.binary(max_size=40).map(memoryview),
        type(None): st.none(),
        object: plain,
    }
    if hint in simple:
        return simple[hint]
    origin, arguments = get_origin(hint), get_args(hint)
    if origin is Literal:
        return st.sampled_from(arguments)
    if origin is tuple and arguments[-1] is ...:
        return st.lists(_values(arguments[0]), max_size=3).map(tuple)
    if origin is tuple:
        return st.tuples(*[_values(argument) for argument in arguments])
    if arguments:  # a union
        return st.one_of([_values(argument) for argument in arguments])
    return instances(cast("type[Message]", hint))


@dataclass(frozen=True)
class Held:
    """What this process holds that a leak would add to."""

    descriptors: int
    threads: int
    interpreters: int

    @classmethod
    def now(cls) -> Held:
        gc.collect()
        descriptors = len(list(Path("/proc/self/fd").iterdir())) if Path("/proc/self/fd").is_dir() else 0
        return cls(descriptors, threading.active_count(), len(interpreters.list_all()))


@contextmanager
def nothing_left() -> Generator[None]:
    """Fails if descriptors, threads or interpreters are left over."""
    before = Held.now()
    yield
    assert Held.now() == before


def inside(function: str, module: str = "runtime_inside") -> str:
    """The entry of a worker that runs a function of a module beside this one, found there in companion's folder."""
    return f"tests.runtime.{module}:{function}"


def ending(function: str) -> str:
    """As `inside`, of the module with those that do not end in order."""
    return inside(function, "runtime_ending")


@contextmanager
def working(entry: str, name: str = "test", isolation: Isolation = Isolation.FILESYSTEM) -> Generator[Worker]:
    """A running worker that is stopped afterwards, and must have ended by itself.

    ``entry`` as `inside` gives it, or only the function's name.
    """
    worker = Worker(name, entry if ":" in entry else inside(entry), SETTINGS, isolation=isolation)
    worker.start()
    try:
        yield worker
    finally:
        ended = worker.stop(DEADLINE)
    assert ended, "the worker did not end"
    assert worker.failure == "", worker.failure


def count(value: object) -> int:
    """Elements of a packed value, itself included."""
    if isinstance(value, tuple):
        return 1 + sum(count(element) for element in cast("tuple[object, ...]", value))
    return 1


def user_is_root() -> bool:
    """Whether permissions mean nothing here."""
    return hasattr(os, "geteuid") and os.geteuid() == 0
