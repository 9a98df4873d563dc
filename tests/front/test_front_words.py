"""Small words, editors' commands, the project's root."""

import os
from pathlib import Path
from typing import Literal

import pytest
from frontkit import change, finished
from hypothesis import given
from hypothesis import strategies as st

from companion.errors import UsageError
from companion.front.editor import edit
from companion.front.root import find, find_with
from companion.front.words import (
    SUBSTITUTE,
    changed,
    clean,
    count,
    duration,
    inline,
    left_out,
    one_line,
    size,
    verdict,
)
from companion.messages import Selected, Trigger


@pytest.mark.parametrize(
    ("seconds", "words"), [(0, "0.00s"), (0.42, "0.42s"), (12.34, "12.3s"), (59.96, "60.0s"), (125.9, "2m05s")]
)
def test_duration(seconds: float, words: str) -> None:
    assert duration(seconds) == words


@pytest.mark.parametrize(("number", "words"), [(0, "0 tests"), (1, "1 test"), (12_345, "12,345 tests")])
def test_count(number: int, words: str) -> None:
    assert count(number, "test") == words


@pytest.mark.parametrize(("amount", "words"), [(0, ""), (24_300_000, "24.3 MB")])
def test_size(amount: int, words: str) -> None:
    assert size(amount) == words


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain\ttext\n", "plain\ttext\n"),
        ("\x1b[1;31mred\x1b[0m", "red"),
        ("\x1b]8;;http://x\x1b\\link\x1b]8;;\x1b\\", "link"),
        ("bell\x07 nul\x00 del\x7f csi\x9b", "bell␇ nul␀ del␡ csi�"),
        ("a\r\nb\rc", "a\nb␍c"),
    ],
)
def test_clean(text: str, shown: str) -> None:
    assert clean(text) == shown


@given(st.text())
def test_clean_text_has_no_control_character_but_tabs_and_line_feeds(text: str) -> None:
    assert not [char for char in clean(text) if (ord(char) < 32 and char not in "\t\n") or 127 <= ord(char) < 160]


@given(st.text())
def test_inline_and_one_line_are_one_line(text: str) -> None:
    assert "\n" not in inline(text) + one_line(text)


def test_verdict_says_the_worst_first() -> None:
    assert verdict(finished(passed=3, failed=2, errors=1, skipped=4)) == "2 failed, 1 error, 3 passed, 4 skipped"


def test_verdict_names_what_was_expected_to_fail_as_pytest_does() -> None:
    assert verdict(finished(passed=1, xfailed=2, xpassed=3)) == "1 passed, 2 xfailed, 3 xpassed"


def test_left_out_says_why() -> None:
    assert left_out(Selected(1, (), 57), finished(deselected=3)) == "57 not affected, 3 deselected"
    assert left_out(Selected(1, (), 0, 42), finished()) == "42 in other shards"
    assert left_out(Selected(1, (), 0)) == ""


@pytest.mark.parametrize(
    ("trigger", "files", "words"),
    [
        ("save", ["a.py"], "saved a.py"),
        ("disk", ["a.py", "b.py", "c.py"], "changed on disk: a.py and 2 more"),
        ("start", [], "started"),
        ("request", ["a.py"], "again for a.py"),
    ],
)
def test_changed(trigger: Trigger, files: list[str], words: str) -> None:
    assert changed(change(*files, trigger=trigger)) == words


@pytest.mark.parametrize(("encoding", "data"), [("ascii", b"x 1 - ok ?"), ("latin-1", b"x 1 \xb7 ok \xe9")])
def test_encodings_that_lack_our_signs(encoding: str, data: bytes) -> None:
    text = "✗ 1 · ok é"
    assert text.encode(encoding, SUBSTITUTE) == data


