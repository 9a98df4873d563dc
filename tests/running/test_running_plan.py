"""From orders to batches, as tables; and what the runner remembers."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from companion.core.impact.source import analyse
from companion.core.text import content_hash
from companion.messages import EVERYTHING, FileChange, ItemFinished, Lane, RunTests, Scope
from companion.workers.running.batch import Batch
from companion.workers.running.impact.impact import Impact
from companion.workers.running.memory import LaneMemory
from companion.workers.running.plan import Plan, left_out, plan
from companion.workers.running.sources import Sources, SuiteFacts

FILES = {
    "shop.py": "x = 1\n",
    "tests/test_a.py": "import shop\n",
    "tests/test_b.py": "",
    "tests/test_c.py": "",
    "tests/test_new.py": "",
}


def planned(
    root: Path,
    scope: Scope,
    rerun: Sequence[str] = (),
    *,
    changed: Sequence[str] = (),
    deleted: Sequence[str] = (),
    moved: Sequence[str] = (),
    first: Lane = "interpreter",
    known: Sequence[str] = ("tests/test_a.py", "tests/test_b.py", "tests/test_c.py"),
    pytest_args: tuple[str, ...] = (),
) -> Plan:
    for path, text in FILES.items():
        (root / path).parent.mkdir(exist_ok=True)
        (root / path).write_text(text)
    facts, sources = SuiteFacts(), Sources(str(root))
    for path in known:
        facts.now_holds(path, (f"{path}::x",))
    impact = seen(root, facts, sources)
    for path in changed:
        (root / path).write_text("changed = 1\n")
    for path in deleted:
        (root / path).unlink(missing_ok=True)
    changes = [FileChange(path, "modified", "1", "2", (), None) for path in changed]
    changes += [FileChange(path, "deleted", "1", "", (), None) for path in deleted]
    order = RunTests(1, scope, tuple(changes), tuple(rerun), pytest_args)
    lanes = LaneMemory(first)
    for path in moved:
        lanes.move(path, "why")
    made = plan(order, facts, sources, lanes, impact)
    impact.close()
    return made


def seen(root: Path, facts: SuiteFacts, sources: Sources) -> Impact:
    """Each known file's items have run, and nobody has traced them."""
    impact = Impact(str(root), facts, sources)
    for path, text in FILES.items():
        impact.known.tell(path, content_hash(text.encode()), analyse(text))
    for path in facts.test_files:
        item = ItemFinished(0, f"{path}::x", "passed", 0.1, "process", "", path, 1, (), "", ())
        impact.recording.finished(item)
        impact.recording.whole(path, (item.id,))
    return impact


def shape(plan: Plan) -> list[tuple[Lane, tuple[str, ...], bool]]:
    """Lane, arguments and what is looked for with ``+`` or left out with ``-``, and whether the batch is whole."""
    return [
        (b.lane, (*b.arguments, *(f"+{file}" for file in b.only), *(f"-{file}" for file in b.left_out)), b.whole)
        for b in plan[0]
    ]


A, B, C, NEW = "tests/test_a.py", "tests/test_b.py", "tests/test_c.py", "tests/test_new.py"


@pytest.mark.parametrize(
    ("scope", "rerun", "options", "batches"),
    [
        ("all", [], {}, [("interpreter", (), True)]),
        ("all", [], {"first": "process"}, [("process", (), True)]),
        ("all", [], {"moved": [B]}, [("interpreter", (f"-{B}",), True), ("process", (f"+{B}",), True)]),
        ("all", [], {"moved": [B], "first": "process"}, [("process", (), True)]),
        ("all", [], {"moved": ["tests/test_gone.py"]}, [("interpreter", (), True)]),
        ("changed", [], {"changed": ["shop.py"]}, [("interpreter", (A,), True)]),
        ("changed", [B], {"changed": ["shop.py"]}, [("interpreter", (A, B), True)]),
        ("changed", [B, C], {"moved": [B]}, [("interpreter", (C,), True), ("process", (B,), True)]),
        ("changed", [EVERYTHING], {}, [("interpreter", (), True)]),
        ("changed", [], {"changed": ["shop.py"], "known": []}, [("interpreter", (), True)]),
        ("changed", [], {"changed": ["README.md"]}, []),
        ("changed", [], {"changed": ["pyproject.toml"]}, [("interpreter", (), True)]),
        ("changed", [], {"changed": [NEW]}, [("interpreter", (NEW,), True)]),
        ("changed", [B], {"deleted": [B]}, []),
        ("changed", ["tests/test_gone.py", B], {}, [("interpreter", (B,), True)]),
        ("items", [f"{A}::x"], {}, [("interpreter", (f"{A}::x",), False)]),
        ("items", [f"{A}::x", f"{B}::x"], {"moved": [B]}, [
            ("interpreter", (f"{A}::x",), False), ("process", (f"{B}::x",), False),
        ]),
        ("items", [], {}, []),
        ("paths", ["test_a", "test_b"], {}, [("interpreter", (A, B), True)]),
        ("paths", ["tests/other"], {}, [("interpreter", ("tests/other",), True)]),
        ("name", ["cart and not slow"], {}, [("interpreter", ("-kcart and not slow",), False)]),
        ("name", ["x"], {"moved": [B]}, [
            ("interpreter", ("-kx", f"-{B}"), False), ("process", ("-kx", f"+{B}"), False),
        ]),
        ("name", [], {}, [("interpreter", (), True)]),
        ("name", [""], {}, [("interpreter", (), True)]),
    ],
)  # fmt: skip
def test_batches(
    tmp_path: Path,
    scope: Scope,
    rerun: list[str],
    options: dict[str, list[str]],
    batches: list[tuple[Lane, tuple[str, ...], bool]],
) -> None:
    assert shape(planned(tmp_path, scope, rerun, **options)) == batches  # type: ignore[arg-type]  # of the table


