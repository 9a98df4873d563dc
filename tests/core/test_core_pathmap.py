"""Paths here and there."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from companion.core.pathmap import PathMap, is_far

MAP = PathMap((("/home/u/app", "/srv/app"), ("/home/u/app/libs", "/libs"), ("/data", "/")))
NAMES = st.lists(st.sampled_from(["a", "b", "app", "app2", "libs"]), max_size=4)


@pytest.mark.parametrize(
    ("here", "there"),
    [
        ("/home/u/app", "/srv/app"),
        ("/home/u/app/tests/test_a.py", "/srv/app/tests/test_a.py"),
        ("/home/u/app2/a.py", "/home/u/app2/a.py"),
        ("/home/u/app/libs", "/libs"),
        ("/home/u/app/libs/x/y.py", "/libs/x/y.py"),
        ("/home/u/app/libs2", "/srv/app/libs2"),
        ("/usr/lib/python3", "/usr/lib/python3"),
        ("/data/x", "/x"),
        ("/data", "/"),
    ],
)
def test_there(here: str, there: str) -> None:
    assert MAP.there(here) == there


@pytest.mark.parametrize("here", ["/home/u/app", "/home/u/app/a.py", "/home/u/app/libs/x/y.py", "/data", "/data/x"])
def test_and_back(here: str) -> None:
    assert MAP.here(MAP.there(here)) == here


@given(NAMES, NAMES, NAMES)
def test_what_is_inside_comes_back(here: list[str], there: list[str], inside: list[str]) -> None:
    folder = "/".join(["/h", *here])
    paths = PathMap(((folder, "/".join(["/t", *there])),))
    path = "/".join([folder, *inside])
    assert paths.here(paths.there(path)) == path


def test_without_pairs_nothing_changes() -> None:
    assert not PathMap(())
    assert PathMap(()).there("/a/b") == PathMap(()).here("/a/b") == "/a/b"


def test_what_is_far() -> None:
    assert not is_far(("/usr/bin/python3",), ())
    assert is_far(("docker", "compose", "exec", "-T", "web", "python"), ())
    assert is_far(("./in-container",), (("/a", "/b"),))
