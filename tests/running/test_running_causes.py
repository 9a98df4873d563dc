"""Reds whose causes are looked for: which ones, with what texts, and what is told in the end."""

from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
from recordkit import Workplace, passed, workplace
from sparekit import VirtualLoop, config

from companion.config import Config
from companion.core.impact.comparison import Comparison, compared
from companion.core.rerun import HUNG
from companion.messages import Cause, ItemFinished, Lane, Message, Moment, RunItems, ValuesRun
from companion.runtime.wire import LARGEST_FRAME
from companion.workers.loop import Timer
from companion.workers.running.aside import Said
from companion.workers.running.causes import ANYWAY, BUSY, MOST, Causes
from companion.workers.running.impact import past
from companion.workers.running.line import Line

TESTS = "from app import f, g\n\ndef test_f():\n    assert f() == 1\n\ndef test_g():\n    assert g() == 2\n"
APP = "def f():\n    return 1\n\ndef g():\n    return 2\n"
F, G = "test_app.py::test_f", "test_app.py::test_g"


@dataclass
class Stage:
    """An `Aside` that only notes what is to be run."""

    orders: list[RunItems] = field(default_factory=list[RunItems])
    over: Callable[[Said], None] | None = None
    hears: Callable[[Line, Message], None] | None = None
    others: bool = False
    """Whether somebody else has a session."""

    def begin(
        self,
        lane: Lane,
        order: RunItems,
        over: Callable[[Said], None],
        seconds: float,
        *,
        each: float,
        hears: Callable[[Line, Message], None],
    ) -> int:
        assert (lane, self.over, order.trace) == ("process", None, "values")
        assert seconds >= each > 0
        self.orders.append(order)
        self.over, self.hears = over, hears
        return len(self.orders)

    def stop(self, ticket: int) -> None:
        if ticket == len(self.orders):
            self.over = None

    @property
    def busy(self) -> bool:
        return self.over is not None or self.others


class Desk:
    """A project, and what is found out of its reds."""

    def __init__(self, place: Workplace, settings: Config | None = None) -> None:
        self.place, self.stage, self.loop = place, Stage(), VirtualLoop()
        self.told: list[ItemFinished] = []
        self.turns: list[float] = []
        self.over = 0
        self.causes = Causes(
            settings or config(place.root), self.stage, place.impact,  # type: ignore[arg-type]  # a double
            tell=self.told.append, over=self._over, later=self._later,
        )  # fmt: skip
        self.run({F: "app.py:f", G: "app.py:g"}, {})

    def _later(self, seconds: float, act: Callable[[], None]) -> Timer:
        self.turns.append(seconds)
        return self.loop.call_later(seconds, act)

    def _over(self) -> None:
        self.over += 1

    def run(self, executed: Mapping[str, str], reds: Mapping[str, str], *, cancelled: bool = False) -> None:
        """These are run, and some are red, each with a message."""
        self.place.run(executed, {"app.py": "app.py:<module>"}, whole=len(executed) > 1)
        for name in executed:
            self.causes.finished(red(name, reds[name]) if name in reds else passed(name))
        if not cancelled:
            self.causes.begin(("-q",))

    def edit(self, texts: Mapping[str, str | None]) -> set[str]:
        self.causes.run_begins()
        return self.place.affected(texts)

    def say(self, outcomes: Mapping[str, str], *moments: Moment, owner: str = F) -> None:
        """The session tells this, and is over."""
        over, self.stage.over = self.stage.over, None
        assert over is not None
        assert self.stage.hears is not None
        self.stage.hears(self.place.line, ValuesRun(0, owner, moments, True))
        for name, message in outcomes.items():
            self.stage.hears(self.place.line, red(name, message) if message else passed(name))
        over(Said(began=True))

    @property
    def found(self) -> dict[str, Cause | None]:
        return {message.id: message.cause for message in self.told}


def red(name: str, message: str = "assert 2 == 1") -> ItemFinished:
    return replace(passed(name), outcome="failed", message=message, path="app.py", line=2)


def returns(value: str) -> tuple[Moment, ...]:
    return (
        Moment("call", "app.py", 1, 1, ()),
        Moment("line", "app.py", 1, 2, ()),
        Moment("return", "app.py", 1, 2, (("", value),)),
    )


