"""The base protocol's frames: however the bytes are cut, the same bodies; what is no frame is skipped or refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lsp.framing import Decoder, FramingError, frame


@given(st.lists(st.binary(max_size=80)), st.data())
def test_any_cut_gives_the_same_bodies(bodies: list[bytes], data: st.DataObject) -> None:
    stream = b"".join(map(frame, bodies))
    decoder, got, position = Decoder(), list[bytes](), 0
    while position < len(stream):
        end = data.draw(st.integers(position + 1, len(stream)))
        got += decoder.feed(stream[position:end])
        position = end
    assert got == bodies


@pytest.mark.parametrize(
    "header",
    [
        b"Content-Length: 2\r\n\r\n",
        b"content-length: 2\r\n\r\n",
        b"CONTENT-LENGTH:2\r\n\r\n",
        b"Content-Type: application/vscode-jsonrpc; charset=utf-8\r\nContent-Length: 2\r\n\r\n",
        b"content-length : 2 \n\n",
        b"Traceback (most recent call last):\nContent-Length: 2\r\n\r\n",
        b"foreign\r\n\r\nContent-Length: 2\r\n\r\n",
        b"\r\n\r\n\r\nContent-Length: 2\r\n\r\n",
        b"Content-Length: two\r\n\r\nContent-Length: -1\r\n\r\nContent-Length: 2\r\n\r\n",
    ],
)
def test_header_forms(header: bytes) -> None:
    assert Decoder().feed(header + b"{}" + frame(b"[]")) == [b"{}", b"[]"]


def test_an_empty_body_is_a_body() -> None:
    assert Decoder().feed(frame(b"") + frame(b"x")) == [b"", b"x"]


def test_no_header_within_the_limit() -> None:
    with pytest.raises(FramingError, match="no header"):
        Decoder(most_header=100).feed(b"x" * 101)


def test_a_body_above_the_limit() -> None:
    with pytest.raises(FramingError, match="more than 10"):
        Decoder(most_body=10).feed(b"Content-Length: 11\r\n\r\n")


@given(st.binary(max_size=400))
def test_garbage_never_breaks_it_otherwise(garbage: bytes) -> None:
    decoder = Decoder(most_header=50, most_body=1000)
    try:
        decoder.feed(garbage)
    except FramingError:
        pass
