"""The live lines after some events and keys, compared with a drawn picture."""

from frontkit import item, picture, shown, text

from companion.front.commands import press
from companion.front.view import live
from companion.front.window import Keys, Window
from companion.messages import EngineEvent

GREEN = (
    item("tests/test_cart.py::test_a"),
    item("tests/test_cart.py::test_b"),
    item("tests/test_tax.py::t", "skipped"),
)
RED = item("tests/test_cart.py::test_voucher_from_exactly_its_minimum_on", "failed", "assert Money(0) == Money(250)")


def check(
    drawn: str, *events: EngineEvent, keys: str = "", width: int = 80, height: int = 24, keyboard: Keys = "heard"
) -> None:
    """What is shown three seconds after these events and then these keys."""
    screen, board = shown(*events)
    for key in keys:
        press(screen, board, {"\n": "enter"}.get(key, key))
    assert text(*live(screen, board, Window(width - 1, height, 103.2, keyboard)), width=width) == picture(drawn)
