"""What could not be collected is well again once a session that reached it has seen nothing of that."""

import pytest

from companion.workers.running.sources import SuiteFacts


@pytest.mark.parametrize(
    ("broken", "ran", "is_mended"),
    [
        ("conftest.py", "tests/test_a.py", True),
        ("tests/conftest.py", "tests/test_a.py", True),
        ("tests/conftest.py", "other/test_a.py", False),
        ("tests", "tests/test_a.py", True),
        ("tests", "tests_too/test_a.py", False),
        (".", "tests/test_a.py", True),
    ],
)
def test_what_a_session_has_reached(broken: str, ran: str, is_mended: bool) -> None:
    facts = SuiteFacts()
    facts.broken = {broken}
    assert facts.mended([ran], []) == ((broken,) if is_mended else ())
    assert facts.mended([ran], [broken]) == ()
