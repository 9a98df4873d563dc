"""The configuration as written: right, or one clear error."""

from dataclasses import fields
from pathlib import Path
from typing import cast

import pytest

from companion.config import Config, load, resolve
from companion.errors import UsageError


def test_a_file_that_is_no_text(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_bytes(b"x = '\xff'")
    with pytest.raises(UsageError, match="TOML"):
        load(tmp_path)


def test_a_folder_in_its_place(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").mkdir()
    with pytest.raises(UsageError, match="cannot be read"):
        load(tmp_path)


def write(folder: Path, text: str) -> Path:
    (folder / "pyproject.toml").write_text(text, "utf-8")
    return folder


def test_nothing_written(tmp_path: Path) -> None:
    assert load(tmp_path) == Config(root=str(tmp_path))
    assert load(write(tmp_path, "[project]\nname = 'x'\n")) == Config(root=str(tmp_path))


def test_everything_written(tmp_path: Path) -> None:
    config = load(
        write(
            tmp_path,
            '[tool.companion]\npython = "py"\nlane = "process"\npytest-args = ["-x"]\n'
            "item-timeout = 3\ndebounce = 0.1\n",
        )
    )
    assert (config.python, config.lane, config.pytest_args) == (("py",), "process", ("-x",))
    assert (config.item_timeout, config.debounce) == (3.0, 0.1)


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("[tool.companion", "TOML"),
        ("[tool.companion]\nunknown = 1", "unknown"),
        ("[tool]\ncompanion = 3", "table"),
        ('[tool.companion]\nlane = "fast"', "lane"),
        ("[tool.companion]\nlane = 1", "lane"),
        ("[tool.companion]\npython = 3", "python"),
        ("[tool.companion]\nignore = [1]", "ignore"),
        ('[tool.companion]\npython = "py"\npath-map = "/srv/app"', "must be a table"),
        ('[tool.companion]\npython = "py"\npath-map = { "." = 1 }', "absolute path there, not 1"),
        ('[tool.companion]\npython = "py"\npath-map = { "." = "srv/app" }', "absolute path there"),
        ('[tool.companion]\npython = "py"\npath-map = { "libs" = "/libs" }', "where the project itself is"),
        ('[tool.companion]\npython = "py"\npath-map = { "." = "/a", "./" = "/b" }', "one place there"),
        ('[tool.companion]\npython = "py"\npath-map = { "." = "/a", "libs" = "/a/" }', "no two the same"),
        ('[tool.companion]\npath-map = { "." = "/srv/app" }', "needs python"),
        ("[tool.companion]\ndebounce = -1", "debounce"),
        ("[tool.companion]\ndebounce = true", "debounce"),
        ('[tool.companion]\nitem-timeout = "long"', "item_timeout must be a number"),
        ("[tool.companion]\nitem-timeout = inf", "finite"),
        ("[tool.companion]\nsettle = nan", "settle"),
        ("[tool.companion]\npolling-interval = 0", "polling_interval"),
        ("[tool.companion]\nlargest-report = 3", "at least 100"),
        ("[tool.companion]\nlargest-file = 2.5", "a whole number"),
        ("[tool.companion]\npolling = []", "polling must be one of"),
        ("[tool.companion]\nroot = '/'", "no option 'root'"),
        ("[tool.companion]\ncode-folder = '/'", "no option"),
        ("tool = 3", "table"),
        ("[[tool.companion]]", "table"),
        ("x = " + "[" * 5000, "TOML"),
    ],
)
def test_one_clear_error(tmp_path: Path, text: str, named: str) -> None:
    with pytest.raises(UsageError, match=named) as caught:
        load(write(tmp_path, text))
    assert "\n" not in str(caught.value).split("(")[0]


DEFAULTS: list[tuple[str, object]] = [
    (f.name, f.default) for f in fields(Config) if f.name not in ("root", "code_folder")
]


@pytest.mark.parametrize(("name", "default"), DEFAULTS, ids=[name for name, _ in DEFAULTS])
def test_every_default_can_be_written(name: str, default: object) -> None:
    value: object = list(cast("tuple[str, ...]", default)) if isinstance(default, tuple) else default
    if name in ("path_map", "lanes"):
        value = {}
    assert resolve("/r", {name.replace("_", "-"): value}) == Config(root="/r")


@pytest.mark.parametrize("there", ["/srv/app", "/srv/app/", "//srv//x/../app"])
def test_where_the_project_is_on_the_far_side(tmp_path: Path, there: str) -> None:
    text = f'[tool.companion]\npython = "py"\npath-map = {{ "." = "{there}", "../lib" = "/lib" }}\n'
    root = write(tmp_path.resolve(), text)
    assert load(root).path_map == ((str(root), "/srv/app"), (str(root.parent / "lib"), "/lib"))
    assert load(root / "nowhere").path_map == ()
