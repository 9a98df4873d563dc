"""What configures pytest, its plugins and companion, as parts that can change: sections of files. Pure.

A section counts unless it is known to be somebody else's: plugins read what they like.
"""

import tomllib
from configparser import Error, RawConfigParser
from fnmatch import fnmatchcase
from typing import cast

from companion.core.impact.parts import Part, Source
from companion.core.impact.variables import fingerprint

CONFIGURATION = frozenset({"pyproject.toml", "pytest.ini", ".pytest.ini", "tox.ini", "setup.cfg"})
"""Of the project's own folder."""
PACKAGING = frozenset({"project", "build-system", "dependency-groups"})
"""Tables of which tests see what an installation makes of them."""
OTHERS = (
    "autopep8", "bandit", "basedpyright", "bdist_*", "black", "build_*", "bumpver", "bumpversion*", "check-manifest",
    "check-wheel-contents", "cibuildwheel", "codespell", "commitizen", "darglint", "devpi*", "djlint", "doc8",
    "docformatter", "egg_info", "flake8", "flit", "gh", "gh-actions", "hatch", "interrogate", "isort", "maturin",
    "meson-python", "metadata", "mkdocs", "mypy", "mypy-*", "nbqa", "numpydoc_validation", "options", "options.*",
    "pdm", "pep8", "pixi", "poe", "poetry", "poetry-*", "poetry_*", "pycodestyle", "pydocstyle", "pylint*",
    "pyrefly", "pyright", "pyupgrade", "refurb", "ruff", "scikit-build", "scriv", "sdist", "semantic_release",
    "setuptools", "setuptools_scm", "sphinx*", "taskipy", "tbump", "testenv*", "towncrier", "tox", "ty", "typos",
    "upload_docs", "uv", "versioneer", "versioningit", "vulture", "yapf", "zest.releaser",
)  # fmt: skip
"""Sections of tools that look at a project and do not run with its tests."""


def settings_of(path: str, text: str) -> Source | None:
    """A part for each section that counts; None for what cannot be read as what it is named."""
    try:
        sections = _tables(text) if path.endswith(".toml") else _sections(text)
    except tomllib.TOMLDecodeError, Error, RecursionError:
        return None
    return Source({name: Part(name, "binding", fingerprint(value)) for name, value in sections.items()})


def decides(path: str, old: Source | None, new: Source | None) -> bool:
    """Whether all tests are concerned by a change of this file; None is one that is not there, or cannot be read."""
    if path not in CONFIGURATION:
        return False
    if old is None or new is None:
        return True
    return {part.key: part.fingerprint for part in old.parts.values()} != {
        part.key: part.fingerprint for part in new.parts.values()
    }


class _Parser(RawConfigParser):
    def optionxform(self, optionstr: str) -> str:
        """Pytest tells cases apart."""
        return optionstr


def _tables(text: str) -> dict[str, str]:
    document = tomllib.loads(text)
    tools = document.pop("tool", {})
    of_tools = cast("dict[str, object]", tools) if isinstance(tools, dict) else {"": tools}
    found = {name: _canonical(table) for name, table in document.items() if name not in PACKAGING}
    return found | {f"tool.{name}": _canonical(table) for name, table in of_tools.items() if not _is_others(name)}


def _sections(text: str) -> dict[str, str]:
    parser = _Parser(comment_prefixes=("#", ";"), allow_no_value=True)
    parser.read_string(text)
    names = [name for name in parser.sections() if not _is_others(name.removeprefix("tool:").partition(":")[0])]
    return {name: _canonical(dict(parser.items(name))) for name in names}


def _is_others(name: str) -> bool:
    return any(fnmatchcase(name, pattern) for pattern in OTHERS)


def _canonical(value: object) -> str:
    """The order of a table's keys says nothing."""
    match value:
        case dict():
            table = cast("dict[str, object]", value)
            return f"{{{','.join(f'{key!r}:{_canonical(table[key])}' for key in sorted(table))}}}"
        case list():
            return f"[{','.join(map(_canonical, cast('list[object]', value)))}]"
        case _:
            return repr(value)
