"""What watched code is told to do: within bounds, the same each time, and without calling anything of the project."""

import asyncio
import enum
import itertools
import sys
import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any, NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st
from overlaykit import process_session, said_by
from sessionkit import snapshot_of, started

from companion.messages import CUT, ItemFinished, Message, Moment, Overlay, RunItems, ValuesRun, Watched
from companion.workers.testrun.tracing_story import CHARACTERS, MOMENTS
from companion.workers.testrun.tracing_texts import LONGEST, described
from companion.workers.testrun.tracing_values import Watching

LANES = ("interpreter", "process")
MARKED = LONGEST + 10


def told(text: str, use: Callable[[dict[str, Any]], object], first: int = 1, last: int = 999) -> list[ValuesRun]:
    """What this module does when it is imported, and then used."""
    said: list[Message] = []
    watching = Watching(said.append, generation=1, watched=[Watched("app.py", first, last)], locate=lambda path: path)
    watching.begin()
    try:
        code = compile(text, "app.py", "exec")
        watching.made(code, "app.py", text)
        names: dict[str, object] = {"__name__": "app"}
        exec(code, names)  # noqa: S102 - our own text
        watching.begin_item("item")
        use(names)
        watching.end_item()
        watching.finish()
    finally:
        watching.undo()
    return [message for message in said if isinstance(message, ValuesRun)]


def moments(text: str, use: Callable[[dict[str, Any]], object], first: int = 1, last: int = 999) -> list[Moment]:
    """Of what is used."""
    return [moment for run in told(text, use, first, last) if run.owner for moment in run.moments]


def steps(found: list[Moment]) -> list[str]:
    return [f"{of.kind} {of.line} {' '.join(f'{name}={value}' for name, value in of.values)}".strip() for of in found]


def calling(name: str, *arguments: object) -> Callable[[dict[str, Any]], object]:
    def use(names: dict[str, object]) -> object:
        function = names[name]
        assert callable(function)
        return function(*arguments)

    return use


def test_a_call_is_told_step_by_step() -> None:
    text = "def f(a, b=2):\n    c = a + b\n    if c > 2:\n        c -= 1\n    return c\n"
    assert steps(moments(text, calling("f", 1))) == [
        "call 1 a=1 b=2",
        "line 2",
        "bound 2 c=3",
        "line 3",
        "line 4",
        "bound 4 c=2",
        "line 5",
        "return 5 =2",
    ]


def test_only_what_is_watched_is_told() -> None:
    text = "X = 1\nY = 2\ndef f():\n    return 1\ndef g():\n    return f()\n"
    runs = told(text, calling("g"), 2, 2)
    assert [steps(list(run.moments)) for run in runs] == [["line 2", "bound 2 Y=2"]]
    assert steps(moments(text, calling("g"), 3, 4)) == ["call 3", "line 4", "return 4 =1"]


def test_an_exception_is_told_where_it_leaves() -> None:
    text = "def f():\n    g()\ndef g():\n    raise ValueError('no')\n"

    def use(names: dict[str, object]) -> None:
        with pytest.raises(ValueError, match="no"):
            calling("f")(names)

    assert steps(moments(text, use))[-2:] == ["raise 4 =ValueError: no", "raise 2 =ValueError: no"]


def test_generators_and_coroutines_go_on_where_they_were() -> None:
    text = """import asyncio
def numbers(n):
    for i in range(n):
        yield i
async def waits(n):
    await asyncio.sleep(0)
    return n
async def both():
    return [n async for n in later()], await asyncio.gather(waits(1), waits(2))
async def later():
    yield 7
"""

    def use(names: dict[str, Any]) -> None:
        function, coroutine = names["numbers"], names["both"]
        first, second = function(2), function(2)
        assert [*zip(first, second, strict=True)] == [(0, 0), (1, 1)]
        assert asyncio.run(coroutine()) == ([7], [1, 2])

    found = steps(moments(text, use))
    assert found.count("return 4 =0") == 2
    assert found.count("bound 3 i=1") == 2
    assert found == steps(moments(text, use))


def test_recursion_is_told_call_by_call() -> None:
    text = "def f(n):\n    return 1 if n < 2 else n * f(n - 1)\n"
    found = steps(moments(text, calling("f", 4)))
    assert [step for step in found if step.startswith("return")] == [f"return 2 ={n}" for n in (1, 2, 6, 24)]


