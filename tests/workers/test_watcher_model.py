"""The law of the watcher: whoever applies all that it sends, in order, has what is on the disk."""

import shutil
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from watcher_bench import Bench, Mirror, on_disk, quick

from companion.config import Config
from companion.messages import LookAt

places = st.sampled_from(["", "d", "e", "d/s", "e/s", "d/s/t", "c.txt", "d/b.py"])  # the last two are files at times
names = st.sampled_from(["a.py", "b.py", "c.txt", "pyproject.toml"])
paths = st.tuples(places, names).map("/".join).map(lambda path: path.lstrip("/"))
texts = st.lists(st.sampled_from(["x = 1\n", "y = 2\r\n", "é", "", "z\r", "\N{BOM}", "def f(): ...\n"]), max_size=8)
contents = st.one_of(
    texts.map(lambda parts: "".join(parts).encode()),
    st.sampled_from([b"", b"\xff\xfe", b"\0\1", b"# coding: latin-1\nx = '\xe9'\n", b"x" * 5000, b"y" * 5001]),
)

type Step = tuple[str, str, str, bytes]
steps = st.tuples(
    st.sampled_from([
        "write", "write", "write", "append", "replace", "delete",
        "move", "move folder", "remove folder", "say", "wait",
    ]),
    paths,
    paths,
    contents,
)  # fmt: skip


def do(root: Path, step: Step) -> None:
    """One thing that somebody may do; impossible ones do nothing."""
    what, first, second, data = step
    one, other = root / first, root / second
    try:
        match what:
            case "write":
                one.parent.mkdir(parents=True, exist_ok=True)
                one.write_bytes(data)
            case "append":
                with one.open("ab") as file:
                    file.write(data)
            case "replace":
                aside = root / "aside.tmp"
                aside.write_bytes(data)
                aside.replace(one)
            case "delete":
                one.unlink()
            case "move":
                one.replace(other)
            case "move folder":
                move_folder(root, one.parent, other.parent)
            case "remove folder":
                shutil.rmtree(one.parent) if one.parent != root else None
            case _:
                pass
    except OSError:
        pass  # no such file, a folder in its place, into itself: nobody can do that
    (root / "aside.tmp").unlink(missing_ok=True)


def move_folder(root: Path, one: Path, other: Path) -> None:
    if root not in {one, other} and not other.is_relative_to(one) and not other.exists():
        one.rename(other)


@contextmanager
def project() -> Generator[Path]:
    with tempfile.TemporaryDirectory() as name:
        root = Path(name).resolve()
        for path in "a.py", "d/a.py", "d/s/c.txt":
            do(root, ("write", path, path, b"x = 1\n"))
        yield root


def check(config: Config, script: list[Step]) -> None:
    root = Path(config.root)
    mirror = Mirror(on_disk(root))
    with Bench(config) as bench:
        for step in script:
            if step[0] == "wait":
                mirror.apply(bench.rest())
            elif step[0] == "say":
                bench.tell(LookAt((step[1],)))
            else:
                do(root, step)
        mirror.apply(bench.rest())
        assert mirror.files == on_disk(root)
        assert bench.rest() == []


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(st.lists(steps, max_size=25))
def test_what_is_sent_makes_the_disk(script: list[Step]) -> None:
    with project() as root:
        check(replace(quick(root), debounce=0.004, settle=0.02), script)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(st.lists(steps, max_size=25))
def test_polled_it_makes_the_disk_too(script: list[Step]) -> None:
    with project() as root:
        check(replace(quick(root), debounce=0.002, settle=0.01, polling="always", polling_interval=0.005), script)


@pytest.mark.parametrize("size", [999, 1000, 1001])
def test_files_around_the_limit(size: int, tmp_path: Path) -> None:
    with Bench(replace(quick(tmp_path), largest_file=1000)) as bench:
        (tmp_path / "a.py").write_bytes(b"#" * size)
        (change,) = bench.next().changes
        assert change.data == (b"#" * size if size <= 1000 else None)
        (tmp_path / "a.py").write_bytes(b"#" * (size - 1) + b"\n")
        (second,) = bench.next().changes
        assert second.base == change.hash != second.hash
        assert bool(second.edits) == (size <= 1000)
        (tmp_path / "a.py").write_bytes(b"x\n")
        (third,) = bench.next().changes
        assert (third.data == b"x\n") == (size > 1000)
