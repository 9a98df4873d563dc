"""A configuration that has changed concerns everything, until everything has run with it."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from runnerkit import Office
from sparekit import desk

from companion.core.text import content_hash
from companion.messages import FileChange, RunTests, Scope
from companion.store.database import Database
from companion.store.records import Records
from companion.workers.running.impact.impact import CONFIGURED

OLD, NEW = "[pytest]\n", "[pytest]\naddopts = --strict-markers\n"


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    (tmp_path / "a.py").touch()
    (tmp_path / "pytest.ini").write_text(OLD)
    with desk() as host:
        made = Office(host, tmp_path)
        yield made
        made.close()


def is_owed(office: Office) -> bool:
    """As the next engine would find it."""
    database = Database(str(office.root), "state.db")
    owed = bool(Records(database).memo(CONFIGURED))
    database.close()
    return owed


def configure(office: Office) -> None:
    """A run begins because of that."""
    (office.root / "pytest.ini").write_text(NEW)
    change = FileChange("pytest.ini", "modified", content_hash(OLD.encode()), content_hash(NEW.encode()), (), None)
    office.generation += 1
    office.hear(RunTests(office.generation, "changed", (change,), (), ()))


def run(office: Office, scope: Scope) -> None:
    office.generation += 1
    office.hear(RunTests(office.generation, scope, (), ("a.py",) if scope == "paths" else (), ()))
    far = office.at_work("interpreter")
    office.begin(far, "a.py::x")
    office.finish(far, "a.py::x")
    office.over(far)
    office.end()


def test_a_run_that_is_cancelled_has_not_run_everything(office: Office) -> None:
    assert not is_owed(office)
    configure(office)
    assert is_owed(office)
    far = office.at_work("interpreter")
    office.begin(far, "a.py::x")
    office.cancel()
    assert is_owed(office)
    run(office, "paths")
    assert is_owed(office), "somebody asked for some tests"
    run(office, "all")
    assert not is_owed(office)
