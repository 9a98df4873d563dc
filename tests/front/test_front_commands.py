"""Keys: what they change on the screen, and the work that they leave to do."""

import pytest
from frontkit import JOINED, change, finished, item, proposal, running, selected, shown

from companion.front.actions import Action, Ask, Open, Quit, Send, Show
from companion.front.commands import HELP, KEYS, press
from companion.front.screen import Prompt, Wish, matching, named
from companion.messages import EngineEvent, Pause, Resume, StopRun

FILES = (item("tests/test_cart.py::a"), item("tests/unit/test_tax.py::b"), item("tests/test_cart_old.py::c"))
RED = item("tests/test_cart.py::z", "failed", "assert 0", place=("src/cart.py", 7))
DONE = (*JOINED, *FILES, RED, selected("tests/test_cart.py::z"), RED, finished(failed=1))


def pressed(*keys: str, after: tuple[EngineEvent, ...] = DONE) -> list[Action]:
    """The actions of these keys."""
    screen, board = shown(*after)
    return [action for key in keys if (action := press(screen, board, key)) is not None]


def note(*keys: str, after: tuple[EngineEvent, ...] = (*JOINED, *FILES)) -> str:
    screen, board = shown(*after)
    for key in keys:
        press(screen, board, key)
    return screen.note


@pytest.mark.parametrize(
    ("key", "action"),
    [
        ("a", Ask(Wish("all", (), "all tests"))),
        ("f", Ask(Wish("failed", (), "failed tests"))),
        ("w", Show("why")),
        ("e", Open("src/cart.py", 7)),
        ("q", Quit()),
        ("ctrl-d", Quit()),
        (" ", Send(Pause())),
    ],
)
def test_key(key: str, action: Action) -> None:
    assert pressed(key) == [action]


@pytest.mark.parametrize("key", ["z", "up", "unknown", "ä", "1"])
def test_key_without_meaning(key: str) -> None:
    assert pressed(key) == []


def test_every_key_that_means_something_is_in_the_help() -> None:
    said = " ".join(keys for keys, _ in HELP).replace(",", "").casefold().split()
    assert {key.strip() or "space" for key in KEYS} - {"ctrl-d"} <= set(said)


@pytest.mark.parametrize(
    ("key", "words"),
    [
        ("f", "nothing has failed"),
        ("e", "no failing place to open"),
        ("s", "no proposals"),
        ("w", "nothing has been selected yet"),
    ],
)
def test_key_with_nothing_to_do_says_so(key: str, words: str) -> None:
    assert note(key) == words


def test_note_is_gone_after_the_next_key() -> None:
    assert note("f", "z") == ""


def test_proposals() -> None:
    assert pressed("s", after=(*JOINED, proposal())) == [Show("proposals")]


@pytest.mark.parametrize("key", ["x", "esc"])
def test_stop(key: str) -> None:
    assert pressed(key, after=(*JOINED, *running("t.py::a"))) == [Send(StopRun())]


def test_stop_forgets_what_waits() -> None:
    screen, board = shown(*JOINED, change("a.py"))
    assert press(screen, board, "x") == Send(StopRun())
    assert (screen.progress.waiting, screen.stopping) == ((), False)


def test_stop_does_nothing_where_nothing_runs() -> None:
    assert pressed("x") == []


def test_pause_and_resume() -> None:
    assert pressed(" ", " ") == [Send(Pause()), Send(Resume())]


def test_again_runs_what_the_last_change_selected() -> None:
    assert pressed("r") == [Ask(Wish("items", ("tests/test_cart.py::z",), "the same again"))]


def test_again_runs_what_was_asked_for() -> None:
    assert pressed("f", "enter")[1] == Ask(Wish("failed", (), "failed tests"))


def test_again_forgets_what_was_asked_for_at_the_next_change() -> None:
    screen, board = shown(*DONE)
    press(screen, board, "a")
    screen.apply(change("a.py", generation=2), board, 0.0)
    assert press(screen, board, "r") == Ask(Wish("items", ("tests/test_cart.py::z",), "the same again"))


def test_again_before_any_run_asks_for_what_changed() -> None:
    assert pressed("r", after=JOINED) == [Ask(Wish("changed", (), "what changed"))]


def test_path() -> None:
    wish = Wish("paths", ("tests/test_cart.py", "tests/test_cart_old.py"), "tests in Cart")
    assert pressed("p", *"Cart", "enter") == [Ask(wish)]


def test_path_before_any_result_is_taken_as_it_is() -> None:
    assert pressed("p", *"a.py", "enter", after=JOINED) == [Ask(Wish("paths", ("a.py",), "tests in a.py"))]


def test_path_that_matches_nothing_stays_to_be_mended() -> None:
    screen, board = shown(*DONE)
    for key in ("p", "z", "enter"):
        assert press(screen, board, key) is None
    assert (screen.prompt, screen.note) == (Prompt("paths", "z"), "no test file matches z")


def test_name() -> None:
    assert pressed("t", *"a or b", "enter") == [Ask(Wish("name", ("a or b",), "tests named a or b"))]


def test_mending_what_is_typed() -> None:
    keys = ["t", *"ab cd", "ctrl-w", "backspace", "x", "up", "enter"]
    assert pressed(*keys) == [Ask(Wish("name", ("ax",), "tests named ax"))]


def test_clearing_what_is_typed_and_leaving() -> None:
    screen, board = shown(*DONE)
    for key in ("t", *"qa", "ctrl-u", "enter"):
        assert press(screen, board, key) is None
    assert screen.prompt is None


def test_esc_leaves_the_prompt() -> None:
    screen, board = shown(*DONE)
    for key in ("p", "a", "esc"):
        assert press(screen, board, key) is None
    assert screen.prompt is None


def test_any_key_closes_the_help() -> None:
    screen, board = shown(*DONE)
    assert [press(screen, board, key) for key in ("?", "a")] == [None, None]
    assert not screen.helping


def test_quit_from_the_help() -> None:
    assert pressed("?", "q") == [Quit()]


@pytest.mark.parametrize(
    ("pattern", "files"),
    [
        ("tax", ["tests/unit/test_tax.py"]),
        ("UNIT/", ["tests/unit/test_tax.py"]),
        ("test_cart*.py", ["tests/test_cart.py", "tests/test_cart_old.py"]),
        ("tests/test_cart.py", ["tests/test_cart.py"]),
        ("*.txt", []),
    ],
)
def test_matching(pattern: str, files: list[str]) -> None:
    _, board = shown(*FILES)
    assert list(matching(board, pattern)) == files


@pytest.mark.parametrize(
    ("expression", "amount"), [("cart", 2), ("CART", 2), ("nix", 0), ("a and b", None), ("", None)]
)
def test_named(expression: str, amount: int | None) -> None:
    _, board = shown(*FILES)
    assert named(board, expression) == amount
