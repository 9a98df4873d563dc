"""Texts of files, as they are kept for what is found out later: how many, how large, and nobody's secrets."""

import zlib
from pathlib import Path
from random import Random

import pytest
from recordkit import Workplace, workplace

from companion.core.impact.texts import UNKNOWN
from companion.workers.running.impact import known
from companion.workers.running.impact.past import Past

VARIABLES = "API_KEY=hunter2\n"
FILES = {"app.py": "A = 1\n", ".env": VARIABLES, ".env.test": VARIABLES, "data.txt": "hunter2\n"}


def held(place: Workplace, path: str) -> str | None:
    deflated = place.impact.known.before(path)
    return None if deflated == UNKNOWN else zlib.decompress(deflated).decode()


def test_a_file_of_variables_is_remembered_only_as_long_as_the_engine_lives(tmp_path: Path) -> None:
    with workplace(tmp_path / "project", FILES) as place:
        for path in FILES:
            place.impact.known.meet(path)
        assert held(place, ".env") == VARIABLES
        assert [place.records.text(path) for path in (".env", ".env.test")] == [None, None]
        place.restart()
        assert [held(place, path) for path in FILES] == ["A = 1\n", None, None, "hunter2\n"]


def test_so_is_what_others_may_not_read_though_they_may_look_into_the_project(tmp_path: Path) -> None:
    root = tmp_path / "project"
    with workplace(root, FILES) as place:
        root.chmod(0o755)
        (root / "data.txt").chmod(0o600)
        place.impact.known.meet("data.txt")
        assert place.records.text("data.txt") is None
        (root / "data.txt").chmod(0o644)
        place.edit({"data.txt": "open\n"})
        assert held(place, "data.txt") == "open\n"
        assert place.records.text("data.txt") is not None


def test_in_a_project_that_is_closed_to_others_everything_is_kept(tmp_path: Path) -> None:
    root = tmp_path / "project"
    with workplace(root, FILES) as place:
        root.chmod(0o700)
        (root / "data.txt").chmod(0o600)
        place.impact.known.meet("data.txt")
        assert place.records.text("data.txt") is not None


def test_all_texts_together_have_their_bound(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(known, "TOTAL", 2500)
    random = Random(1)
    texts = {f"data{number}.txt": random.randbytes(500).hex() for number in range(8)}
    with workplace(tmp_path / "project", texts) as place:
        for path in texts:
            place.impact.known.meet(path)
        assert 1500 < place.records.text_bytes() <= 2500
        place.edit({"data0.txt": "small"})  # in the place of a large one: there is room for another
        place.edit({"data7.txt": "small, too"})
        assert held(place, "data7.txt") == "small, too"
        place.restart()
        place.edit({path: random.randbytes(500).hex() for path in texts})
        assert place.records.text_bytes() <= 2500


def test_a_large_file_is_not_held_in_memory(tmp_path: Path) -> None:
    with workplace(tmp_path / "project", {"data.bin": "x" * (known.LARGEST + 1)}) as place:
        place.impact.known.read("data.bin")
        assert place.impact.known._latest == ("", b"")  # pyright: ignore[reportPrivateUsage]
        place.impact.known.meet("data.bin")
        assert held(place, "data.bin") is None


@pytest.mark.parametrize("binary", [b"\x7fELF\x00\x01", b"\xff\xfe\xfa"])
def test_what_is_no_text_is_not_shown(binary: bytes) -> None:
    past = Past()
    past.add("one.bin", b"text", binary, ())
    past.add("two.bin", binary, b"text", ())
    past.add("new.bin", None, binary, ())
    past.add("gone.bin", binary, None, ())
    assert past.data == {
        "one.bin": ("", ""), "two.bin": ("", ""), "new.bin": (None, ""), "gone.bin": ("", None),
    }  # fmt: skip


def test_python_that_is_no_text_is_not_compared() -> None:
    past = Past()
    past.add("app.py", b"# coding: nonsense\n", b"A = 1\n", ("app.py",))
    assert (past.pending, past.is_code_other) == ({}, True)