@pytest.fixture
def desk(tmp_path: Path) -> Generator[Desk]:
    root = tmp_path / "project"
    with workplace(root, {"app.py": APP, "test_app.py": TESTS}) as place:
        yield Desk(place)


def breaking(desk: Desk) -> None:
    assert F in desk.edit({"app.py": APP.replace("return 1", "return 3")})
    desk.run({F: "app.py:f"}, {F: "assert 3 == 1"})


def test_it_is_run_as_it_was_green_and_as_it_is(desk: Desk) -> None:
    breaking(desk)
    (before,) = desk.stage.orders
    assert [(of.path, bytes(of.text or b"")) for of in before.overlays] == [("app.py", APP.encode())]
    assert before.arguments == ("-q", "test_app.py")
    assert before.chosen == (F,)
    assert [(of.path, of.first, of.last) for of in before.watched] == [("app.py", 1, 2)]
    desk.say({F: ""}, *returns("1"))
    now = desk.stage.orders[1]
    assert (now.overlays, now.arguments, now.watched) == ((), before.arguments, before.watched)
    desk.say({F: "assert 3 == 1"}, *returns("3"))
    assert desk.found == {F: Cause("app.py", 2, "returned 1 on the last green run, 3 here")}
    assert desk.told[0].outcome == "failed"
    assert desk.stage.over is None


def test_a_first_run_has_nothing_to_be_compared_with(desk: Desk) -> None:
    desk.run({F: "app.py:f"}, {F: "no"})
    assert desk.stage.orders == []


def test_what_was_red_with_the_texts_of_then_is_said_to_be(desk: Desk) -> None:
    breaking(desk)
    desk.say({F: "assert 3 == 1"}, *returns("1"))
    desk.say({F: "assert 3 == 1"}, *returns("3"))
    assert desk.found == {F: Cause("app.py", 2, ANYWAY)}


def test_what_is_green_when_it_is_looked_into_has_no_cause(desk: Desk) -> None:
    breaking(desk)
    desk.say({F: ""}, *returns("1"))
    desk.say({F: ""}, *returns("3"))
    assert desk.found == {}


def test_a_session_that_says_nothing_is_no_evidence(desk: Desk) -> None:
    breaking(desk)
    desk.say({})
    desk.say({})
    assert desk.found == {}
    assert desk.over == 2  # of two runs


def test_somebody_who_has_other_plans_is_not_waited_for(desk: Desk) -> None:
    breaking(desk)
    desk.causes.stop()
    assert desk.stage.over is None
    assert desk.found == {}


def test_what_no_run_has_got_to_is_due_since_its_own_change(desk: Desk) -> None:
    """The first run was cancelled before the item ran: the second one's change is not all that it stands on."""
    desk.edit({"app.py": APP.replace("return 1", "return 3")})
    desk.edit({"app.py": APP.replace("return 1", "return 3").replace("return 2", "return 4")})
    desk.run({F: "app.py:f", G: "app.py:g"}, {F: "assert 3 == 1"})
    (before,) = desk.stage.orders
    assert [bytes(of.text or b"") for of in before.overlays] == [APP.encode()]


def test_a_change_that_it_does_not_stand_on_is_none_of_its_past(desk: Desk) -> None:
    other = APP.replace("return 2", "return 1 + 1")
    assert desk.edit({"app.py": other}) == {G}
    desk.run({G: "app.py:g"}, {})
    desk.edit({"app.py": other.replace("return 1\n", "return 3\n")})
    desk.run({F: "app.py:f"}, {F: "assert 3 == 1"})
    (before,) = desk.stage.orders
    assert [bytes(of.text or b"") for of in before.overlays] == [other.encode()]


def test_a_red_that_changes_is_compared_with_its_last_green_run(desk: Desk) -> None:
    breaking(desk)
    desk.edit({"app.py": APP.replace("return 1", "return 5")})
    desk.run({F: "app.py:f"}, {F: "assert 5 == 1"})
    assert [bytes(of.text or b"") for of in desk.stage.orders[-1].overlays] == [APP.encode()]


def test_a_red_whose_code_is_as_it_was_is_nobodys_doing(desk: Desk) -> None:
    breaking(desk)
    desk.causes.stop()
    desk.stage.orders.clear()
    desk.edit({"app.py": APP})
    desk.run({F: "app.py:f"}, {F: "assert 3 == 1"})
    assert desk.stage.orders == []


