"""The start-up self-test holds here, says so, and leaves nothing."""

import os

import pytest
from runtime_kit import nothing_left

from companion.runtime.memory import PAGE, resident
from companion.runtime.selftest import self_test


def test_all_checks_pass_on_a_machine_that_runs_the_tests() -> None:
    self_test()
    with nothing_left():
        results = self_test()
    assert [result.name for result in results] == ["python", "doorbell", "channel", "interpreter"]
    assert all(result.detail for result in results)
    assert not [result for result in results if result.health == "error"]


@pytest.mark.skipif(resident() == 0, reason="this system does not tell")
def test_resident_memory() -> None:
    before = resident()
    assert before % PAGE == 0
    kept = os.urandom(50_000_000)
    assert resident() - before > 30_000_000
    assert kept
