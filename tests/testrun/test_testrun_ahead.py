"""What pytest finds out at each start, found out ahead: never stale, never less."""

import importlib.metadata
import os
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from companion.workers.testrun.ahead import Installed, Names
from companion.workers.testrun.patches import Patches


def install(folder: Path, name: str, *points: str) -> Path:
    info = folder / f"{name}-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n", "utf-8")
    (info / "entry_points.txt").write_text("[pytest11]\n" + "".join(f"{p} = {p}\n" for p in points), "utf-8")
    (info / "RECORD").write_text(f"{name}.py,,\n", "utf-8")
    return info


def touch(path: Path, seconds: int) -> None:
    """A time that differs, however coarse the file system's clock is."""
    os.utime(path, (seconds, seconds))


def said(installed: Any) -> list[Any]:
    return [(d.metadata["Name"], d.version, [e.name for e in d.entry_points], d.files) for d in installed()]


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    return tmp_path


def test_the_same_as_without(site: Path) -> None:
    install(site, "one", "first", "second")
    install(site, "two")
    original = importlib.metadata.distributions
    installed = Installed(original)
    for _ in range(2):
        assert said(installed) == said(original)
    assert all(isinstance(d, importlib.metadata.PathDistribution) for d in installed())


def test_read_once(site: Path) -> None:
    install(site, "one", "first")
    installed = Installed(importlib.metadata.distributions)
    before = list(installed())
    assert all(again is first for again, first in zip(installed(), before, strict=True))
    assert before[0].entry_points is before[0].entry_points


def test_what_is_installed_meanwhile_is_seen(site: Path) -> None:
    install(site, "one", "first")
    touch(site, 1_000_000_000)
    installed = Installed(importlib.metadata.distributions)
    assert said(installed)[0][0] == "one"
    install(site, "another", "other")
    touch(site, 1_000_000_001)
    assert said(installed) == said(importlib.metadata.distributions)
    assert "another" in {name for name, *_ in said(installed)}


def test_entry_points_that_change_in_place_are_seen(site: Path) -> None:
    points = install(site, "one", "first") / "entry_points.txt"
    installed = Installed(importlib.metadata.distributions)
    assert said(installed)[0][2] == ["first"]
    points.write_text("[pytest11]\nsecond = second\n", "utf-8")
    touch(points, 1_000_000_000)
    assert said(installed)[0][2] == ["second"]


def test_another_question_gets_its_own_answer(site: Path) -> None:
    install(site, "one", "first")
    installed = Installed(importlib.metadata.distributions)
    assert [d.metadata["Name"] for d in installed(name="one")] == ["one"]


def test_no_fixture_of_pytests_own_is_left_out() -> None:
    names = Names()
    for name, module in list(sys.modules.items()):
        if name.startswith("_pytest."):
            fixtures = {n for n, v in vars(module).items() if type(v).__name__ == "FixtureFunctionDefinition"}
            assert fixtures <= set(names(module))
    assert "capsys" in names(sys.modules["_pytest.capture"])


def test_other_holders_are_asked_as_ever(pytestconfig: pytest.Config) -> None:
    module = ModuleType("conftest")
    module.own = pytest.fixture(lambda: 1)  # type: ignore[attr-defined]
    names = Names()
    assert list(names(module)) == dir(module)
    assert list(names(self_made := Holder())) == dir(self_made)
    assert "own" in {*names(with_attribute(pytestconfig))}


class Holder:
    """A plugin of somebody's own."""

    @pytest.fixture
    def thing(self) -> int:
        return 1


def with_attribute(config: pytest.Config) -> object:
    """An object of pytest's own class, to which somebody gave something."""
    other = object.__new__(type(config))
    other.__dict__["own"] = 1
    return other


class Owner:
    """Whose attributes are replaced."""

    here = 1

    @classmethod
    def made(cls) -> str:
        return cls.__name__


class Heir(Owner):
    """Has none of its own."""


def test_everything_is_put_back() -> None:
    patches = Patches()
    patches.replace(Heir, "here", 2)
    patches.replace(Heir, "here", 3)
    patches.replace(Owner, "made", staticmethod(lambda: "nothing"))
    assert (Owner.here, Heir.here, Heir.made()) == (1, 3, "nothing")
    patches.undo()
    patches.undo()
    assert (Owner.here, Heir.here, Heir.made()) == (1, 1, "Heir")
    assert "here" not in vars(Heir)
