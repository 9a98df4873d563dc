"""Keys: bytes to names, and a real terminal's settings put back."""

import asyncio
import termios

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tty_kit import Tty

from companion.front.keys import Decoder, Keyboard


@pytest.mark.parametrize(
    ("data", "keys"),
    [
        (b"a?", ["a", "?"]),
        (b" ", [" "]),
        (b"\r\n", ["enter", "enter"]),
        (b"\x7f\x08", ["backspace", "backspace"]),
        (b"\x15\x17\x04", ["ctrl-u", "ctrl-w", "ctrl-d"]),
        (b"\x1b[A\x1b[B\x1bOC", ["up", "down", "right"]),
        (b"\x1b[3~\x1b[1;5Cq", ["unknown", "right", "q"]),
        ("äq".encode(), ["ä", "q"]),
        (b"\x1bq", ["esc", "q"]),
        (b"\xffq", ["\N{REPLACEMENT CHARACTER}", "q"]),
    ],
)
def test_keys_of_bytes(data: bytes, keys: list[str]) -> None:
    assert Decoder().feed(data) == keys


def test_lone_escape_waits_for_what_may_follow() -> None:
    decoder = Decoder()
    assert (decoder.feed(b"\x1b"), decoder.waiting) == ([], True)
    assert (decoder.flush(), decoder.waiting) == (["esc"], False)


@given(st.lists(st.sampled_from([b"a", b"\xc3\xa4", b"\x1b[A", b"\x1bOD", b"\x1b[1;5C", b"\n", b" "])), st.data())
def test_keys_do_not_depend_on_how_bytes_arrive(pieces: list[bytes], data: st.DataObject) -> None:
    whole = b"".join(pieces)
    at = data.draw(st.integers(0, len(whole)))
    decoder = Decoder()
    assert [*decoder.feed(whole[:at]), *decoder.feed(whole[at:])] == Decoder().feed(whole)


def listen(tty: Tty, keys: list[str]) -> Keyboard:
    """A keyboard that writes down what is pressed, and ``hung up``."""

    def press(key: str) -> None:
        keys.append(key)
        tty.notice()

    return Keyboard(tty.fileno, press, lambda: press("hung up"))


def test_single_keys_arrive_without_enter_and_unseen() -> None:
    async def scenario() -> None:
        async with Tty() as tty:
            keys: list[str] = []
            keyboard = listen(tty, keys)
            keyboard.open()
            tty.type("ab\x1b[Aq")
            await tty.until(lambda: len(keys) == 4)
            assert (keys, tty.raw) == (["a", "b", "up", "q"], "")
            keyboard.close()

    asyncio.run(scenario())


def test_escape_key_alone() -> None:
    async def scenario() -> None:
        async with Tty() as tty:
            keys: list[str] = []
            keyboard = listen(tty, keys)
            keyboard.open()
            tty.type("\x1b")
            await tty.until(lambda: keys == ["esc"])
            keyboard.close()

    asyncio.run(scenario())


def test_settings_are_put_back() -> None:
    async def scenario() -> None:
        async with Tty() as tty:
            keyboard = listen(tty, [])
            for _ in range(2):
                keyboard.open()
                keyboard.open()
                assert tty.settings() != tty.found
                keyboard.close()
                keyboard.close()
                assert tty.settings() == tty.found

    asyncio.run(scenario())


def test_ctrl_c_and_ctrl_z_remain_signals() -> None:
    async def scenario() -> None:
        async with Tty() as tty:
            keyboard = listen(tty, [])
            keyboard.open()
            flags = tty.settings()[3]
            assert isinstance(flags, int)
            assert flags & termios.ISIG
            keyboard.close()

    asyncio.run(scenario())


def test_terminal_goes_away() -> None:
    async def scenario() -> None:
        async with Tty() as tty:
            keys: list[str] = []
            keyboard = listen(tty, keys)
            keyboard.open()
            tty.hang_up()
            await tty.until(lambda: keys == ["hung up"])
            keyboard.close()

    asyncio.run(scenario())