def test_what_reaches_outside_is_not_run_again(desk: Desk) -> None:
    desk.edit({"app.py": APP.replace("return 1", "return 3")})
    desk.place.run({F: "app.py:f"}, {"app.py": "app.py:<module>"})
    desk.causes.finished(replace(red(F), external=True))
    desk.causes.begin(())
    assert desk.stage.orders == []


def test_a_flaky_one_is_not_looked_into(desk: Desk) -> None:
    desk.edit({"app.py": APP.replace("return 1", "return 3")})
    desk.place.run({F: "app.py:f"}, {"app.py": "app.py:<module>"})
    desk.causes.finished(replace(red(F), state="flaky"))
    desk.causes.begin(())
    assert desk.stage.orders == []


@pytest.mark.parametrize("message", [f"{HUNG} 30 s and was given up", "signal SIGSEGV"])
def test_one_that_hung_or_took_its_process_along_is_not_run_again(desk: Desk, message: str) -> None:
    desk.edit({"app.py": APP.replace("return 1", "return 3")})
    desk.place.run({F: "app.py:f"}, {"app.py": "app.py:<module>"})
    desk.causes.finished(replace(red(F, message), report=message))
    desk.causes.begin(())
    assert desk.stage.orders == []


def test_without_a_spare_nothing_is_compared_and_nobody_waits(desk: Desk) -> None:
    breaking(desk)
    over, desk.stage.over = desk.stage.over, None
    assert over is not None
    over(Said(problem="no memory"))
    desk.causes.go_on()
    assert len(desk.stage.orders) == 1
    assert (desk.found, desk.over, desk.stage.busy) == ({}, 2, False)


@pytest.mark.parametrize("second", [False, True])
def test_whoever_comes_first_is_waited_for_and_it_goes_on_after_that(desk: Desk, second: bool) -> None:
    breaking(desk)
    if second:
        desk.say({F: ""}, *returns("1"))
    desk.causes.give_way()
    assert not desk.stage.busy
    desk.causes.go_on()
    desk.causes.go_on()
    desk.say({F: ""}, *returns("1"))
    desk.say({F: "assert 3 == 1"}, *returns("3"))
    assert list(desk.found) == [F]
    desk.causes.go_on()
    assert not desk.stage.busy


def test_a_disk_that_has_changed_again_is_waited_for(desk: Desk) -> None:
    desk.edit({"app.py": APP.replace("return 1", "return 3")})
    (desk.place.root / "app.py").write_text(APP.replace("return 1", "return 4"))
    desk.run({F: "app.py:f"}, {F: "assert 3 == 1"})
    assert desk.stage.orders == []


def test_the_first_few_are_enough(tmp_path: Path) -> None:
    names = [f"test_many.py::test_{n}" for n in range(MOST + 3)]
    tests = "from app import f\n" + "".join(f"def test_{n}():\n    assert f() == 1\n" for n in range(MOST + 3))
    with workplace(tmp_path / "project", {"app.py": APP, "test_app.py": TESTS, "test_many.py": tests}) as place:
        desk = Desk(place)
        desk.run(dict.fromkeys(names, "app.py:f"), {})
        desk.edit({"app.py": APP.replace("return 1", "return 3")})
        desk.run(dict.fromkeys(names, "app.py:f"), dict.fromkeys(names, "assert 3 == 1"))
        (order,) = desk.stage.orders
        assert order.chosen == tuple(names[:MOST])


