"""Several reports, one outcome."""

import pytest

from companion.messages import Outcome
from companion.workers.testrun.outcome import Report, fold


def report(label: str) -> Report:
    """``call failed``, with ``!`` behind it where failing was expected."""
    when, _, outcome = label.rstrip("!").partition(" ")
    return Report(when, outcome, label.endswith("!"), 0.1, label, "", 0, (), "")


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
    folded = fold([report("setup passed"), report("subtest failed"), report("call passed")])
    assert folded.labels == ("setup passed", "subtest failed", "call passed")
