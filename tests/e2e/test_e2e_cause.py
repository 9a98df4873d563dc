"""A red after an edit, and where it first differs from its last green run: a real folder, a real engine."""

import time
from collections.abc import Callable
from pathlib import Path

import pytest
from enginekit import Front
from selectionkit import Texts, edited, lay

from companion.messages import Cause, ItemFinished

Join = Callable[[Path], Front]

CART = """RATE = 0.2

def total(prices, rate=RATE):
    total = 0
    for price in prices:
        if price > 2:
            total += price * rate
    return total

def kept(prices):
    return len(prices)
"""
FILES: Texts = {
    "cart.py": CART,
    "data.json": '{\n  "a": 1,\n  "b": 2\n}\n',
    "conftest.py": "import pytest\n\n@pytest.fixture(scope='session')\ndef prices():\n    return [1, 5, 10]\n",
    "tests/test_cart.py": "import cart\n\ndef test_total(prices):\n    assert cart.total(prices) == 3.0\n\n"
    "def test_kept(prices):\n    assert cart.kept(prices) == 3\n",
    "tests/test_data.py": "import json\nfrom pathlib import Path\n\ndef test_data():\n"
    "    assert json.loads(Path('data.json').read_text())['b'] == 2\n",
    "tests/test_clock.py": "from pathlib import Path\n\ndef test_clock():\n    assert not Path('../late').exists()\n",
}
LANES = ("interpreter", "process")


@pytest.fixture(params=LANES)
def front(request: pytest.FixtureRequest, tmp_path: Path, join: Join) -> Front:
    root = tmp_path / "project"
    lay(root, {**FILES, "pyproject.toml": f'[tool.companion]\nlane = "{request.param}"\nshadow_runs = false\n'})
    front = join(root)
    front.verdict()
    assert front.red() == []
    return front


def cause(front: Front) -> tuple[str, Cause]:
    """The next that is told."""
    item = front.until(ItemFinished, lambda item: item.cause is not None)
    assert item.cause is not None
    return item.id, item.cause


def saved(front: Front, path: str, old: str, new: str) -> None:
    text = (front.root / path).read_text("utf-8")
    assert old in text
    edited(front, {path: text.replace(old, new)})


T = "tests/test_cart.py::test_total"

EDITS = (
    ("cart.py", "0.2", "20", T, 1, "RATE was 0.2 on the last green run, 20 here"),
    ("cart.py", "> 2", "> 7", T, 6, "the condition was true on the last green run, false here"),
    ("cart.py", "total += price * rate", "pass", T, 7, "`total += price * rate` is gone"),
    (
        "cart.py", "return len(prices)", "return 4", "tests/test_cart.py::test_kept", 11,
        "returned 3 on the last green run, 4 here",
    ),
    ("conftest.py", "5, 10]", "5, 11]", T, 5, "returned [1, 5, 10] on the last green run, [1, 5, 11] here"),
    (
        "data.json", '"b": 2', '"b": 3', "tests/test_data.py::test_data", 3,
        '`"b": 3` was `"b": 2` on the last green run',
    ),
    (
        "cart.py", "RATE = 0.2", "RATE = 1 / 0", "tests/test_cart.py", 1,
        "raises ZeroDivisionError: division by zero here",
    ),
    (
        "conftest.py", "import pytest", "import pytest, nowhere", "conftest.py", 1,
        "raises ModuleNotFoundError: No module named 'nowhere' here",
    ),
)  # fmt: skip
"""A file, what is another in it, which item that turns red, and what is told: the line, and what is there."""


def test_an_edit_that_breaks_something_is_named(front: Front, record_property: Callable[[str, object], None]) -> None:
    for path, old, new, item, line, text in EDITS:
        saved(front, path, old, new)
        began = time.monotonic()
        assert cause(front) == (item, Cause(path, line, text))
        record_property(text, f"{time.monotonic() - began:.2f} s after the verdict")
        saved(front, path, new, old)
        assert front.red() == []


def test_the_red_is_told_first_and_its_cause_is_kept_over_a_restart(front: Front, join: Join) -> None:
    saved(front, "cart.py", "0.2", "20")
    assert front.board.results[T].outcome == "failed"
    assert front.board.results[T].cause is None
    name, found = cause(front)
    assert front.board.results[name].cause == found
    front.end()
    with Front(front.root) as again:
        assert again.board.results[T].cause == found


def test_what_is_green_again_has_no_cause(front: Front) -> None:
    saved(front, "cart.py", "0.2", "20")
    cause(front)
    saved(front, "cart.py", "RATE = 20", "RATE = 0.2")
    assert front.board.results[T].outcome == "passed"
    assert front.board.results[T].cause is None


def test_a_red_that_is_edited_again_is_compared_with_its_last_green_run(front: Front) -> None:
    saved(front, "cart.py", "0.2", "20")
    assert cause(front)[1].text == "RATE was 0.2 on the last green run, 20 here"
    saved(front, "cart.py", "RATE = 20", "\nRATE = 30")
    assert cause(front) == (T, Cause("cart.py", 2, "RATE was 0.2 on the last green run, 30 here"))


def test_a_change_that_it_does_not_stand_on_is_not_to_blame(front: Front) -> None:
    saved(front, "cart.py", "def kept(prices)", "def kept(prices, more=1)")
    saved(front, "cart.py", "price > 2", "price > 7")
    assert cause(front)[1].line == 6


def test_an_edit_that_is_not_to_blame_is_not_blamed(front: Front) -> None:
    """The world is another, and an edit that means nothing brings that to light."""
    (front.root.parent / "late").touch()
    saved(front, "tests/test_clock.py", "test_clock():\n", "test_clock():\n    print()\n")
    found = cause(front)[1]
    assert found.text == "fails without what has changed since its last green run, too"
