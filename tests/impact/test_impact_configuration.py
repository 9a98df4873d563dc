"""Which changes of a project's configuration concern its tests."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from companion.core.impact.configuration import CONFIGURATION, decides, settings_of

PYPROJECT = """
[project]
name = "shop"
version = "1.0"

[tool.pytest.ini_options]
addopts = ["-q", "-x"]
filterwarnings = ["error"]

[tool.companion]
lane = "process"

[tool.ruff.lint]
select = ["ALL"]
"""
SETUP = """
[metadata]
name = shop

[tool:pytest]
addopts = -q

[flake8]
max-line-length = 100
"""
TOX = "[tox]\nenvlist = py314\n\n[pytest]\naddopts = -q\n\n[testenv:docs]\ncommands = sphinx\n"


def differs(path: str, old: str, new: str) -> bool:
    return decides(path, settings_of(path, old), settings_of(path, new))


@pytest.mark.parametrize(
    ("path", "text", "old", "new"),
    [
        ("pyproject.toml", PYPROJECT, '"error"', '"default"'),
        ("pyproject.toml", PYPROJECT, '"-q", "-x"', '"-x", "-q"'),
        ("pyproject.toml", PYPROJECT, '"process"', '"interpreter"'),
        ("pyproject.toml", PYPROJECT, "[tool.ruff.lint]", "[tool.coverage.run]"),
        ("pyproject.toml", PYPROJECT, "[tool.ruff.lint]", "[tool.pytest_env]"),
        ("pyproject.toml", PYPROJECT, "[project]", "[plugins]"),
        ("pyproject.toml", PYPROJECT, "[project]", "[project"),
        ("setup.cfg", SETUP, "-q", "-x"),
        ("setup.cfg", SETUP, "addopts", "Addopts"),
        ("setup.cfg", SETUP, "[flake8]", "[coverage:run]"),
        ("tox.ini", TOX, "-q", "-x"),
        ("pytest.ini", "[pytest]\naddopts = -q\n", "-q", ""),
        ("pytest.ini", "[pytest]\naddopts = -q\n", "addopts", "[pytest]\naddopts"),
    ],
)
def test_what_pytest_or_a_plugin_may_read_concerns_all(path: str, text: str, old: str, new: str) -> None:
    assert old in text
    assert differs(path, text, text.replace(old, new))


@pytest.mark.parametrize(
    ("path", "text", "old", "new"),
    [
        ("pyproject.toml", PYPROJECT, '"1.0"', '"1.1"'),
        ("pyproject.toml", PYPROJECT, '["ALL"]', '["E"]'),
        ("pyproject.toml", PYPROJECT, "lane", "# which\nlane"),
        ("pyproject.toml", PYPROJECT, '["-q", "-x"]', "[\n  '-q',\n  '-x',\n]"),
        ("setup.cfg", SETUP, "100", "120"),
        ("setup.cfg", SETUP, "shop", "shop\n# a comment"),
        ("tox.ini", TOX, "py314", "py315"),
        ("tox.ini", TOX, "sphinx", "mkdocs"),
        ("README.md", "one", "one", "two"),
        ("sub/pyproject.toml", PYPROJECT, '"error"', '"default"'),
    ],
)
def test_what_only_other_tools_read_concerns_none(path: str, text: str, old: str, new: str) -> None:
    assert old in text
    assert not differs(path, text, text.replace(old, new))


def test_the_order_of_settings_says_nothing() -> None:
    warnings = 'filterwarnings = ["error"]\n'
    new = PYPROJECT.replace(warnings, "").replace("addopts", f"{warnings}addopts")
    assert not differs("pyproject.toml", PYPROJECT, new)


@pytest.mark.parametrize("path", sorted(CONFIGURATION))
def test_a_file_that_comes_or_goes_decides_what_else_is_read(path: str) -> None:
    assert decides(path, None, settings_of(path, ""))
    assert decides(path, settings_of(path, ""), None)


@given(st.sampled_from(sorted(CONFIGURATION)), st.text(alphabet="[]=#;:\n \t\"'ap.0{}\\", max_size=60))
def test_no_text_is_too_strange(path: str, text: str) -> None:
    found = settings_of(path, text)
    assert decides(path, found, found) == (found is None)
