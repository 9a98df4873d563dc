"""Whatever is installed, upgraded or removed, and another Python, makes another environment; nothing else does."""

import os
import shutil
import time
from pathlib import Path
from random import Random

import pytest

from companion.store.fingerprint import Snapshot, environment_fingerprint, packages_stamp


@pytest.fixture
def site(tmp_path: Path) -> Path:
    site = tmp_path / "lib" / "site-packages"
    for name in ("attrs-25.1.dist-info", "click-8.3.dist-info", "attr", "click", "old.egg-info"):
        (site / name).mkdir(parents=True)
    (site / "easy-install.pth").write_text("/somewhere\n")
    return site


def snapshot(*sites: Path | str, prefix: str = "/project/.venv", build: str = "3.14.8 (main)") -> Snapshot:
    return (("prefix", prefix), ("version", "3.14.8"), ("build", build), ("sites", tuple(map(str, sites))))


def of(*sites: Path | str, **shown: str) -> str:
    return environment_fingerprint(snapshot(*sites, **shown), "1.0")


def test_it_is_the_same_whenever_it_is_taken(site: Path) -> None:
    first = of(site)
    assert len(first) == 16
    assert int(first, 16) >= 0
    (site / "attr" / "new.py").write_text("")
    (site / "__pycache__").mkdir()
    (site / "single.py").write_text("")
    assert of(site) == first
    assert environment_fingerprint(tuple(reversed(snapshot(site))), "1.0") == first


def test_the_order_of_a_listing_means_nothing(site: Path) -> None:
    names = sorted(path.name for path in site.iterdir())
    moment = time.time_ns()
    seen: set[str] = set()
    for seed in range(5):
        shutil.rmtree(site)
        site.mkdir()
        Random(seed).shuffle(names)
        for name in names:
            (site / name).mkdir()
            os.utime(site / name, ns=(moment, moment))
        seen.add(of(site))
    assert len(seen) == 1


def test_what_installing_changes(site: Path) -> None:
    seen = [of(site)]
    (site / "httpx-1.0.dist-info").mkdir()
    seen.append(of(site))
    (site / "attrs-25.1.dist-info").rename(site / "attrs-25.2.dist-info")
    seen.append(of(site))
    (site / "click-8.3.dist-info").rmdir()
    seen.append(of(site))
    os.utime(site / "attrs-25.2.dist-info", ns=(1, 1))  # installed again
    seen.append(of(site))
    (site / "__editable__.shop.pth").write_text("/shop/src")
    seen.append(of(site))
    assert len(set(seen)) == len(seen)


def test_another_python_or_another_companion(site: Path) -> None:
    others = [of(site), of(site, prefix="/other"), of(site, build="3.14.9 (main)"), of(), of(site, site)]
    assert len({*others, environment_fingerprint(snapshot(site), "1.1")}) == 6


def test_where_one_value_ends_and_the_next_begins() -> None:
    """A path that looks like the others joined is another."""
    told: list[Snapshot] = [
        (("path", ("a", "b")), ("sites", ())),
        (("path", ("a", "b", "sites", "0")), ("sites", ())),
        (("path", ("ab",)), ("sites", ())),
        (("path", ()), ("sites", ("a", "b"))),
        (("path", "a"), ("sites", ("b",))),
    ]
    assert len({environment_fingerprint(shown, "1.0") for shown in told}) == len(told)


def test_folders_that_are_not_here(site: Path) -> None:
    """The interpreter lives in a container, a folder is gone or may not be read, or a name is no text."""
    assert of("/in/the/container/site-packages") == of("/in/the/container/site-packages")
    assert of("/in/the/container/site-packages") != of("/in/another/site-packages")
    assert of(site / "easy-install.pth")
    assert of(site, "\0", "\ud800")
    (site / "broken.dist-info").symlink_to("nowhere")
    assert of(site) == of(site)


def test_what_makes_another_environment_is_noticed_without_reading_it(site: Path) -> None:
    """Coming and going: an installer writes a mark anew by making another one."""
    stamps = [packages_stamp(snapshot(site))]
    for act in (
        (site / "httpx-1.0.dist-info").mkdir,
        lambda: (site / "attrs-25.1.dist-info").rename(site / "attrs-25.2.dist-info"),
        (site / "click-8.3.dist-info").rmdir,
    ):
        os.utime(site, ns=(1, 1))  # whatever the clock's grain
        act()
        stamps.append(packages_stamp(snapshot(site)))
    assert len(set(stamps)) == len(stamps)
    assert packages_stamp(snapshot(site)) == stamps[-1]
    assert packages_stamp(snapshot("/in/the/container", "\0")) == (0, 0)
