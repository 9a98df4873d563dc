"""A session in a spare is plain pytest's session: the same plugins, options, fixtures, hooks and reports."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any, Literal

import pytest
from sessionkit import interpreter_outcomes, plain, process_outcomes

CONFTEST = """
import json, os, sys
import pytest

@pytest.fixture
def number():
    return 1

def pytest_sessionfinish(session, exitstatus):
    config = session.config
    held = [value for value in vars(session._fixturemanager).values() if isinstance(value, dict)]
    fixtures = {f"{name} {len(found)}" for some in held for name, found in some.items() if hasattr(found, "__len__")}
    order = {
        name: [i.plugin_name for i in getattr(config.hook, name).get_hookimpls() if not i.plugin_name.isdigit()]
        for name in ("pytest_runtest_logreport", "pytest_runtest_protocol", "pytest_configure", "pytest_sessionstart")
    }
    facts = {
        "arguments": [str(a) for a in config.invocation_params.args],
        "where": str(config.invocation_params.dir),
        "ini": [str(config.inipath), str(config.rootpath), config.getini("cache_dir")],
        "options": {k: repr(v) for k, v in vars(config.option).items() if k != "plugins"},
        "blocked": sorted(n for n in ("doctest", "logging") if config.pluginmanager.is_blocked(n)),
        "plugins": [name for name, plugin in config.pluginmanager.list_name_plugin() if not name.isdigit()],
        "distributions": [[d.project_name, d.version] for _, d in config.pluginmanager.list_plugin_distinfo()],
        "fixtures": sorted(fixtures),
        "order": order,
        "status": int(exitstatus),
    }
    with open(os.environ["FACTS"], "w") as out:
        json.dump(facts, out)

def pytest_terminal_summary(terminalreporter):
    stats = {
        kind: [[getattr(r, "nodeid", ""), getattr(r, "when", ""), getattr(r, "outcome", "")] for r in reports]
        for kind, reports in terminalreporter.stats.items()
    }
    with open(os.environ["FACTS"] + ".stats", "w") as out:
        json.dump([stats, type(terminalreporter).__name__], out)
"""

TESTS = """
import importlib.metadata, unittest, warnings
import _pytest.cacheprovider, _pytest.fixtures
import pytest

class TestCase(unittest.TestCase):
    def test_subtests(self):
        for n in range(3):
            with self.subTest(n=n):
                self.assertNotEqual(n, RED)
    def test_green_subtests(self):
        for n in range(3):
            with self.subTest(n=n):
                pass
    def test_plain(self):
        self.assertTrue(True)

RED = 1

@pytest.fixture
def broken(): raise OSError("setup")

@pytest.fixture
def dirty():
    yield
    raise OSError("teardown")

def test_passes(number): assert number == 1
def test_fails(number): assert number == 2
def test_error(broken): pass
def test_dirty(dirty): pass
@pytest.mark.skip(reason="not now")
def test_skipped(): pass
def test_skips(): pytest.skip("here")
@pytest.mark.xfail
def test_xfails(): assert False
@pytest.mark.xfail
def test_xpasses(): pass
@pytest.mark.xfail(strict=True)
def test_strict(): pass
@pytest.mark.parametrize("n", range(3))
def test_numbers(n): assert n < 2
def test_warns(): warnings.warn("careful")
def test_cache(cache):
    cache.set("own/value", (1, "a"))
    assert cache.get("own/value", None) == [1, "a"]
    assert cache.get("own/other", "none") == "none"
    assert cache.mkdir("own").is_dir()
def test_nothing_is_replaced():
    assert importlib.metadata.distributions.__module__ == "importlib.metadata"
    assert "dir" not in vars(_pytest.fixtures)
    assert _pytest.cacheprovider.Cache.for_config.__func__.__qualname__ == "Cache.for_config"
"""

HOOKS = """
def pytest_report_teststatus(report):
    if report.when == "call" and report.passed and "numbers" in report.nodeid:
        return "numbered", "n", "NUMBERED"
