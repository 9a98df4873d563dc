"""Files that exist only in memory: a session with them is the session that there is once they are written."""

from pathlib import Path

import pytest
from overlaykit import LANES, end_of, overlaid, tree_of, written
from overlaytree import DISK, MEMORY, compared, write_down

from companion.messages import ItemFinished


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("tests/pack", "tests/loose"),
        ("--import-mode=importlib", "tests"),
        ("tests/pack/test_relative.py::TestIt::test_own", "tests/test_fresh.py::test_doubles", "src/shop/fresh.py"),
    ],
    ids=["all", "folders", "importlib", "items"],
)
@pytest.mark.parametrize("lane", LANES)
def test_as_if_they_were_written(lane: str, tmp_path: Path, arguments: tuple[str, ...]) -> None:
    root = written(tmp_path.resolve() / "project", DISK)
    before = tree_of(root)
    code = str(tmp_path / "code")
    unwritten = overlaid(lane, root, MEMORY, *arguments, code=code)
    assert tree_of(root) == before
    items = compared(unwritten, root)
    assert len(items) > 4
    assert compared(overlaid(lane, write_down(root), {}, *arguments, code=code), root) == items
    assert not [path for path, digest in end_of(unwritten).ran if not digest]
    assert not [item.id for item in unwritten if isinstance(item, ItemFinished) and item.disk_reads]
