"""A spare of the interpreter lane, by itself: one session, and nothing of it left."""

from pathlib import Path

import pytest
from sessionkit import outcomes_of, session, snapshot_of, started

from companion.messages import Collected, SessionFinished, Warm
from companion.runtime.memory import resident

GREEN = Path(__file__).parents[2] / "fixtures" / "projects" / "green"


@pytest.mark.parametrize("arguments", [(), ("-p", "no:doctest")], ids=["", "started again"])
def test_a_spare_gives_all_its_memory_back(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    snapshot = snapshot_of(GREEN)
    for _ in range(5):
        assert list(outcomes_of(session(GREEN, snapshot, tmp_path, arguments)).values()) == ["passed"] * 3
    before = resident()
    for _ in range(10):
        assert list(outcomes_of(session(GREEN, snapshot, tmp_path, arguments)).values()) == ["passed"] * 3
    assert resident() - before < 40_000_000  # ten heaps that stay would be two hundred


def test_a_spare_without_an_order_ends(tmp_path: Path) -> None:
    spare = started(GREEN, snapshot_of(GREEN), tmp_path)
    warm = spare.receive.receive(30.0)
    assert isinstance(warm, Warm)
    assert warm.problem == ""
    spare.send.close()
    assert spare.join(30.0)
    assert spare.failure == ""


@pytest.mark.parametrize("argument", ["--version", "--help", "--no-such-option"])
def test_arguments_that_run_nothing(tmp_path: Path, argument: str) -> None:
    *_, finished = said = session(GREEN, snapshot_of(GREEN), tmp_path, (argument,))
    assert isinstance(finished, SessionFinished)
    assert not any(isinstance(message, Collected) for message in said)
    assert finished.exit_code == (4 if argument == "--no-such-option" else 0)
    assert ("unrecognized arguments" in finished.problem) == (finished.exit_code == 4)


def test_pytest_that_does_not_start_is_told(tmp_path: Path) -> None:
    root = tmp_path.resolve()
    (root / "pytest.py").write_text("__version__ = '1'\n", "utf-8")  # hides the real one
    (warm,) = session(root, snapshot_of(root), root / "code")
    assert isinstance(warm, Warm)
    assert warm.problem.startswith("pytest does not start (AttributeError")
