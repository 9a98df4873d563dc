"""What is edited in each real package: one quick item's worth, and a file of about fifty items.

Selection is by file today, so each edit is of something that one test file alone depends on.
"""

from dataclasses import dataclass

from benchmarks.edits import Edit
from benchmarks.suites import SUITES, Suite

QUICK, FIFTY = "one quick item", "about 50 items"


@dataclass(frozen=True, slots=True)
class Target:
    """An edit, and what of the suite a person would run after it: an item's node id, or a file."""

    kind: str
    edit: Edit
    node: str


@dataclass(frozen=True, slots=True)
class Package:
    """A suite and what is edited in it."""

    suite: Suite
    targets: tuple[Target, ...]

    @property
    def name(self) -> str:
        """For people."""
        return f"{self.suite.name} {self.suite.version}".strip()


def _quick(path: str, function: str, node: str = "") -> Target:
    return Target(QUICK, Edit(path, function), node or f"{path}::{function}")


def _fifty(path: str) -> Target:
    return Target(FIFTY, Edit(path), path)


def _package(name: str, *targets: Target) -> Package:
    return Package(next(suite for suite in SUITES if suite.name == name), targets)


PACKAGES = (
    _package(
        "boltons",
        _quick("boltons/queueutils.py", "add", "tests/test_queueutils.py::test_heap_queue"),
        _fifty("tests/test_iterutils.py"),
    ),
    _package(
        "sqlparse",
        _quick(
            "tests/test_keywords.py",
            "test_float_numbers",
            "tests/test_keywords.py::TestSQLREGEX::test_float_numbers[1.0]",
        ),
        _fifty("tests/test_split.py"),
    ),
    _package(
        "marshmallow",
        _quick(
            "tests/test_exceptions.py",
            "test_can_store_field_name",
            "tests/test_exceptions.py::TestValidationError::test_can_store_field_name",
        ),
        _fifty("tests/test_decorators.py"),
    ),
    _package(
        "click",
        _quick("tests/test_exceptions/test_FileError.py", "test_file_error_surrogates"),
        _fifty("tests/test_defaults.py"),
    ),
    _package(
        "attrs",
        _quick("tests/test_init_subclass.py", "test_init_subclass_attrs"),
        _fifty("tests/test_slots.py"),
    ),
    _package("werkzeug", _quick("tests/test_internal.py", "test_wrapper_internals"), _fifty("tests/test_test.py")),
)

HEAVY = Package(
    Suite("heavy", "", ("numpy", "pandas", "pydantic", "django", "pytest-django")),
    (
        _quick("orders/stats.py", "weighted_mean", "tests/test_stats.py::test_weighted_mean"),
        _fifty("tests/test_frames.py"),
    ),
)
