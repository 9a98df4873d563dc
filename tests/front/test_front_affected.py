"""`companion affected`: table, JSON, what is asked."""

import asyncio
import json
from collections.abc import Sequence

import pytest
from frontkit import JOINED, picture, text

from companion.errors import EngineUnavailableError, UsageError
from companion.front.affected import Affected, as_json, as_text, below
from companion.front.scripted import ScriptedEngine
from companion.messages import (
    AffectedItems,
    EngineEvent,
    Explanation,
    Ground,
    Message,
    RequestAffected,
    RequestExplanation,
    SelectedItem,
    Unaffected,
)

A = "tests/test_a.py"
ITEMS = (SelectedItem(f"{A}::test_x", "calls shop.cart:total"), SelectedItem(f"{A}::test_y", "reads a.json", True))
FOUND = AffectedItems(1, ITEMS, 7, (Unaffected("tests/test_b.py", 7, 214),))
ONE = Explanation(
    1, f"{A}::test_x", "", 214, (Ground("calls", tuple(f"m:f{n}" for n in range(14))), Ground("looks for", ("x",)))
)


def answer(message: Message) -> Sequence[EngineEvent]:
    if isinstance(message, RequestAffected):
        return (FOUND,)
    if isinstance(message, RequestExplanation) and message.item == ONE.item:
        return (ONE,)
    assert isinstance(message, RequestExplanation)
    return (Explanation(message.request, message.item, problem=f"{message.item} has not run yet: nothing is known"),)


def test_a_table() -> None:
    assert text(as_text((FOUND, ()))) == picture("""
        |item                        why
        |tests/test_a.py::test_x     calls shop.cart:total
        |tests/test_a.py::test_y  ↗  reads a.json
        |
        |skipped  in               because
        |      7  tests/test_b.py  unchanged: 214 dependencies
        |
        |2 items to run, 1 of them ↗ external, 7 items unchanged
    """)
    assert text(as_text((AffectedItems(1, (), 1), ()))) == "✓ nothing to run, 1 item unchanged"


def test_json() -> None:
    assert list(map(json.loads, as_json((FOUND, ())))) == [
        {
            "event": "selected", "generation": 0, "skipped": 7, "items": [
                {"id": f"{A}::test_x", "why": "calls shop.cart:total"},
                {"id": f"{A}::test_y", "why": "reads a.json", "external": True},
            ],
        },
        {"event": "explained", "path": "tests/test_b.py", "skipped": 7, "dependencies": 214},
    ]  # fmt: skip


def test_what_an_item_stands_on() -> None:
    shown = text(as_text((AffectedItems(0, (), 0), (ONE,))))
    assert "m:f11, and 2 more" in " ".join(shown.split())
    (line,) = as_json((AffectedItems(0, (), 0), (ONE,)))
    told = json.loads(line)
    assert (told["id"], told["why"], told["dependencies"]) == (ONE.item, "", 214)
    assert (len(told["calls"]), told["looks_for"], "reads" in told) == (14, ["x"], False)


@pytest.mark.parametrize(
    ("named", "items", "rows"),
    [((), 2, 1), (("tests",), 2, 1), ((A,), 2, 0), (("tests/test_b.py",), 0, 1), (("test",), 0, 0)],
)
def test_only_what_is_named(named: tuple[str, ...], items: int, rows: int) -> None:
    found = below(FOUND, named)
    assert (len(found.items), len(found.unaffected)) == (items, rows)


def test_asking() -> None:
    engine = ScriptedEngine(answer, *JOINED)
    assert asyncio.run(Affected(client=engine, commit="abc", explain=True).run()) == (FOUND, ())
    assert (engine.sent, engine.closed) == ([RequestAffected(1, "abc", True)], True)


def test_asking_about_an_item() -> None:
    engine = ScriptedEngine(answer, *JOINED)
    assert asyncio.run(Affected(client=engine, items=(ONE.item,)).run())[1] == (ONE,)
    engine = ScriptedEngine(answer, *JOINED)
    with pytest.raises(UsageError, match="has not run yet"):
        asyncio.run(Affected(client=engine, items=("test_b.py::test_z",)).run())
    assert engine.closed


def test_a_problem_is_said() -> None:
    engine = ScriptedEngine(lambda _: (AffectedItems(1, (), 0, problem="no test can be run"),), *JOINED)
    with pytest.raises(EngineUnavailableError, match="no test can be run"):
        asyncio.run(Affected(client=engine).run())