def test_other_threads_are_not_told() -> None:
    text = "def f(n):\n    return n\n"

    def use(names: dict[str, object]) -> None:
        threads = [threading.Thread(target=calling("f", n), args=(names,)) for n in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        calling("f", 9)(names)

    assert steps(moments(text, use)) == ["call 1 n=9", "line 2", "return 2 =9"]


def test_what_is_too_much_is_left_out_and_said() -> None:
    text = "def f(n):\n    for i in range(n):\n        x = i\n    return x\n"
    runs = [run for run in told(text, calling("f", 100_000)) if run.owner]
    assert len(runs) == 1
    assert not runs[0].whole
    assert len(runs[0].moments) <= MOMENTS


def test_large_values_are_cut() -> None:
    text = "def f(x):\n    y = [x] * 1000\n    for i in range(500):\n        y = y + [x + str(i)]\n    return y\n"
    runs = [run for run in told(text, calling("f", "long" * 10_000)) if run.owner]
    held = [value for moment in runs[0].moments for _, value in moment.values]
    assert all(len(value) <= MARKED for value in held)
    assert sum(map(len, held)) <= CHARACTERS


def test_the_next_item_is_told_after_one_that_was_too_much() -> None:
    said: list[Message] = []
    watching = Watching(said.append, generation=1, watched=[Watched("app.py", 1, 9)], locate=lambda path: path)
    watching.begin()
    code = compile("def f(n):\n    for i in range(n):\n        x = i\n    return n\n", "app.py", "exec")
    watching.made(code, "app.py", "")
    names: dict[str, object] = {}
    exec(code, names)  # noqa: S102 - our own text
    for item, n in (("a", 10_000), ("b", 0)):
        watching.begin_item(item)
        calling("f", n)(names)
        watching.end_item()
    watching.undo()
    runs = {run.owner: run for run in said if isinstance(run, ValuesRun)}
    assert (runs["a"].whole, runs["b"].whole) == (False, True)
    assert runs["b"].moments[-1].values == (("", "0"),)


def test_nothing_is_left_behind() -> None:
    before = [sys.monitoring.get_tool(tool) for tool in range(6)]
    told("def f():\n    pass\n", calling("f"))
    assert [sys.monitoring.get_tool(tool) for tool in range(6)] == before


# --- values ---------------------------------------------------------------------------------------------


class Meta(type):
    @property
    def __name__(cls) -> str:  # type: ignore[override]
        raise AssertionError("called")


class Hostile(metaclass=Meta):
    """Does harm whenever anybody asks it for anything."""

    calls: list[str] = []  # noqa: RUF012

    def __init__(self) -> None:
        object.__setattr__(self, "inner", 1)

    def __getattribute__(self, name: str) -> object:
        Hostile.calls.append(name)
        raise AssertionError(name)

    def _harm(self, *_: object) -> object:
        Hostile.calls.append("method")
        while True:
            pass

    __repr__ = __str__ = __eq__ = __hash__ = __len__ = __iter__ = __bool__ = __getattr__ = __dir__ = _harm  # type: ignore[assignment]


class HostileList(list[int]):
    __len__ = __iter__ = __getitem__ = __repr__ = Hostile._harm  # type: ignore[assignment]


class HostileDict(dict[str, int]):
    __len__ = __iter__ = __getitem__ = items = __repr__ = Hostile._harm  # type: ignore[assignment]


class HostileStr(str):
    __slots__ = ()
    __len__ = __getitem__ = __repr__ = __str__ = __hash__ = Hostile._harm  # type: ignore[assignment]


class HostileInt(int):
    __repr__ = __str__ = __index__ = __int__ = __eq__ = __lt__ = bit_length = Hostile._harm  # type: ignore[assignment]


class HostileDescriptor:
    def __get__(self, *_: object) -> object:
        raise AssertionError("called")


class WithProperty:
    __slots__ = ("kept", "unset")
    computed = HostileDescriptor()

    def __init__(self) -> None:
        self.kept = 3

    @property
    def __dict__(self) -> dict[str, object]:  # type: ignore[override]
        raise AssertionError("called")


HOSTILE: dict[str, object] = {
    "Hostile(inner=1)": Hostile(),
    "HostileList([1, 2])": HostileList([1, 2]),
    "HostileDict({'a': 1})": HostileDict(a=1),
    "HostileStr('x')": HostileStr("x"),
    "HostileInt(7)": HostileInt(7),
    "WithProperty(kept=3)": WithProperty(),
    "{'a': [Hostile(inner=1)]}": {"a": [Hostile()]},
    "class Hostile": Hostile,
}
"""By what is shown of them."""


@pytest.mark.parametrize("text", HOSTILE)
def test_nothing_of_the_project_is_called(text: str) -> None:
    Hostile.calls.clear()
    assert described(HOSTILE[text]) == text
    assert Hostile.calls == []


class Colour(enum.Enum):
    RED = 1


@dataclass
class Point:
    x: int
    y: Point | None = None


class Pair(NamedTuple):
    a: int
    b: int


def function(a: int, b: int = 2, *, c: int = 3) -> int:
    return a + b + c


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "None"),
        (0.2, "0.2"),
        (True, "True"),
        ("it's", '"it\'s"'),
        (b"\0", "b'\\x00'"),
        ((1, "a"), "(1, 'a')"),
        ({3, 1, 2}, "{1, 2, 3}"),
        (frozenset[int](), "frozenset({})"),
        ({"a": {"b": [1]}}, "{'a': {'b': [1]}}"),
        (OrderedDict[str, int](a=1), "OrderedDict({'a': 1})"),
        (Pair(1, 2), "Pair((1, 2))"),
        (Point(1, Point(2)), "Point(x=1, y=Point(x=2, y=None))"),
        (function, "function(a, b=2, *c=3)"),
        (ValueError("no", 3), "ValueError('no', 3)"),
        (range(3), "0:3:1"),
        (sys, "module 'sys'"),
        (len, "function len"),
    ],
    ids=itertools.count(),
)
def test_what_is_shown_of_a_value(value: object, text: str) -> None:
    assert described(value) == text