@pytest.mark.parametrize(
    ("chosen", "command", "where"),
    [
        ("vim", ("vim", "+7", "/p/a.py"), "terminal"),
        ("/usr/bin/nvim -p", ("/usr/bin/nvim", "-p", "+7", "/p/a.py"), "terminal"),
        ("emacs -nw", ("emacs", "-nw", "+7", "/p/a.py"), "terminal"),
        ("nano", ("nano", "+7", "/p/a.py"), "terminal"),
        ("hx", ("hx", "/p/a.py:7"), "terminal"),
        ("code --wait", ("code", "--wait", "-g", "/p/a.py:7"), "window"),
        ("subl", ("subl", "/p/a.py:7"), "window"),
        ("pycharm", ("pycharm", "--line", "7", "/p/a.py"), "window"),
        ("ed", ("ed", "/p/a.py"), "terminal"),
    ],
)
def test_editor(chosen: str, command: tuple[str, ...], where: Literal["terminal", "window"]) -> None:
    found = edit({"EDITOR": chosen}, "/p/a.py", 7)
    assert found is not None
    assert (found.command, found.terminal) == (command, where == "terminal")


def test_visual_wins() -> None:
    found = edit({"EDITOR": "ed", "VISUAL": "vi"}, "/p/a.py", 7)
    assert found is not None
    assert found.command[0] == "vi"


@pytest.mark.parametrize("environment", [{}, {"EDITOR": ""}, {"EDITOR": "  "}, {"EDITOR": "'vim"}])
def test_no_editor(environment: dict[str, str]) -> None:
    assert edit(environment, "/p/a.py", 7) is None


def refuse(_path: Path) -> object:
    raise PermissionError


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "pyproject.toml").touch()
    (tmp_path / "src/deep").mkdir(parents=True)
    return tmp_path.resolve()


def test_root_is_the_folder_named(project: Path) -> None:
    assert find(str(project / "src")) == project / "src"


def test_root_is_the_nearest_marked_folder_upwards(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(project / "src/deep")
    assert find(None) == project


def test_nearer_marker_wins(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (project / "src/setup.cfg").touch()
    monkeypatch.chdir(project / "src/deep")
    assert find(None) == project / "src"


def test_root_has_its_links_resolved(project: Path) -> None:
    link = project / "link"
    link.symlink_to(project / "src")
    assert find(str(link)) == project / "src"


def test_root_does_not_exist(project: Path) -> None:
    with pytest.raises(UsageError, match="does not exist: name the project's folder"):
        find(str(project / "gone"))


def test_root_is_a_file(project: Path) -> None:
    with pytest.raises(UsageError, match=r"pyproject\.toml is a file: name the project's folder instead"):
        find(str(project / "pyproject.toml"))


@pytest.mark.parametrize("item", ["", "::test_one", "::TestIt::test_one[a::b]"])
def test_a_test_is_run_in_its_project(project: Path, item: str, monkeypatch: pytest.MonkeyPatch) -> None:
    (project / "src/deep/test_it.py").touch()
    monkeypatch.chdir(project / "src")
    assert find_with([f"deep/test_it.py{item}"]) == (project, (f"src/deep/test_it.py{item}",))


def test_several_are_named(project: Path) -> None:
    (project / "test_it.py").touch()
    assert find_with([str(project / "src"), str(project / "test_it.py")]) == (project, ("src", "test_it.py"))
    assert find_with([str(project), str(project / "src/deep")]) == (project, ("src/deep",))


def test_a_folder_that_belongs_to_nothing_is_a_project(tmp_path: Path) -> None:
    assert find_with([str(tmp_path)]) == (tmp_path, ())


def test_what_is_no_test_is_no_argument(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(project / "src")
    assert find_with([]) == find_with([str(project)]) == (project, ())
    with pytest.raises(UsageError, match="does not exist"):
        find_with([str(project / "test_gone.py")])
    with pytest.raises(UsageError, match="is a file"):
        find_with([str(project / "pyproject.toml")])
    with pytest.raises(UsageError, match="cannot be used"):
        find_with(["a\0b"])


def test_tests_of_several_projects(project: Path) -> None:
    (project / "src/setup.cfg").touch()
    with pytest.raises(UsageError, match="of several projects"):
        find_with([str(project / "src/deep"), str(project)])


def test_root_may_not_be_read(project: Path) -> None:
    with pytest.raises(UsageError, match="may not be read"):
        find(str(project), entries=refuse)


def test_root_with_a_null_character() -> None:
    with pytest.raises(UsageError, match="cannot be used"):
        find("a\0b")


def test_current_folder_was_deleted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    with pytest.raises(UsageError, match="no longer exists"):
        find(None)
    os.chdir(tmp_path)
