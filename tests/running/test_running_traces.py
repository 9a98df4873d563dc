"""From what a session tells to the parts that count for each item."""

import pytest
from tracekit import Session, Telling, parts_of

from companion.core.impact.graph import CONTENT, ENVIRONMENT, LISTING
from companion.core.impact.history import MODULES
from companion.core.impact.source import analyse
from companion.messages import Loaded
from companion.workers.running.impact.traces import (
    ANYTHING,
    EXTERNAL,
    OPAQUE,
    SessionTrace,
)

APP = '''
RATE = 3

def total(x):
    def inner():
        return [y for y in x]
    return inner()

class Cart:
    size = 3
    def add(self):
        return (lambda: 1)()

def other(): pass
'''  # fmt: skip
TEST = "def test_x(): pass\n\ndef test_y(): pass\n"
X, Y = "test_a.py::test_x", "test_a.py::test_y"
FILES = {"app.py": APP, "test_a.py": TEST}


def test_an_item_depends_on_the_bodies_that_it_executed() -> None:
    session = Session(FILES)
    seen = session.item(X, "test_a.py:test_x app.py:total app.py:Cart.add")
    assert parts_of(seen) == {"test_a.py:test_x()", "app.py:total()", "app.py:Cart.add()"}
    source = analyse(APP)
    assert source is not None
    assert ("app.py", "total()", source.parts["total()"].fingerprint) in seen.parts
    assert parts_of(session.item(Y, "test_a.py:test_y")) == {"test_a.py:test_y()"}


@pytest.mark.parametrize(
    ("code", "part"),
    [
        ("app.py:total.<locals>.inner", "app.py:total()"),
        ("app.py:Cart.add.<locals>.<lambda>", "app.py:Cart.add()"),
        ("app.py:<module>", "app.py:<module>"),
    ],
)
def test_code_belongs_to_the_part_around_it(code: str, part: str) -> None:
    assert parts_of(Session(FILES).item(X, code)) == {part}


def test_what_a_fixture_executes_counts_for_all_who_use_it_and_those_that_it_uses() -> None:
    session = Session(FILES)
    session.shared("fixture", "db@1", "app.py:other", notes=("r schema.sql",))
    session.shared("fixture", "cart@1", "app.py:Cart.add", uses=("db@1",))
    everything = {"test_a.py:test_x()", "app.py:Cart.add()", "app.py:other()", f"schema.sql:{CONTENT}"}
    assert parts_of(session.item(X, "test_a.py:test_x", uses=("cart@1",))) == everything
    assert parts_of(session.item(Y, "test_a.py:test_y", uses=("db@1",))) == {
        "test_a.py:test_y()", "app.py:other()", f"schema.sql:{CONTENT}",
    }  # fmt: skip


def test_a_fixture_that_is_torn_down_later_is_told_again() -> None:
    session = Session(FILES)
    session.shared("fixture", "db@1", "app.py:other")
    before = parts_of(session.item(X, uses=("db@1",)))
    session.shared("fixture", "db@1", "app.py:other app.py:total")
    assert parts_of(session.item(Y, uses=("db@1",))) - before == {"app.py:total()"}


def test_fixtures_in_a_circle_and_unknown_ones_are_no_error() -> None:
    session = Session(FILES)
    session.shared("fixture", "a@1", "app.py:other", uses=("b@1", "a@1"))
    session.shared("fixture", "b@1", "app.py:total", uses=("a@1", "gone@1"))
    assert parts_of(session.item(X, uses=("a@1",))) == {"app.py:other()", "app.py:total()"}


def test_what_collecting_a_file_executes_counts_for_its_items_only() -> None:
    session = Session(FILES)
    session.shared("collect", "test_a.py", "app.py:total", notes=("l cases",))
    session.shared("collect", "test_b.py", "app.py:other")
    assert parts_of(session.item(X)) == {"app.py:total()", f"cases:{LISTING}"}


def test_what_importing_executes_counts_for_whoever_imports_and_not_for_who_came_first() -> None:
    session = Session(FILES)
    session.shared("import", "app.py", "app.py:<module> app.py:other", notes=("r rates.json", "e RATE"))
    session.shared("session", "", "app.py:total")
    seen = session.item(X, "test_a.py:test_x", uses=("app.py",))
    assert parts_of(seen) == {"test_a.py:test_x()"}
    assert seen.imports == {"app.py"}
    bundles = {owner: parts_of(of) for owner, of in session.trace.bundles().items()}
    assert bundles == {
        "app.py": {"app.py:other()", f"rates.json:{CONTENT}", f"{ENVIRONMENT}:RATE"},
        "": {"app.py:total()"},
    }