def test_no_address_is_shown() -> None:
    values = (object(), lambda: 1, Path("x"), PurePosixPath("/a"), Colour.RED, threading.Lock(), iter([1]), print)
    for value in values:
        assert f"{id(value):x}" not in described(value)
        assert described(value) == described(value)


def test_values_that_hold_themselves_come_to_an_end() -> None:
    ring: list[object] = []
    ring += [ring] * 50
    assert len(described(ring)) <= MARKED


def test_what_is_cut_is_told_from_what_is_cut_alike() -> None:
    one, other = "a" * 200 + "b" + "a" * 200, "a" * 401
    assert CUT in described(one)
    assert described(one) != described(other)
    assert described([one]) != described([other])
    assert described(10**1000) == "a number of 3322 bits"


PLAIN = st.none() | st.integers() | st.text() | st.binary() | st.floats()


@given(st.recursive(PLAIN, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)))
def test_equal_values_have_equal_texts(value: object) -> None:
    text = described(value)
    assert text == described(value)
    assert len(text) <= MARKED
    text.encode()


# --- sessions -------------------------------------------------------------------------------------------

APP = "RATE = 2\n\ndef total(n):\n    return n * RATE\n"
TEST = """import app

def test_total():
    assert app.total(2) == 4

def test_other():
    assert app.total(0) == 0
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "app.py").write_text(APP, "utf-8")
    (folder / "test_app.py").write_text(TEST, "utf-8")
    return folder


def session(lane: str, root: Path, *overlays: Overlay) -> list[Message]:
    watched = (Watched("app.py", 1, 1), Watched("app.py", 3, 4))
    order = RunItems(1, ("test_app.py",), (), 30.0, overlays=overlays, trace="values", watched=watched)
    if lane == "process":
        return [*process_session(root, order, python=sys.executable)]
    return [*said_by(started(root, snapshot_of(root), root.with_name("code")), order)]


@pytest.mark.parametrize("lane", LANES)
def test_a_session_tells_of_each_item_before_its_outcome(lane: str, root: Path) -> None:
    said = session(lane, root)
    kinds = [(type(of).__name__, getattr(of, "owner", getattr(of, "id", ""))) for of in said]
    for name in ("test_app.py::test_total", "test_app.py::test_other"):
        assert kinds.index(("ValuesRun", name)) < kinds.index(("ItemFinished", name))
    runs = {run.owner: steps([*run.moments]) for run in said if isinstance(run, ValuesRun)}
    assert runs[""][:2] == ["line 1", "bound 1 RATE=2"]
    assert runs["test_app.py::test_total"] == ["call 3 n=2", "line 4", "return 4 =4"]


@pytest.mark.parametrize("lane", LANES)
def test_a_session_tells_of_texts_that_lie_over_the_disk(lane: str, root: Path) -> None:
    said = session(lane, root, Overlay("app.py", APP.replace("= 2", "= 3").encode()))
    runs = {run.owner: steps([*run.moments]) for run in said if isinstance(run, ValuesRun)}
    assert runs["test_app.py::test_total"][-1] == "return 4 =6"
    assert {of.id: of.outcome for of in said if isinstance(of, ItemFinished)} == {
        "test_app.py::test_total": "failed",
        "test_app.py::test_other": "passed",
    }


@pytest.mark.parametrize(
    "name", ["token", "db_password", "API_KEY", "authToken", "x_api_key2", "passwd", "credentials", "client_secret"]
)
def test_what_may_be_a_secret_is_not_told(name: str) -> None:
    text = (
        f"{name} = 'hunter2'\nclass Box:\n    def __init__(self, {name}):\n        self.{name} = {name}\n"
        f"def {name}_of(box, *, {name}='hunter2'):\n    kept = {{'{name}': {name}, 'box': box}}\n    return {name}\n"
    )
    said = told(text, lambda names: names[f"{name}_of"](names["Box"]("hunter2")))
    assert "hunter2" not in str(said)
    assert f"'{name}': {CUT}" in str(said)
    assert (name, CUT) in {value for run in said for moment in run.moments for value in moment.values}


@pytest.mark.parametrize(("name", "shown"), [("has_token", "True"), ("password", "None"), ("tokenizer", "'a'")])
def test_what_is_none_is(name: str, shown: str) -> None:
    value = "'a'" if shown == "'a'" else shown
    said = told(f"def f():\n    {name} = {value}\n", lambda names: names["f"]())
    assert (name, shown) in {value for run in said for moment in run.moments for value in moment.values}