def test_only_what_the_red_may_import_is_compared(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[str] = []

    def noting(before: str, now: str) -> Comparison | None:
        seen.append(now)
        return compared(before, now)

    monkeypatch.setattr(past, "compared", noting)
    desk.edit({"other.py": "X = 1\n"})
    desk.run({F: "app.py:f", G: "app.py:g"}, {})
    desk.edit({"app.py": APP.replace("return 1", "return 3"), "other.py": "X = 2\n"})
    desk.run({F: "app.py:f"}, {F: "assert 3 == 1"})
    assert seen == [APP.replace("return 1", "return 3")]


def test_files_are_compared_one_in_each_turn_of_the_loop(tmp_path: Path) -> None:
    tests = "import one, two, three\n" + TESTS
    files = {"one.py": "A = 1\n", "two.py": "B = 1\n", "three.py": "C = 1\n"}
    with workplace(tmp_path / "project", {"app.py": APP, "test_app.py": tests, **files}) as place:
        desk = Desk(place)
        desk.edit({path: text.replace("1", "2") for path, text in files.items()})
        desk.run({F: "app.py:f"}, {F: "assert 3 == 1"})
        assert desk.stage.orders == []
        desk.loop.advance(0.0)
        assert desk.turns == [0.0] * (len(files) - 1)
        assert {of.path for of in desk.stage.orders[0].watched} == set(files)


def test_who_has_begun_a_session_meanwhile_is_not_disturbed(desk: Desk) -> None:
    desk.stage.others = True
    breaking(desk)
    desk.loop.advance(BUSY * 3)
    assert desk.stage.orders == []
    desk.stage.others = False
    desk.loop.advance(BUSY)
    assert len(desk.stage.orders) == 1


def test_what_was_to_be_compared_is_not_once_there_are_other_plans(desk: Desk) -> None:
    desk.stage.others = True
    breaking(desk)
    desk.causes.stop()
    desk.stage.others = False
    desk.loop.advance(BUSY * 3)
    assert desk.stage.orders == []


def test_an_order_stays_within_what_a_frame_may_be(tmp_path: Path) -> None:
    """They hardly count deflated: what is laid over the disk is not."""
    files = {f"data{number}.json": str(number) * 900_000 for number in range(80)}
    with workplace(tmp_path / "project", {"app.py": APP, "test_app.py": TESTS, **files}) as place:
        for path in files:
            place.impact.known.meet(path)
        desk = Desk(place)
        desk.edit({"app.py": APP.replace("return 1", "return 3"), **dict.fromkeys(files, "{}")})
        desk.run({F: "app.py:f"}, {F: "assert 3 == 1"})
        (order,) = desk.stage.orders
        assert order.overlays[0].path == "app.py"
        assert sum(len(of.text or b"") for of in order.overlays) < LARGEST_FRAME * 0.75


def test_a_change_of_data_is_said_of_those_that_read_it(tmp_path: Path) -> None:
    root = tmp_path / "project"
    with workplace(root, {"app.py": APP, "test_app.py": TESTS, "data.txt": "1\n"}) as place:
        place.impact.known.meet("data.txt")
        desk = Desk(place)
        desk.edit({"data.txt": "2\n"})
        telling = place.begin()
        for name, notes in ((F, ("r data.txt",)), (G, ())):
            place.heard(telling.told("item", name, "app.py:f", (), notes))
            place.recording.finished(red(name))
            desk.causes.finished(red(name))
        desk.causes.begin(())
        assert desk.found == {F: Cause("data.txt", 1, "`2` was `1` on the last green run")}


def test_an_item_that_is_gone_keeps_no_texts(desk: Desk) -> None:
    breaking(desk)
    desk.say({F: ""}, *returns("1"))
    desk.say({F: "assert 3 == 1"}, *returns("3"))
    before = desk.place.impact.green.since(0)
    desk.place.recording.keep()
    desk.edit({"app.py": APP + "X = 1\n"})
    desk.causes.whole("test_app.py", (G,))
    desk.run({G: "app.py:g"}, {})
    assert before
    assert desk.place.impact.green.since(0) == {}


def test_an_item_of_a_file_that_is_gone_keeps_no_texts(desk: Desk) -> None:
    breaking(desk)
    desk.say({F: ""}, *returns("1"))
    desk.say({F: "assert 3 == 1"}, *returns("3"))
    desk.place.recording.keep()
    desk.edit({"test_app.py": None})
    desk.causes.begin(())
    assert desk.place.impact.green.since(0) == {}


def test_where_nothing_is_tried_in_the_background_no_texts_are_kept_for_it(desk: Desk) -> None:
    quiet = Desk(desk.place, replace(config(desk.place.root), shadow_runs=False))
    quiet.edit({"app.py": APP + "X = 1\n"})
    assert quiet.place.impact.texts.since(0)
    quiet.run({F: "app.py:f"}, {})
    assert quiet.place.impact.texts.since(0) == {}
