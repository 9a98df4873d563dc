"""Small projects whose tests ask what a lane could answer otherwise: companion says what pytest says."""

from collections.abc import Callable
from pathlib import Path

import pytest
from enginekit import Front, plain_outcomes, write

Join = Callable[[Path], Front]

STREAMS = """
    import sys

    def test_buffer():
        sys.stdout.buffer.write(b"x")
        sys.stderr.buffer.write(b"x")

    def test_descriptor():
        assert sys.stdout.fileno() > 0

    def test_where_capturing_pauses(capsys):
        with capsys.disabled():
            sys.stdout.buffer.write(b"x")
"""
HIDDEN_SIGNAL = """
    import signal

    def test_handler():
        try:
            signal.signal(signal.SIGTERM, lambda *_: None)
        except ValueError:  # not in the main thread
            assert False
"""
ASKED_SIGNAL = """
    import signal

    def test_dispositions():
        assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
        assert signal.getsignal(signal.SIGHUP) is signal.SIG_DFL
"""
HIDDEN_DAEMON = """
    import threading

    def test_daemon():
        try:
            threading.Thread(target=print, daemon=True).start()
        except RuntimeError:
            assert False
"""
HIDDEN_FORK = """
    import os
    import pytest

    def test_fork():
        try:
            child = os.fork()
        except RuntimeError:
            pytest.skip("no fork here")
        if not child:
            os._exit(0)
        os.waitpid(child, 0)
"""
MAIN = """
    import __main__

    def test_main():
        assert (__main__.__package__, __main__.__spec__.name) == ("pytest", "pytest.__main__")
"""
MOCKED = """
    import os

    def test_failing_while_patched(monkeypatch):
        def refuse(*_):
            raise OSError
        monkeypatch.setattr(os.path, "abspath", refuse)
        assert 0

    def test_next():
        pass
"""
RERUN = """
    from _pytest.runner import runtestprotocol

    def pytest_runtest_protocol(item, nextitem):
        for attempt in range(2):
            item.ihook.pytest_runtest_logstart(nodeid=item.nodeid, location=item.location)
            for report in runtestprotocol(item, nextitem=nextitem, log=False):
                if attempt == 0 and report.failed:
                    report.outcome = "rerun"
                item.ihook.pytest_runtest_logreport(report=report)
            item.ihook.pytest_runtest_logfinish(nodeid=item.nodeid, location=item.location)
        return True
"""
ATTEMPTS = """
    attempts = []

    def test_red():
        assert 0

    def test_second_attempt():
        attempts.append(1)
        assert len(attempts) == 2

    def test_last_red():
        assert 0
"""
LAZY = """
    import sys

    def test_lazy():
        assert "xmlrpc.client" not in sys.modules
        import xmlrpc.client
"""
REWRITTEN = """
    def test_inner(pytester):
        pytester.makepyfile("def test_x(): pass")
        pytester.runpytest_subprocess("-p", "no:cacheprovider").assert_outcomes(passed=1)
"""


def make(root: Path, files: dict[str, str]) -> Path:
    """A project of these files, indented or not."""
    for name, text in files.items():
        lines = text.splitlines(keepends=True)
        write(root / name, "".join(line.removeprefix("    ") for line in lines) if text.startswith("\n") else text)
    return root


@pytest.mark.parametrize(
    "files",
    [
        {"test_streams.py": STREAMS, "pytest.ini": "[pytest]\naddopts = -s\n"},
        {"test_signal.py": HIDDEN_SIGNAL, "test_asked.py": ASKED_SIGNAL},
        {"test_daemon.py": HIDDEN_DAEMON, "test_fork.py": HIDDEN_FORK},
        {"test_main.py": MAIN},
        {"test_mocked.py": MOCKED},
        {"conftest.py": RERUN, "test_attempts.py": ATTEMPTS},
    ],
    ids=["streams", "signals", "daemon_and_fork", "main", "mocked", "rerun"],
)
@pytest.mark.parametrize("lane", ["interpreter", "process"])
def test_every_outcome_is_pytests(tmp_path: Path, join: Join, files: dict[str, str], lane: str) -> None:
    root = make(tmp_path / "project", {"pyproject.toml": f'[tool.companion]\nlane = "{lane}"\n', **files})
    front = join(root)
    front.verdict()
    assert front.outcomes() == plain_outcomes(root)


@pytest.mark.parametrize(
    "files",
    [
        {"test_lazy.py": LAZY},
        {
            "conftest.py": "pytest_plugins = ['pytester']\n",
            "test_inner.py": REWRITTEN,
            "pytest.ini": "[pytest]\nfilterwarnings = error\n",
        },
    ],
    ids=["lazy_import", "rewritten_plugin"],
)
def test_what_a_run_imported_changes_no_later_one(tmp_path: Path, join: Join, files: dict[str, str]) -> None:
    root = make(tmp_path / "project", files)
    front = join(root)
    front.verdict()
    expected = plain_outcomes(root)
    for _ in range(3):  # a spare that imports ahead what was learned comes after the next one
        assert front.outcomes() == expected
        front.run("all")
        front.verdict()
    assert front.outcomes() == expected


ENDS = """
    import pytest

    def pytest_runtest_logstart():
        pytest.exit("enough", returncode=7)
"""


@pytest.mark.parametrize("lane", ["interpreter", "process"])
def test_a_session_that_a_hook_ends_with_a_code_of_its_own(tmp_path: Path, join: Join, lane: str) -> None:
    test = "def test_a():\n    pass\n\n\ndef test_b():\n    pass\n"
    configuration = f'[tool.companion]\nlane = "{lane}"\n'
    root = make(tmp_path / "project", {"pyproject.toml": configuration, "conftest.py": ENDS, "test_exit.py": test})
    verdict = join(root).verdict()
    assert (verdict.exit_code, verdict.unfinished) == (7, ("test_exit.py",))


def test_xdist_that_is_installed_but_not_loaded(tmp_path: Path, join: Join) -> None:
    settings = '[tool.pytest.ini_options]\naddopts = "-p no:xdist"\n[tool.companion]\nlane = "process"\n'
    root = make(tmp_path / "project", {"pyproject.toml": settings, "test_one.py": "def test_one():\n    pass\n"})
    assert join(root).verdict().exit_code == 0
