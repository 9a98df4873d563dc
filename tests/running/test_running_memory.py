"""Which lane a file is remembered for, and what makes the runner forget it."""

from pathlib import Path

import pytest

from companion.messages import Lane
from companion.workers.running.memory import LaneMemory

A, B = "test_a.py", "test_b.py"


class Texts:
    """What files hold, instead of a disk."""

    def __init__(self) -> None:
        self.held = {A: "first", B: "first"}
        self.proven_by_trial: set[tuple[str, str]] = set()
        self.noted: list[tuple[str, str]] = []

    def lanes(self, usual: Lane = "interpreter", **options: object) -> LaneMemory:
        return LaneMemory(
            usual,
            content=lambda file: self.held.get(file, ""),
            promoted=lambda file: (file, self.held[file]) in self.proven_by_trial,
            noted=lambda file, reason: self.noted.append((file, reason)),
            **options,  # type: ignore[arg-type]  # of the test
        )


def test_what_was_moved_is_told_to_whoever_remembers_it() -> None:
    texts = Texts()
    texts.lanes().move(A, "it forks")
    assert texts.noted == [(A, "it forks")]


@pytest.mark.parametrize("usual", ["interpreter", "process"])
def test_a_moved_file_that_is_edited_comes_back_once_it_was_tried(usual: Lane) -> None:
    texts = Texts()
    lanes = texts.lanes(usual)
    lanes.move(A, "it forks")
    assert (lanes.of(A), lanes.reason(A)) == ("process", "it forks")
    texts.held[A] = "second"
    assert (lanes.of(A), lanes.reason(A)) == ("process", ""), "nobody knows yet what it does now"
    texts.proven_by_trial.add((A, "second"))
    assert lanes.of(A) == "interpreter"
    texts.held[A] = "first"
    assert (lanes.of(A), lanes.reason(A)) == ("process", "it forks"), "as it was"


def test_what_is_configured_counts_again_once_the_file_is_another() -> None:
    texts = Texts()
    lanes = texts.lanes("process", forced=((A, "interpreter"),))
    assert lanes.of(A) == "interpreter"
    lanes.move(A, "it forks")
    assert lanes.of(A) == "process"
    texts.held[A] = "second"
    assert lanes.of(A) == "interpreter"


def test_a_file_that_would_take_the_engine_along_stays_out_whatever_it_holds() -> None:
    texts = Texts()
    lanes = texts.lanes(barred={A: "an engine ended while it ran"})
    lanes.bar(B, "it does not end")
    texts.held |= {A: "second", B: "second"}
    texts.proven_by_trial |= {(A, "second"), (B, "second")}
    assert [lanes.of(A), lanes.of(B)] == ["process", "process"]
    lanes.anew()
    assert [lanes.reason(A), lanes.reason(B)] == ["an engine ended while it ran", "it does not end"]


def test_in_another_environment_all_is_tried_again() -> None:
    texts = Texts()
    lanes = texts.lanes()
    lanes.move(A, "an extension")
    lanes.leave("an extension")
    assert [lanes.of(A), lanes.of(B), lanes.first] == ["process"] * 3
    lanes.anew()
    assert [lanes.of(A), lanes.of(B), lanes.first] == ["interpreter"] * 3


def test_interpreters_that_do_not_end_are_not_had_back_by_any_change() -> None:
    lanes = Texts().lanes()
    lanes.leave("four do not end", for_good=True)
    lanes.anew()
    assert lanes.of(B) == "process"
    lanes.leave("an extension")
    lanes.come_back()
    assert lanes.process_only == "four do not end"


def test_what_is_gone_is_forgotten() -> None:
    lanes = Texts().lanes()
    lanes.proven |= {A, B}
    lanes.move(A, "it forks")
    assert lanes.proven == {B}
    lanes.forget([A, B, "test_c.py"])
    assert (lanes.proven, lanes.reason(A)) == (set(), "")
    assert lanes.of(A) == "interpreter"


def test_others_are_all_whose_lane_is_not_the_first(tmp_path: Path) -> None:
    texts = Texts()
    lanes = texts.lanes("process", tried=lambda: [B])
    texts.proven_by_trial.add((B, "first"))
    assert lanes.others([A]) == [B]
    assert lanes.any_other([A, B])
    assert not lanes.any_other([A])
