import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from companion.core.diff import TextEdit
from companion.core.filechange import Version, content_after, decode, describe
from companion.core.text import UndecodableError, content_hash
from companion.messages import FileChange

contents = st.one_of(
    st.binary(max_size=40),
    st.text(max_size=40).map(lambda text: text.encode("utf-8", "surrogatepass")),
    st.text("ab\r\n", max_size=40).map(str.encode),
    st.tuples(
        st.sampled_from([b"", b"\xef\xbb\xbf"]),
        st.sampled_from(
            ["utf-8", "latin-1", "cp1252", "utf-7", "iso2022_jp", "undefined", "hex", "idna", "punycode"]
        ),
        st.binary(max_size=20),
    ).map(lambda parts: parts[0] + b"# coding: " + parts[1].encode() + b"\n" + parts[2]),
)
paths = st.sampled_from(["a.py", "a.pyi", "a.txt", "pyproject.toml", "a"])


def version(data: bytes, *, shared: bool = False) -> Version:
    return Version(content_hash(data), data, shared)


def change_of(path: str, old: Version | None, new: Version | None) -> FileChange:
    change = describe(path, old, new)
    assert change is not None
    return change


@given(paths, contents, contents, st.booleans())
@example("a.py", b"# coding: utf-7\n+AGE-", b"# coding: utf-7\na", True)
@example("a.py", b"\xef\xbb\xbfx", b"x", True)
def test_the_receiver_gets_the_same_bytes(path: str, old: bytes, new: bytes, shared: bool) -> None:
    change = describe(path, version(old, shared=shared), version(new))
    if old == new:
        assert change is None
    else:
        assert change is not None
        assert content_after(change, old) == new
        assert (change.data is not None) or shared


def test_edits_alone_once_the_receiver_has_the_text() -> None:
    change = change_of("a.py", version(b"x = 1\ny = 2\n", shared=True), version(b"x = 1\ny = 3\n"))
    assert (change.kind, change.edits, change.data) == ("modified", (TextEdit(10, 11, "3"),), None)


def test_the_first_time_the_whole_text_too() -> None:
    change = change_of("a.py", version(b"x = 1\n"), version(b"x = 2\n"))
    assert (change.edits, change.data) == ((TextEdit(4, 5, "2"),), b"x = 2\n")


def test_created() -> None:
    change = change_of("a.py", None, version(b"x"))
    assert change == FileChange("a.py", "created", "", content_hash(b"x"), (), b"x")


def test_deleted() -> None:
    change = change_of("a.py", version(b"x", shared=True), None)
    assert change == FileChange("a.py", "deleted", content_hash(b"x"), "", (), None)
    assert content_after(change, b"x") is None


def test_never_there() -> None:
    assert describe("a.py", None, None) is None


def test_old_text_unknown() -> None:
    change = change_of("a.json", Version("0" * 32, None, shared=True), version(b"{}"))
    assert (change.base, change.edits, change.data) == ("0" * 32, (), b"{}")


def test_binary() -> None:
    change = change_of("a.png", version(b"\x89P", shared=True), version(b"\x89Q"))
    assert (change.edits, change.data) == ((), b"\x89Q")


def test_too_large_to_carry() -> None:
    change = change_of("a.py", version(b"x", shared=True), Version("1" * 32, None))
    assert (change.hash, change.edits, change.data) == ("1" * 32, (), None)


def test_declared_encoding_changes() -> None:
    old = "# coding: latin-1\nx = 'é'\n".encode("latin-1")
    new = "# coding: utf-8\nx = 'é'\n".encode()
    change = change_of("a.py", version(old, shared=True), version(new))
    assert (change.edits, change.data) == ((), new)


@pytest.mark.parametrize(("path", "data"), [("a.txt", b"\xff"), ("a.py", b"# coding: nonsense\n"), ("a.py", b"\xff")])
def test_undecodable(path: str, data: bytes) -> None:
    with pytest.raises(UndecodableError):
        decode(path, data)
