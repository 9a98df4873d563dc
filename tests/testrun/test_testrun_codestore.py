"""Compiled code by content: never stale, never in the way."""

from pathlib import Path
from types import CodeType

import pytest

from companion.workers.testrun.codestore import CodeStore

PATH = "/project/module.py"


def run(code: CodeType) -> dict[str, object]:
    space: dict[str, object] = {}
    exec(code, space)  # noqa: S102 - code of this test's own
    return space


def test_what_is_kept_comes_back(tmp_path: Path) -> None:
    store = CodeStore(str(tmp_path), "module")
    source = b"x = 1\n"
    assert store.load(PATH, source) is None
    store.save(PATH, source, compile(source, PATH, "exec"))
    again = store.load(PATH, source)
    assert again is not None
    assert run(again)["x"] == 1
    assert again.co_filename == PATH


@pytest.mark.parametrize(
    ("path", "source", "kind"),
    [(PATH, b"x = 2\n", "module"), ("/project/other.py", b"x = 1\n", "module"), (PATH, b"x = 1\n", "pytest-9")],
)
def test_anything_else_is_not_found(tmp_path: Path, path: str, source: bytes, kind: str) -> None:
    CodeStore(str(tmp_path), "module").save(PATH, b"x = 1\n", compile(b"x = 1\n", PATH, "exec"))
    assert CodeStore(str(tmp_path), kind).load(path, source) is None


@pytest.mark.parametrize("damage", [b"", b"\xe3", b"nonsense", b"N"])
def test_a_damaged_entry_is_compiled_again(tmp_path: Path, damage: bytes) -> None:
    store = CodeStore(str(tmp_path), "module")
    store.save(PATH, b"x = 1\n", compile(b"x = 1\n", PATH, "exec"))
    (entry,) = [path for path in tmp_path.glob("*/*") if path.is_file()]
    entry.write_bytes(damage)
    assert store.load(PATH, b"x = 1\n") is None
    store.save(PATH, b"x = 1\n", compile(b"x = 1\n", PATH, "exec"))
    assert store.load(PATH, b"x = 1\n") is not None


def test_no_folder_and_an_impossible_one(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for folder in ("", str(tmp_path / "file" / "inside")):
        store = CodeStore(folder, "module")
        store.save(PATH, b"x = 1\n", compile(b"x = 1\n", PATH, "exec"))
        assert store.load(PATH, b"x = 1\n") is None
