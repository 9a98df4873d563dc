"""Several reports, one outcome."""

import pytest

from companion.messages import Outcome
from companion.workers.testrun.outcome import MOST_LISTED, Report, final, fold


def report(label: str) -> Report:
    """``call failed``, with ``!`` behind it where failing was expected."""
    when, _, outcome = label.rstrip("!").partition(" ")
    return Report(when, outcome, label.endswith("!"), 0.1, label, "", 0, ())


@pytest.mark.parametrize(
    ("labels", "outcome", "decided_by"),
    [
        (["setup passed", "call passed", "teardown passed"], "passed", "call passed"),
        (["setup passed", "call failed", "teardown passed"], "failed", "call failed"),
        (["setup failed", "teardown passed"], "error", "setup failed"),
        (["setup passed", "call passed", "teardown failed"], "failed", "teardown failed"),
        (["setup passed", "call failed", "teardown failed"], "failed", "call failed"),
        (["setup skipped", "teardown passed"], "skipped", "setup skipped"),
        (["setup passed", "call skipped", "teardown passed"], "skipped", "call skipped"),
        (["setup passed", "call skipped!", "teardown passed"], "xfailed", "call skipped!"),
        (["setup skipped!", "teardown passed"], "xfailed", "setup skipped!"),
        (["setup passed", "call passed!", "teardown passed"], "xpassed", "call passed!"),
        (
            ["setup passed", "subtest passed", "subtest failed", "call passed", "teardown passed"],
            "failed",
            "subtest failed",
        ),
        (["setup passed", "subtest skipped", "call passed", "teardown passed"], "passed", "call passed"),
    ],
)
def test_fold(labels: list[str], outcome: Outcome, decided_by: str) -> None:
    folded = fold([report(label) for label in labels])
    assert (folded.outcome, folded.decided_by.message) == (outcome, decided_by)


def test_differing_reports_are_listed() -> None:
    folded = fold([report("setup passed"), report("teardown failed")])
    assert folded.labels == ("setup passed", "teardown failed")


def subtest(about: str, outcome: str = "failed", message: str = "no") -> Report:
    return Report("subtest", outcome, outcome == "xfailed", 0.1, message, "t.py", 1, (), about)


CALLED = Report("call", "failed", False, 0.1, "contains 2 failed subtests", "", 0, ())


def test_every_failed_subtest_is_told_with_its_parameters() -> None:
    said = [report("setup passed"), subtest("(i=1)"), subtest("(i=2)", "passed", ""), subtest("[a] (i=3)"), CALLED]
    folded = fold([*said, report("teardown passed")])
    assert folded.message == "(i=1): no (and 1 more failure)"
    assert folded.labels == (
        "setup passed", "subtest (i=1) failed", "subtest [a] (i=3) failed: no", "call failed", "teardown passed",
    )  # fmt: skip


def test_a_failed_teardown_is_told_beside_a_failed_subtest() -> None:
    torn = Report("teardown", "failed", False, 0.1, "OSError: dirty", "t.py", 9, ())
    folded = fold([subtest("(i=1)"), CALLED, torn])
    assert folded.message == "(i=1): no (and 1 more failure)"
    assert folded.labels == ("subtest (i=1) failed", "call failed", "teardown failed: OSError: dirty")


def test_subtests_that_are_skipped_are_told() -> None:
    skipped = subtest("(i=1)", "skipped", "Skipped: later")
    folded = fold([report("setup passed"), skipped, report("call passed"), report("teardown passed")])
    assert (folded.outcome, folded.message) == ("passed", "call passed")
    assert folded.labels == ("setup passed", "subtest (i=1) skipped: later", "call passed", "teardown passed")


def test_not_more_subtests_are_listed_than_anybody_reads() -> None:
    folded = fold([*(subtest(f"(i={number})") for number in range(MOST_LISTED + 7)), CALLED])
    assert folded.message == f"(i=0): no (and {MOST_LISTED + 6} more failures)"
    assert folded.labels[-3:] == (f"subtest (i={MOST_LISTED - 1}) failed: no", "call failed", "7 more subtests")


ATTEMPT = ("setup passed", "call rerun")


@pytest.mark.parametrize(
    ("labels", "left"),
    [
        (("setup passed", "call failed"), ("setup passed", "call failed")),
        (ATTEMPT, ()),
        ((*ATTEMPT, "teardown passed"), ()),
        ((*ATTEMPT, "setup passed", "call passed"), ("setup passed", "call passed")),
        ((*ATTEMPT, *ATTEMPT, "setup passed", "call failed"), ("setup passed", "call failed")),
        (("setup rerun", "setup failed", "teardown passed"), ("setup failed", "teardown passed")),
        ((*ATTEMPT, "teardown passed", "setup failed"), ("setup failed",)),
        (
            (*ATTEMPT, "subtest failed", "setup passed", "call passed"),
            ("subtest failed", "setup passed", "call passed"),
        ),
    ],
)
def test_attempts_that_were_given_up_count_for_nothing(labels: tuple[str, ...], left: tuple[str, ...]) -> None:
    assert tuple(r.label for r in final([report(label) for label in labels])) == left
