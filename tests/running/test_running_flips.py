"""Flips that are looked into as everything was before."""

from collections.abc import Callable, Collection
from dataclasses import replace
from pathlib import Path

from recordkit import passed, workplace

from companion.messages import ItemFinished, Outcome, Overlay
from companion.workers.running.flips import Flip, Flips, Session

T = "test_a.py::test_x"


def test_what_is_too_much_to_be_laid_over_the_disk_is_not_looked_into(tmp_path: Path) -> None:
    """It hardly counts deflated; but it is to fit into one frame."""
    large = {f"data{number}.json": str(number) * 900_000 for number in range(40)}
    asked: list[tuple[Overlay, ...]] = []

    def run(
        files: Collection[str], over: Callable[[Session], None], *,
        chosen: Collection[str] | None = None, overlays: tuple[Overlay, ...] = (),
    ) -> None:  # fmt: skip
        asked.append(overlays)

    with workplace(tmp_path / "project", large) as place:
        for path in large:
            place.impact.known.meet(path)
        place.edit(dict.fromkeys(large, "{}"))
        last: ItemFinished = replace(passed(T), outcome="failed")
        shown: list[Outcome | None] = ["failed", "failed", "failed"]
        told: list[Flip] = []
        Flips(place.impact, run).begin([Flip(passed(T), 0, last, Session(place.recording), shown)], told.extend)
        assert asked == []
        assert [flip.next() for flip in told] == ["miss"]