"""

PYPROJECT = """
[tool.pytest.ini_options]
addopts = "-p no:logging --strict-markers"
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    root = tmp_path.resolve() / "project"
    for path, text in (
        ("conftest.py", CONFTEST),
        ("pyproject.toml", PYPROJECT),
        ("test_all.py", TESTS),
        ("sub/conftest.py", HOOKS),
        ("sub/test_more.py", "import pytest\n@pytest.mark.parametrize('n', range(3))\ndef test_numbers(n): pass\n"),
    ):
        (root / path).parent.mkdir(exist_ok=True, parents=True)
        (root / path).write_text(text, "utf-8")
    return root


def facts(path: Path) -> list[Any]:
    return [json.loads(Path(f"{path}{end}").read_text("utf-8")) for end in ("", ".stats")]


SELECTIONS = [("test_all.py",), ("test_all.py", "sub"), ("-k", "numbers or cache"), ("-p", "no:doctest", "sub")]


@pytest.mark.parametrize("trace", ["", "codes"])
@pytest.mark.parametrize("arguments", SELECTIONS, ids=" ".join)
def test_interpreter_lane(
    project: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    arguments: tuple[str, ...],
    trace: Literal["", "codes"],
) -> None:
    own = ("-p", "no:faulthandler", "-p", "no:hypothesispytest")
    plain(sys.executable, project, {"FACTS": str(tmp_path / "plain")}, *own, *arguments)
    monkeypatch.setenv("FACTS", str(tmp_path / "spare"))
    interpreter_outcomes(project, tmp_path / "code", *arguments, trace=trace)
    assert facts(tmp_path / "spare") == facts(tmp_path / "plain")


@pytest.mark.parametrize("trace", ["", "codes"])
@pytest.mark.parametrize("arguments", SELECTIONS, ids=" ".join)
def test_process_lane(project: Path, tmp_path: Path, arguments: tuple[str, ...], trace: str) -> None:
    check_process_lane(sys.executable, project, tmp_path, {"TRACE": trace}, *arguments)


@pytest.mark.network
@pytest.mark.parametrize(
    ("version", "release"), [("3.10", "7.0.1"), ("3.11", "7.4.4"), ("3.12", "8.0.2"), ("3.13", "8.4.2")]
)
def test_older_ones(project: Path, tmp_path: Path, version: str, release: str) -> None:
    python = shutil.which(f"python{version}")
    there = {"PYENV_VERSION": version, "PYTHONPATH": str(tmp_path / "site-packages")}
    if python is None or subprocess.run([python, "-c", ""], check=False, env={**os.environ, **there}).returncode:
        pytest.skip(f"no Python {version} on this machine")
    install = (python, "-m", "pip", "install", "--quiet", "--target", there["PYTHONPATH"])
    subprocess.run([*install, f"pytest=={release}"], check=True, capture_output=True, env={**os.environ, **there})
    for arguments in SELECTIONS:
        for trace in ("", "codes"):
            check_process_lane(python, project, tmp_path, {**there, "TRACE": trace}, *arguments)


def check_process_lane(python: str, root: Path, folder: Path, there: dict[str, str], *arguments: str) -> None:
    plain(python, root, {**there, "FACTS": str(folder / "plain")}, *arguments)
    outcomes = process_outcomes(python, root, {**there, "FACTS": str(folder / "spare")}, *arguments)
    assert facts(folder / "spare") == facts(folder / "plain")
    assert outcomes.get("test_all.py::test_nothing_is_replaced", "passed") == "passed"


def test_the_projects_cache_is_left_alone(project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plain(sys.executable, project, {"FACTS": str(tmp_path / "plain")})
    before = {path: path.read_bytes() for path in project.rglob("*") if path.is_file() and path.suffix != ".pyc"}
    assert project / ".pytest_cache" / "v" / "cache" / "lastfailed" in before
    monkeypatch.setenv("FACTS", str(tmp_path / "spare"))
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    outcomes = interpreter_outcomes(project, tmp_path / "code", "--lf", "--cache-clear", "test_all.py")
    assert outcomes["test_all.py::test_passes"] == "passed"  # of a last run that failed, nothing is known
    assert outcomes["test_all.py::test_cache"] == "passed"
    after = {path: path.read_bytes() for path in project.rglob("*") if path.is_file() and path.suffix != ".pyc"}
    assert after == before
    assert not list(tmp_path.glob("companion-*"))
