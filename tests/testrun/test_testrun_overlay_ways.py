"""The ways of reading a module's text: who sees an overlay, and that whoever sees the disk is marked for it."""

import pytest
from overlaykit import LANES, end_of, items_of, overlaid, tree_of
from overlayways import OVER, OVERLAY, OVERLAYS, PROGRAMS, SUBJECT, WAYS, ways_project

from companion.core.text import content_hash
from companion.messages import EVERYTHING, ItemFinished


@pytest.fixture(scope="module", params=LANES)
def said(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> list[ItemFinished]:
    """One session; every way of reading is an item of it."""
    root = ways_project(tmp_path_factory.mktemp("project").resolve())
    before = tree_of(root)
    said = overlaid(request.param, root, OVER, "test_ways.py")
    assert tree_of(root) == before
    assert (SUBJECT, content_hash(OVERLAY.encode())) in end_of(said).ran
    assert not [path for path, digest in end_of(said).ran if not digest]
    return list(items_of(said).values())


@pytest.mark.parametrize("way", WAYS)
def test_a_way_of_reading(said: list[ItemFinished], way: str) -> None:
    item = said[WAYS.index(way)]
    assert (item.outcome, item.message) == ("passed", "")
    if way in OVERLAYS:
        assert item.disk_reads == ()
    else:
        assert item.disk_reads == ((EVERYTHING,) if way in PROGRAMS else (SUBJECT,))