def test_imports_of_fixtures_count_too() -> None:
    session = Session(FILES)
    session.shared("import", "app.py", "app.py:<module>")
    session.shared("fixture", "db@1", uses=("app.py",))
    assert session.item(X, uses=("db@1",)).imports == {"app.py"}


@pytest.mark.parametrize(
    ("note", "parts", "flags"),
    [
        ("r data/one.json", {("data/one.json", CONTENT)}, 0),
        ("m data/late.json", {("data/late.json", CONTENT)}, 0),
        ("l data", {("data", LISTING)}, 0),
        ("l ", {("", LISTING)}, 0),
        ("e HOME", {(ENVIRONMENT, "HOME")}, 0),
        ("i app._speed", {(MODULES, "app._speed")}, 0),
        ("r with space \udcff.txt", {("with space \udcff.txt", CONTENT)}, 0),
        ("w out.txt", set[tuple[str, str]](), EXTERNAL),
        ("c example.org", set[tuple[str, str]](), EXTERNAL),
        ("d localhost:5432", set[tuple[str, str]](), EXTERNAL),
        ("p git", {ANYTHING[:2]}, OPAQUE | EXTERNAL),
    ],
)
def test_what_is_noted_of_an_item(note: str, parts: set[tuple[str, str]], flags: int) -> None:
    """And of a fixture, which counts for who uses it."""
    session = Session(FILES)
    session.shared("fixture", "db@1", notes=(note,))
    for seen in (session.item(X, notes=(note,)), session.item(Y, uses=("db@1",))):
        assert {(path, key) for path, key, _ in seen.parts} == parts
        assert seen.flags == flags


def test_a_text_that_nobody_has_any_more_counts_as_a_whole() -> None:
    session = Session(FILES, unknown=("app.py",))
    assert parts_of(session.item(X, "test_a.py:test_x app.py:total")) == {"test_a.py:test_x()", f"app.py:{CONTENT}"}
    assert session.trace.files == {"app.py": "", "test_a.py": Telling(FILES).loads[1].hash}


def test_a_text_without_a_hash_is_not_looked_for() -> None:
    asked: list[str] = []

    def at(path: str, _: str) -> None:
        asked.append(path)

    trace = SessionTrace(at)
    trace.loaded(Loaded(1, "app.py", "", 0, (0, 4)))
    assert asked == []
    assert trace.files == {"app.py": ""}


def test_numbers_that_nobody_has_told_of_are_nothing() -> None:
    telling = Telling({"test_a.py": TEST, "app.py": APP})
    trace = SessionTrace(lambda _path, _hash: None)
    message = telling.told("item", X, "app.py:total")
    trace.traced(message)
    assert trace.item(message, "test_a.py").parts == frozenset()


# --- results that outlive the call --------------------------------------------------------------------------

CACHED = {
    "app.py": """
import functools

@functools.lru_cache
def help():
    return deep()

def deep():
    return far()

def far():
    return 1

def other():
    return 1
""",
    "test_a.py": "import app\n\ndef test_x(): app.help()\n\ndef test_y(): app.help()\n\ndef test_z(): app.other()\n",
}
CALLED = "app.py:help app.py:deep app.py:far"


def test_a_helper_that_keeps_results_counts_for_later_items_with_all_that_it_called() -> None:
    session = Session(CACHED)
    session.item(X, f"test_a.py:test_x {CALLED}")
    assert parts_of(session.item(Y, "test_a.py:test_y")) == {
        "test_a.py:test_y()", "app.py:help()", "app.py:deep()", "app.py:far()",
    }  # fmt: skip
    assert parts_of(session.item("test_a.py::test_z", "test_a.py:test_z app.py:other")) == {
        "test_a.py:test_z()", "app.py:other()",
    }  # fmt: skip


def test_nothing_is_kept_of_what_has_not_run_yet() -> None:
    session = Session(CACHED)
    assert parts_of(session.item(Y, "test_a.py:test_y")) == {"test_a.py:test_y()"}


def test_what_an_import_has_executed_is_kept_as_well() -> None:
    session = Session(CACHED)
    session.shared("import", "app.py", f"app.py:<module> {CALLED}")
    assert "app.py:far()" in parts_of(session.item(Y, "test_a.py:test_y"))


LAZY = {
    "app.py": """
class Cart:
    _rates = None

    def rates(self):
        if self._rates is None:
            self._rates = self.compute()
        return self._rates

    def compute(self):
        return 1
""",
    "test_a.py": TEST,
}


def test_what_a_body_keeps_on_its_object_counts_for_who_executes_it_later() -> None:
    session = Session(LAZY)
    session.item(X, "app.py:Cart.rates app.py:Cart.compute")
    assert parts_of(session.item(Y, "app.py:Cart.rates")) == {"app.py:Cart.rates()", "app.py:Cart.compute()"}
