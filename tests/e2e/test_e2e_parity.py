"""Whole suites of small packages, each in an environment of its own: every outcome is pytest's, in either lane."""

from pathlib import Path

import pytest

from benchmarks.parity import compare
from benchmarks.suites import Suite, prepare

SMALL = (Suite("itsdangerous", "2.2.0", ("freezegun",)), Suite("h11", "0.16.0"))


@pytest.mark.network
@pytest.mark.parametrize("suite", SMALL, ids=lambda suite: suite.name)
def test_parity(suite: Suite, tmp_path: Path) -> None:
    prepared = prepare(suite, tmp_path)
    assert prepared is not None, "it could not be downloaded or installed"
    compared = compare(prepared)
    assert compared.expected.outcomes
    for which, side in compared.seen.items():
        assert compared.differing(side) == {}, f"{which}: {side.said}"
        assert side.exit_code == compared.expected.exit_code, f"{which}: {side.said}"
