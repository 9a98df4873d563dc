"""The main job: a file is saved, the verdict is right."""

from collections.abc import Callable
from pathlib import Path

import pytest
from enginekit import Front, plain_outcomes, save, write

from companion.messages import Change, ItemsGone, ItemStarted, RunFinished, Selected

Project = Callable[[str], Path]
Join = Callable[[Path], Front]

RED = "tests/test_discounts.py::test_voucher_from_exactly_its_minimum_on"


def test_first_run_says_what_pytest_says(project: Project, join: Join) -> None:
    root = project("shop")
    front = join(root)
    verdict = front.verdict()
    assert front.outcomes() == plain_outcomes(root)
    assert (verdict.selected, verdict.passed, verdict.failed, verdict.skipped, verdict.xfailed) == (97, 94, 1, 1, 1)
    assert front.board.results[RED].path == "tests/test_discounts.py"
    assert (
        (root / front.board.results[RED].path)
        .read_text("utf-8")
        .splitlines()[front.board.results[RED].line - 1]
        .strip()
        .startswith("assert")
    )


def test_an_edit_runs_what_imports_it_and_nothing_else(project: Project, join: Join) -> None:
    root = project("shop")
    front = join(root)
    front.verdict()
    write(root / "src/shop/report.py", (root / "src/shop/report.py").read_text("utf-8") + "\nprint(end='')\n")
    selected = front.until(Selected, lambda s: bool(s.items))
    assert {item.id.partition("::")[0] for item in selected.items} == {"tests/test_report.py"}
    assert {item.why for item in selected.items} == {"imports shop.report"}
    assert front.verdict().failed == 0


def test_breaking_and_mending(project: Project, join: Join) -> None:
    root = project("shop")
    front = join(root)
    front.verdict()
    assert front.red() == [RED]
    save(root / "src/shop/discounts.py", "amount > self.minimum", "amount >= self.minimum")
    assert front.verdict().failed == 0
    assert front.red() == []
    save(root / "src/shop/discounts.py", "amount >= self.minimum", "amount > self.minimum")
    assert front.verdict().failed == 1
    assert front.red() == [RED]


def test_a_syntax_error_is_one_red_and_undoing_it_none(project: Project, join: Join) -> None:
    root = project("green")
    front = join(root)
    front.verdict()
    before = front.outcomes()
    test = next(root.rglob("test_*.py"))
    text = test.read_text("utf-8")
    write(test, text + "\ndef broken(:\n")
    assert front.verdict().errors == 1
    name = test.relative_to(root).as_posix()
    assert front.red() == [name]
    assert front.board.results[name].line == len(text.splitlines()) + 2
    write(test, text)
    front.verdict()
    assert front.outcomes() == before


def test_new_and_deleted_test_files(project: Project, join: Join) -> None:
    root = project("green")
    front = join(root)
    front.verdict()
    before = front.outcomes()
    new = root / "test_brand_new.py"
    write(new, "def test_it():\n    assert 1 + 1 == 3\n")
    front.verdict()
    assert front.red() == ["test_brand_new.py::test_it"]
    new.unlink()
    gone = front.until(ItemsGone)
    assert gone.ids == ("test_brand_new.py::test_it",)
    assert front.outcomes() == before


def test_same_size_edits_within_a_second_run_the_newest_text(project: Project, join: Join) -> None:
    root = project("green")
    front = join(root)
    front.verdict()
    module = root / "test_pair.py"
    write(module, "def test_pair():\n    assert 1 == 1\n")
    front.verdict()
    for right in ("2", "1", "3", "1"):
        write(module, f"def test_pair():\n    assert 1 == {right}\n")
        front.verdict()
        assert front.red() == ([] if right == "1" else ["test_pair.py::test_pair"])


def test_a_storm_of_saves_ends_with_the_last_text(project: Project, join: Join) -> None:
    root = project("green")
    front = join(root)
    front.verdict()
    module = root / "test_storm.py"
    for number in range(50):
        write(module, f"def test_storm():\n    assert {number} != 49\n")
    generation = front.until(Change).generation
    run = front.until(RunFinished, lambda r: not r.cancelled and r.generation >= generation and r.failed == 1)
    assert run.failed == 1
    assert front.board.results["test_storm.py::test_storm"].message == "assert 49 != 49"
    assert len([e for e in front.seen if isinstance(e, Change)]) <= 12


@pytest.mark.parametrize("scope", ["all", "failed", "paths", "name", "items"])
def test_what_a_person_asks_for(project: Project, join: Join, scope: str) -> None:
    root = project("shop")
    front = join(root)
    front.verdict()
    arguments = {"paths": ["test_discounts"], "name": ["voucher_from_exactly"], "items": [RED]}.get(scope, [])
    generation = front.run(scope, *arguments)  # type: ignore[arg-type]
    run = front.until(RunFinished, lambda r: r.generation >= generation)
    assert run.failed == 1
    expected = {"all": 97, "failed": 1, "paths": 11, "name": 1, "items": 1}[scope]
    assert run.selected == expected or scope == "paths"
    assert front.red() == [RED]
    assert len(front.outcomes()) == 97


def test_a_save_does_not_wait_for_the_slow_test_of_the_run_it_cancels(project: Project, join: Join) -> None:
    root = project("green")
    write(root / "test_slow.py", "import threading\ndef test_slow():\n    threading.Event().wait(600)\n")
    write(root / "test_quick.py", "def test_quick():\n    assert False\n")
    front = join(root)
    front.until(ItemStarted, lambda item: item.id == "test_slow.py::test_slow")
    write(root / "test_slow.py", "def test_slow():\n    pass\n")
    front.verdict()
    assert front.outcomes()["test_slow.py::test_slow"] == "passed"
    assert front.red() == ["test_quick.py::test_quick"]
    assert len(front.outcomes()) == 5
