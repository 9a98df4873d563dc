"""What tests find around them is what they find under plain pytest, in either lane: equal, or told.

The probes write values down, so that a test that is green for another reason shows.
"""

from pathlib import Path

import pytest
from probekit import Probes, different, make_probes

from companion.core.lanes import CLAUSE

OWN_COMMAND = "tests/test_running.py::test_own_command"
"""The only one that a process of ours answers otherwise: by what command it was started."""
NEEDY = (
    "tests/test_children.py", "tests/test_running.py",
    "tests/test_environment.py::test_time_zone", "tests/test_environment.py::test_clear",
)  # fmt: skip
"""Where those are that an interpreter cannot hold; the others it must."""

WAYS = [
    pytest.param("", (), 160, id="all"),
    pytest.param("-s", ("tests/test_streams.py", "tests/test_children.py"), 40, id="nothing captured"),
    pytest.param(
        "--import-mode=importlib", ("tests/test_installed.py", "tests/same", "tests/unit"), 15, id="importlib"
    ),
    pytest.param("--import-mode=append", ("tests/test_installed.py", "tests/same", "tests/unit"), 15, id="append"),
]
"""Options (from the environment, where no command line tells of them), what to run, and how many probes that is."""


@pytest.fixture
def probes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Probes:
    made = make_probes(tmp_path)
    monkeypatch.setenv("PROBES", str(made.out))
    return made


@pytest.mark.parametrize(("options", "paths", "least"), WAYS)
def test_every_value_is_plain_pytests(
    probes: Probes, monkeypatch: pytest.MonkeyPatch, options: str, paths: tuple[str, ...], least: int
) -> None:
    monkeypatch.setenv("PYTEST_ADDOPTS", " ".join((options, *paths)))
    plain = probes.plain()
    assert len(plain) >= least

    found, session = probes.interpreter()
    told = {running for running, _, _ in session.told}
    assert {item: values for item, values in different(plain, found).items() if item not in told} == {}
    assert session.problem == ""
    assert all(reason.endswith(CLAUSE) for _, _, reason in session.told)
    assert [item for item in told if not item.startswith(NEEDY)] == []

    found, outcomes = probes.process()
    assert {item: values for item, values in different(plain, found).items() if item != OWN_COMMAND} == {}
    assert {outcomes[item] for item in plain} == {"passed"}
