"""What is said of a doctest that fails: the example, and how it came out otherwise."""

import doctest
from collections.abc import Callable
from types import SimpleNamespace

import pytest

from companion.workers.testrun.doctests import failed_example
from companion.workers.testrun.reporting import LOCATION, Reporting


class Several(Exception):  # noqa: N818 - as pytest's own, known by its name
    def __init__(self, failures: list[BaseException]) -> None:
        self.failures = failures


Several.__name__ = "MultipleDoctestFailures"


def failure_of(text: str, line: int | None = 4) -> BaseException:
    """What pytest's runner raises for this doctest, which begins below ``line`` (from zero on)."""
    test = doctest.DocTestParser().get_doctest(text, {}, "lib.f", "/project/lib.py", line)
    with pytest.raises((doctest.DocTestFailure, doctest.UnexpectedException)) as raised:
        doctest.DebugRunner(verbose=False).run(test)
    return raised.value


@pytest.mark.parametrize(
    ("text", "message", "line"),
    [
        (">>> 1 + 1\n3\n", "expected 3, got 2", 5),
        ("\n>>> 2\n2\n>>> print('a\\nb')\na\nc\n", "expected c, got b", 8),
        (">>> None\n1\n", "expected 1, got nothing", 5),
        (">>> 1\n", "expected nothing, got 1", 5),
        (">>> 1 / 0\n", "ZeroDivisionError: division by zero", 5),
        (">>> ok = 1\n>>> ''.nothing\n", "AttributeError: 'str' object has no attribute 'nothing'", 6),
    ],
)
def test_the_example_that_failed(text: str, message: str, line: int) -> None:
    found = failed_example(failure_of(text))
    assert found is not None
    assert (found.message, found.path, found.line) == (message, "/project/lib.py", line)
    again = failed_example(Several([failure_of(text), failure_of(">>> 7\n8\n")]))
    assert again is not None
    assert (again.message, again.line) == (message, line)


@pytest.mark.parametrize("error", [ValueError("no doctest"), Several([]), Several([ValueError()])])
def test_what_is_no_doctests_failure(error: BaseException) -> None:
    assert failed_example(error) is None


class Hook:
    """A hook's outcome, as far as it is asked."""

    def __init__(self) -> None:
        self.report = SimpleNamespace(longrepr=None)

    def get_result(self) -> object:
        return self.report


def located(error: BaseException, locate: Callable[[str], str]) -> object:
    outcome = Hook()
    Reporting(1, "process", 100, locate=locate, disk_reads=tuple[str, ...]).remember(outcome, error)
    return vars(outcome.report)[LOCATION]


def test_the_place_is_the_examples() -> None:
    def locate(path: str) -> str:
        return path.removeprefix("/project/") if path.startswith("/project/") else ""

    frames = (("lib.py", 5, "1 + 1"),)
    assert located(failure_of(">>> 1 + 1\n3\n"), locate) == ("expected 3, got 2", "lib.py", 5, frames)
    assert located(failure_of(">>> 1 + 1\n3\n", None), locate) == ("expected 3, got 2", "lib.py", 0, ())