@pytest.mark.parametrize(
    ("scope", "rerun"), [("all", []), ("changed", [B]), ("paths", ["test_a"]), ("items", [A]), ("name", [""])]
)
@pytest.mark.parametrize(
    ("pytest_args", "whole"),
    [((), True), (("-v",), True), (("-k", "x"), False), (("-mslow",), False), (("--deselect", f"{A}::x"), False)],
)
def test_nothing_is_whole_that_arguments_may_leave_out_a_part_of(
    tmp_path: Path, scope: Scope, rerun: list[str], pytest_args: tuple[str, ...], *, whole: bool
) -> None:
    batches, _, _ = planned(tmp_path, scope, rerun, moved=[C], pytest_args=pytest_args)
    assert batches
    assert {batch.whole for batch in batches} == {whole}


@pytest.mark.parametrize(
    ("scope", "rerun", "reasons"),
    [
        ("all", [], {"": "all"}),
        ("changed", [B], {B: "not run yet", A: "new", f"{A}::x": "reads shop.py"}),
        ("changed", [EVERYTHING], {"": "not run yet"}),
        ("items", [f"{A}::x"], {"": "requested"}),
        ("paths", ["test_a"], {A: "requested"}),
        ("name", ["x or y"], {"": "matches x or y"}),
    ],
)
def test_reasons(tmp_path: Path, scope: Scope, rerun: list[str], reasons: dict[str, str]) -> None:
    assert planned(tmp_path, scope, rerun, changed=["shop.py"])[1] == reasons


def test_what_is_gone_is_told_even_by_a_runner_that_never_saw_it(tmp_path: Path) -> None:
    _, _, gone = planned(tmp_path, "changed", deleted=[B, "old.py", "old.md"], known=[A])
    assert gone == (B, "old.py")


def test_everything_knows_which_files_held_items(tmp_path: Path) -> None:
    batches, _, _ = planned(tmp_path, "all", moved=[B])
    assert [batch.known for batch in batches] == [(A, C), ()]


def test_a_full_run_takes_in_what_nobody_told(tmp_path: Path) -> None:
    """As after a watcher that was down."""
    planned(tmp_path, "all")
    facts, sources, lanes = SuiteFacts(), Sources(str(tmp_path)), LaneMemory("process")
    facts.now_holds(B, (f"{B}::x",))
    impact = seen(tmp_path, facts, sources)
    (tmp_path / B).write_text("import late\n")
    (tmp_path / "late.py").write_text("x = 1\n")
    plan(RunTests(1, "all", (), (EVERYTHING,), ()), facts, sources, lanes, impact)
    (tmp_path / "late.py").write_text("x = 2\n")
    change = FileChange("late.py", "modified", "1", "2", (), None)
    batches, _, _ = plan(RunTests(2, "changed", (change,), (), ()), facts, sources, lanes, impact)
    impact.close()
    assert [batch.files for batch in batches] == [(B,)]


@pytest.mark.parametrize(
    ("scope", "files", "pytest_args", "number"),
    [
        ("changed", [A], (), (2, 0)),
        ("changed", [A, B, C], (), (0, 0)),
        ("all", [A], (), (0, 0)),
        ("items", [A], (), (0, 0)),
        ("all", [A], ("--companion-shard=1/2",), (0, 2)),
    ],
)
def test_items_are_only_called_unaffected_where_a_change_decides(
    scope: Scope, files: list[str], pytest_args: tuple[str, ...], number: tuple[int, int]
) -> None:
    facts = SuiteFacts()
    for path in (A, B, C):
        facts.now_holds(path, (f"{path}::x",))
    order = RunTests(1, scope, (), (), pytest_args)
    assert left_out(order, [Batch("process", tuple(files), tuple(files))], facts) == number
    rest = tuple(path for path in (A, B, C) if path not in files)
    assert left_out(order, [Batch("process", (), left_out=rest)], facts) == number
