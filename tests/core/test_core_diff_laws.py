"""Differences against oracles: git applies them, lines are counted one by one."""

import subprocess
from pathlib import Path
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from companion.core.diff import MOST_LINES, TextEdit, apply, diff, touched_lines, unified
from companion.core.text import UndecodableError, decode_source, encode_source, split_lines

CALM = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
PIECES = ["a", "b", "\n", "\n", "\r\n", "\r", "\f", "\x85", "\u2028", "😀", "x = 1\n", "\\ No newline at end\n"]
LINES = st.lists(st.sampled_from(["a\n", "b\n", "c\r\n", "d\r", "\n"]), min_size=1, max_size=15)


@pytest.mark.parametrize("seed", range(3))
def test_git_applies_what_is_shown(seed: int, tmp_path: Path) -> None:
    random = Random(seed)
    shown: list[str] = []
    news: dict[Path, str] = {}
    for number in range(60):
        old, new = ("".join(random.choices(PIECES, k=random.randint(1, 30))) for _ in range(2))
        path = tmp_path / f"f{number}.py"
        path.write_bytes(old.encode())
        news[path] = new
        shown.append(unified(old, new, path.name))
    (tmp_path / "change.diff").write_bytes("".join(shown).encode())
    apply_it = ["git", "apply", "--whitespace=nowarn", "change.diff"]
    subprocess.run(apply_it, cwd=tmp_path, check=True, capture_output=True)
    for path, new in news.items():
        assert path.read_bytes() == new.encode()


@CALM
@given(LINES, st.data())
def test_one_changed_line_is_one_edit_within_it(lines: list[str], data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(lines) - 1))
    changed = [*lines[:at], f"new {lines[at]}", *lines[at + 1 :]]
    (edit,) = diff("".join(lines), "".join(changed))
    assert (edit.end - edit.start, edit.text) == (0, "new ")


@CALM
@given(LINES, st.data())
def test_a_deleted_line_is_one_edit(lines: list[str], data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(lines) - 1))
    (edit,) = diff("".join(lines), "".join(lines[:at] + lines[at + 1 :]))
    assert (edit.end - edit.start, edit.text) == (len(lines[at]), "")


@CALM
@given(LINES, st.lists(st.tuples(st.integers(0, 40), st.integers(0, 4), st.sampled_from(["", "z", "z\n", "\ny"]))))
def test_touched_lines_are_those_that_hold_what_was_written(
    lines: list[str], cuts: list[tuple[int, int, str]]
) -> None:
    old = "".join(lines)
    edits: list[TextEdit] = []
    for start, length, text in sorted(cuts):
        first = min(start, len(old))
        end = min(first + length, len(old))
        if (not edits or edits[-1].end < first) and not _cuts_a_line_end(old, first, end, text):
            edits.append(TextEdit(first, end, text))
    new = apply(edits, old)
    assert touched_lines(edits, new) == tuple(_touched(edits, old, new))


def _cuts_a_line_end(old: str, start: int, end: int, text: str) -> bool:
    """Between ``\\r`` and ``\\n``, or so that they meet: then counting one by one means something else."""
    return "\r" in old[max(0, start - 1) : end + 1] or "\r" in text


def _touched(edits: list[TextEdit], old: str, new: str) -> list[range]:
    """Write the text character by character, each with the number of the edit that it comes from."""
    whose: list[int] = []
    places: list[int] = []
    position = 0
    for number, edit in enumerate(edits):
        whose += [-1] * (edit.start - position) + [number] * len(edit.text)
        places.append(len(whose) - len(edit.text))
        position = edit.end
    whose += [-1] * (len(old) - position)
    number_of = [n for n, line in enumerate(split_lines(new), 1) for _ in line]
    last = number_of[-1] + new.endswith(("\n", "\r")) if new else 1
    touched: list[range] = []
    for number, place in enumerate(places):
        own = [number_of[at] for at, owner in enumerate(whose) if owner == number]
        own = own or [number_of[place] if place < len(new) else last]
        touched.append(range(own[0], own[-1] + 1))
    return touched


def test_many_equal_lines_do_not_cost_a_minute() -> None:
    """What would take difflib minutes is one edit; what it can do quickly stays fine."""
    old = "".join(f"{{\n  id: a{n}\n}},\n" for n in range(MOST_LINES // 3 - 1))
    new = old.replace("id: a", "id: b")
    assert apply(diff(old, new), old) == new
    few = old.replace("a0\n", "b\n").replace("a700\n", "b\n").replace("a1300\n", "b\n")
    assert [edit.text for edit in diff(old, few)] == ["b", "b", "b"]


@pytest.mark.parametrize("codec", ["undefined", "idna", "hex", "rot13", "mbcs", "aliases", "no-such-codec", "utf-16"])
def test_codecs_that_are_none_for_text(codec: str) -> None:
    with pytest.raises(UndecodableError):
        decode_source(f"# coding: {codec}\n".encode() + b"\xff..\n")


@CALM
@given(st.sampled_from(["latin-1", "cp1252", "utf-8", "utf-8-sig", "ascii"]), st.text(max_size=30))
def test_what_can_be_written_in_an_encoding_comes_back(codec: str, text: str) -> None:
    source = f"# coding: {codec}\n{text}"
    try:
        data = source.encode(codec)
    except UnicodeEncodeError:
        return
    decoded, encoding = decode_source(data)
    assert (decoded, encode_source(decoded, encoding)) == (source, data)
