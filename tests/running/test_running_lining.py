"""Lines are found out while nobody waits, or when somebody asks: once, aside, and never in anybody's way."""

from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from recordkit import Workplace, passed, workplace, write
from sparekit import VirtualLoop, config

from companion.core.board import file_of
from companion.core.impact.coverage import bits_of, lines_of
from companion.core.text import content_hash
from companion.messages import (
    Collected,
    CoverageProgress,
    Covered,
    CoveredFile,
    LinesRun,
    Message,
    RequestCoverage,
    RunItems,
    StopCoverage,
    Traced,
)
from companion.store.database import Database
from companion.store.lines import Lines
from companion.workers.running.aside import Said
from companion.workers.running.battery import ON_BATTERY
from companion.workers.running.impact import unlined
from companion.workers.running.impact.lining import SessionLines
from companion.workers.running.lining import AGAIN, SHARE, Lining

A, B = "test_a.py", "test_b.py"
FILES = {
    "app.py": "def f():\n    return 1\n\ndef g():\n    return 2\n",
    A: "import app\n\ndef test_x():\n    app.f()\n\ndef test_y():\n    app.g()\n",
    B: "import app\n\ndef test_z():\n    app.g()\n",
}
RUN = {f"{A}::test_x": "app.py:f", f"{A}::test_y": "app.py:g", f"{B}::test_z": "app.py:g"}
X, Y, Z = RUN

type ByFile = Mapping[str, tuple[int, ...]]
EXECUTED: Mapping[str, ByFile] = {
    X: {A: (4,), "app.py": (2,)}, Y: {A: (7,), "app.py": (5,)}, Z: {B: (4,), "app.py": (5,)},
}  # fmt: skip


class Stage:
    """An `Aside` that only notes what is to be run."""

    def __init__(self) -> None:
        self.orders: list[RunItems] = []
        self.over: Callable[[Said], None] | None = None
        self.hears: Callable[[Any, Message], None] = lambda _line, _message: None
        self.others = False

    @property
    def busy(self) -> bool:
        return self.others or self.over is not None

    def begin(
        self, lane: str, order: RunItems, over: Callable[[Said], None], _seconds: float, *, each: float, hears: Any
    ) -> int:
        assert (lane, self.busy, order.trace) == ("process", False, "lines")
        assert each == order.timeout
        self.orders.append(order)
        self.over, self.hears = over, hears
        return len(self.orders)

    def stop(self, ticket: int) -> None:
        if ticket == len(self.orders):
            self.over = None

    @property
    def files(self) -> tuple[str, ...]:
        """Of the session that is under way."""
        return self.orders[-1].arguments if self.busy else ()


class Bench:
    """Items that have run, and the lines of them."""

    def __init__(self, place: Workplace, root: Path, **options: Any) -> None:
        self.place, self.root, self.stage, self.loop = place, root, Stage(), VirtualLoop()
        self.told: list[Message] = []
        self.database = Database(str(root), "state.db")
        self.lines = Lines(self.database)
        self.is_quiet = self.rests = self.power = True
        python = options.pop("python", "3.14.8")
        self.lining = Lining(
            self.loop, config(root, **options), self.stage,  # type: ignore[arg-type]  # a double
            place.impact, place.sources, place.facts,
            lines=self.lines, python=python, tell=self.told.append, clock=lambda: self.loop.now,
            battery=lambda: not self.power,
        )  # fmt: skip
        self.lining.may, self.lining.rests = (lambda: self.is_quiet), (lambda: self.rests)

    def play(self, seconds: float = 1.0, *, dies_in: str = "", leaves_out: str = "", untraced: str = "") -> None:
        """The session that is under way runs all that it was ordered to."""
        order, over = self.stage.orders[-1], self.stage.over
        assert over is not None
        items = [
            name for name in RUN if file_of(name) in order.arguments and name not in (*order.deselect, leaves_out)
        ]
        said = Said(began=True)
        said.take(Collected(0, tuple(items), (), (), 0))
        for name in items:
            if file_of(name) == dies_in:
                said.problem = "its host ended"
                break
            for path, lines in EXECUTED[name].items() if name != untraced else ():
                text = content_hash((self.root / path).read_bytes())
                self._hear(LinesRun(0, name, path, text, bits_of(lines).to_bytes(8, "little")))
            if name != untraced:
                self._hear(Traced(0, "item", name, b"", (), ()))
            self._hear(passed(name))
            said.take(passed(name))
        self.loop.advance(seconds)
        self.stage.over = None
        over(said)

    def ask(self, *, external: bool = False, by_item: bool = False) -> None:
        self.lining.handle(RequestCoverage(7, by_item, external))

    def answer(self) -> tuple[Covered, dict[str, list[int]]]:
        """What is told at last."""
        end = self.told[-1]
        assert isinstance(end, Covered)
        files = [message for message in self.told if isinstance(message, CoveredFile)]
        found = {file.path: lines_of(int.from_bytes(file.lines, "little")) for file in files}
        self.told.clear()
        return end, {path: lines for path, lines in found.items() if lines}

    def _hear(self, message: Message) -> None:
        self.stage.hears(None, message)


@contextmanager
def bench(root: Path, notes: Mapping[str, tuple[str, ...]] | None = None, **options: Any) -> Generator[Bench]:
    with workplace(root, FILES) as place:
        place.run(RUN, notes=notes)
        made = Bench(place, root, **options)
        yield made
        made.database.close()
        made.loop.close()


def test_each_file_once(tmp_path: Path) -> None:
    with bench(tmp_path) as made:
        made.lining.begin()
        assert made.stage.files == (A, B)
        made.play()
        for _ in range(3):
            made.lining.begin()
            made.loop.advance(100.0)
        assert len(made.stage.orders) == 1
        assert {each.name for each in made.lines.all() if each.kind == "item"} == set(RUN)


def test_a_tenth_of_the_time(tmp_path: Path) -> None:
    with bench(tmp_path) as made:
        made.place.facts.seconds |= {A: 5.0, B: 5.0}
        made.lining.begin()
        assert made.stage.files == (A,)
        made.play(seconds=3.0)
        ended = made.loop.now
        made.lining.begin()
        while not made.stage.busy:
            made.loop.advance(0.5)
        assert 3.0 / (made.loop.now - ended + 3.0) <= SHARE + 0.01
        assert made.stage.files == (B,)


def test_a_run_comes_first_and_nothing_of_what_is_given_up_is_kept(tmp_path: Path) -> None:
    with bench(tmp_path) as made:
        made.lining.begin()
        made.lining.stop()
        assert not made.stage.busy
        assert made.lines.all() == []
        made.rests = False
        made.lining.begin()
        made.loop.advance(1_000.0)
        assert not made.stage.busy
        made.rests = True
        made.lining.begin()
        made.loop.advance(1_000.0)
        assert made.stage.files == (A, B)


@pytest.mark.parametrize("why", ["nobody looks", "configured", "an old Python", "no Python"])
def test_where_nothing_is_to_be_run_nothing_is(tmp_path: Path, why: str) -> None:
    pythons = {"an old Python": "3.11.2", "no Python": ""}
    with bench(tmp_path, python=pythons.get(why, "3.14.8"), coverage=why != "configured") as made:
        made.is_quiet = why != "nobody looks"
        made.lining.begin()
        made.loop.advance(1_000.0)
        assert made.stage.orders == []
        made.ask()
        if why in pythons:
            end, _ = made.answer()
            assert end.problem
        else:
            assert made.stage.files == (A, B), "somebody asks"


def test_what_reaches_outside_is_left_out_unless_it_is_asked_for(tmp_path: Path) -> None:
    with bench(tmp_path, notes={Y: ("w out.txt",), Z: ("p git",)}) as made:
        made.lining.begin()
        assert (made.stage.files, made.stage.orders[-1].deselect) == ((A,), (Y,)), "nothing else is in the other"
        made.play()
        made.ask()
        end, files = made.answer()
        assert (end.external, end.unknown, files["app.py"]) == (2, (), [2])
        made.ask(external=True)
        assert (made.stage.files, made.stage.orders[-1].deselect) == ((A, B), ())
        made.play()
        end, files = made.answer()
        assert (end.external, files["app.py"]) == (0, [2, 5])


def test_items_that_run_in_another_state_are_outdated_and_others_are_not(tmp_path: Path) -> None:
    with bench(tmp_path) as made:
        made.ask()
        made.play()
        made.place.run({X: "app.py:f"}, whole=False)
        made.place.recording.keep()
        made.ask()
        assert not made.stage.busy, "it has run again, but nothing is another"
        made.place.edit({"app.py": FILES["app.py"].replace("return 1", "return 3")})
        made.ask()
        assert not made.stage.busy, "nothing has run since"
        made.place.run({X: "app.py:f"}, whole=False)
        made.place.recording.keep()
        made.ask()
        assert made.stage.files == (A,)


def test_lines_move_with_what_is_the_same_and_are_unknown_where_it_is_not(tmp_path: Path) -> None:
    with bench(tmp_path) as made:
        made.ask()
        made.play()
        made.answer()
        made.place.edit(
            {"app.py": FILES["app.py"].replace("def f():\n    return 1", "# new\n\ndef f():\n    return 3")}
        )
        made.ask(by_item=True)
        items = {
            of.item: lines_of(int.from_bytes(of.lines, "little"))
            for file in made.told if isinstance(file, CoveredFile) and file.path == "app.py" for of in file.items
        }  # fmt: skip
        assert items == {X: [], Y: [7], Z: [7]}
        _, files = made.answer()
        assert files == {"app.py": [7], A: [4, 7], B: [4]}
        write(tmp_path, {"app.py": None})
        made.ask()
        assert "app.py" not in made.answer()[1]


def test_people_are_told_how_far_it_is_and_who_leaves_is_told_nothing(tmp_path: Path) -> None:
    with bench(tmp_path) as made:
        made.is_quiet = False
        made.ask()
        made.play()
        steps = [message for message in made.told if isinstance(message, CoverageProgress)]
        assert [(step.request, step.done, step.items) for step in steps] == [(7, 1, 3), (7, 2, 3), (7, 3, 3)]
        made.answer()
        made.place.edit({B: FILES[B] + "    app.f()\n"})
        made.place.run({Z: "app.py:g"})
        made.ask()
        assert made.stage.files == (B,)
        made.lining.handle(StopCoverage(7))
        assert not made.stage.busy
        made.lining.begin()
        assert made.told == []


def test_a_file_whose_session_dies_is_tried_alone_and_then_given_up(tmp_path: Path) -> None:
    with bench(tmp_path) as made:
        made.ask()
        made.play(dies_in=B)
        assert made.stage.files == (B,)
        made.play(dies_in=B)
        end, files = made.answer()
        assert (end.unknown, end.problem, files["app.py"]) == ((B,), "", [2, 5])
        made.lining.begin()
        made.loop.advance(1_000.0)
        assert not made.stage.busy


def test_a_file_that_is_edited_meanwhile_is_not_known(tmp_path: Path) -> None:
    with bench(tmp_path) as made:
        made.ask()
        heard = made.stage.hears
        heard(None, LinesRun(0, X, "app.py", "another", b"\xff"))
        made.play()
        assert {each.name for each in made.lines.all()} == {Z}
        assert made.stage.files == (A,), "it is not what has run"
        made.play()
        assert made.answer()[1]["app.py"] == [2, 5]


@pytest.mark.parametrize("left", [None, "another each time"])
@pytest.mark.parametrize("asked", [True, False])
def test_a_file_that_sessions_make_for_themselves_keeps_nobody_waiting(
    tmp_path: Path, left: str | None, asked: bool
) -> None:
    with bench(tmp_path) as made:
        made.lining.done = made.lining.begin
        if asked:
            made.ask()
        else:
            made.lining.begin()
        for number in range(10):
            if made.stage.busy:
                made.stage.hears(None, LinesRun(0, X, "made.py", str(number), b"\xff"))
                made.play()
                if left is not None:
                    write(tmp_path, {"made.py": left})
                made.loop.advance(100.0)
        assert not made.stage.busy
        assert len(made.stage.orders) <= 2
        assert {each.name for each in made.lines.all()} == {X, Y, Z}
        if asked:
            end, files = made.answer()
            assert (end.unknown, files["app.py"]) == ((), [2, 5])


def test_an_item_of_another_name_each_time_keeps_nobody_waiting_who_asks_for_what_is_external(tmp_path: Path) -> None:
    with bench(tmp_path, notes={Y: ("w out.txt",)}) as made:
        made.ask(external=True)
        made.play(leaves_out=Y)
        assert made.answer()[0].external == 1


def test_who_leaves_takes_along_what_only_they_wanted(tmp_path: Path) -> None:
    with bench(tmp_path, notes={Y: ("w out.txt",)}) as made:
        done: list[bool] = []
        made.lining.done = lambda: done.append(made.stage.busy)
        made.ask(external=True)
        assert made.stage.orders[-1].deselect == ()
        made.lining.handle(StopCoverage(7))
        assert done == [False], "nobody else may want what reaches outside"


def test_whoever_gave_way_goes_on_once_all_is_told(tmp_path: Path) -> None:
    with bench(tmp_path) as made:
        said: list[str] = []
        made.lining.give_way, made.lining.done = lambda: said.append("gave way"), lambda: said.append("done")
        made.ask()
        made.play()
        made.answer()
        assert said == ["gave way", "done"]
        made.ask()
        made.answer()
        assert said[2:] == ["done"], "all was known"


@pytest.mark.parametrize("asked", [True, False])
def test_without_a_spare_it_is_tried_again_later_and_whoever_waits_is_told(tmp_path: Path, asked: bool) -> None:
    with bench(tmp_path) as made:
        done: list[float] = []

        def over() -> None:
            done.append(made.loop.now)
            made.lining.begin()

        made.lining.done = over
        made.is_quiet = not asked
        if asked:
            made.ask()
        else:
            made.lining.begin()
        over_now, made.stage.over = made.stage.over, None
        assert over_now is not None
        over_now(Said(problem="no memory"))
        assert done == [0.0]
        assert not made.stage.busy
        if asked:
            assert made.answer()[0].problem == "no memory"
        else:
            made.loop.advance(AGAIN)
            assert made.stage.busy


def test_on_battery_only_who_asks_is_told(tmp_path: Path) -> None:
    with bench(tmp_path) as made:
        made.power = False
        made.lining.begin()
        made.loop.advance(3 * ON_BATTERY)
        assert made.stage.orders == []
        made.ask()
        assert made.stage.files == (A, B)
        made.lining.stop()
        made.lining.handle(StopCoverage(7))
        made.power = True
        made.lining.begin()
        made.loop.advance(ON_BATTERY)
        assert made.stage.busy


def test_what_is_untraced_is_looked_up_once_for_all_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with bench(tmp_path) as made:
        made.ask()
        made.play()
        made.answer()
        known = made.place.impact.known
        asked: list[str] = []

        def executing(path: str, key: str) -> Mapping[str, int]:
            asked.append(key)
            return made.place.records.executing(path, key)

        monkeypatch.setattr(known, "executing", executing)
        made.ask()
        assert len(asked) <= 2, "and not for each of them"


def test_whoever_else_is_aside_ends_first(tmp_path: Path) -> None:
    with bench(tmp_path) as made:
        made.stage.others = True
        made.lining.begin()
        made.loop.advance(5.0)
        assert made.stage.orders == []
        made.stage.others = False
        made.loop.advance(5.0)
        assert made.stage.files == (A, B)
        made.lining.stop()
        made.stage.others = True

        def end() -> None:
            made.stage.others = False

        made.lining.give_way = end
        made.ask()
        assert made.stage.files == (A, B), "somebody waits for this"


def test_lines_of_fixtures_belong_to_all_items_that_use_them() -> None:
    heard = SessionLines()

    def tell(kind: Any, owner: str, line: int, *uses: str) -> None:
        heard.hear(LinesRun(0, owner, "app.py", "1", bits_of([line]).to_bytes(8, "little")))
        heard.hear(Traced(0, kind, owner, b"", uses, ()))

    tell("fixture", "shop 1", 1, "shelf 2")
    tell("fixture", "shelf 2", 2, "shop 1")
    tell("item", X, 3, "shop 1", "app.py")
    tell("item", Z, 4)
    tell("import", "app.py", 5)
    tell("collect", A, 6)
    tell("collect", B, 7)
    tell("session", "", 8)
    tell("fixture", "shop 1", 9)  # torn down, after the items were told
    found = {(each.kind, each.name): set(lines_of(each.lines["app.py", "1"])) for each in heard.owned([A])}
    assert found == {("item", X): {3, 9}, ("import", "app.py"): {5}, ("collect", A): {6}, ("session", ""): {8}}


def test_many_files_that_were_given_up_hide_no_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unlined, "LOOKS", 1)
    with bench(tmp_path) as made:
        made.ask()
        made.play(dies_in=A)
        made.loop.advance(1.0)
        assert made.stage.files == (B,)
        made.play()
        made.loop.advance(1.0)
        assert made.answer()[0].unknown == (A,)


def test_a_file_that_was_given_up_after_an_edit_is_told_as_unknown(tmp_path: Path) -> None:
    with bench(tmp_path) as made:
        made.ask()
        made.play()
        assert made.answer()[0].unknown == ()
        made.place.edit({B: FILES[B] + "    app.f()\n"})
        made.place.run({Z: "app.py:g"})
        made.ask()
        for _ in range(2):
            if made.stage.busy:
                assert made.stage.files == (B,)
                made.play(dies_in=B)
        assert made.answer()[0].unknown == (B,)


def test_a_file_with_an_item_that_could_not_be_traced_is_told_as_unknown_until_it_is_another(tmp_path: Path) -> None:
    with bench(tmp_path) as made:
        made.ask()
        made.play(untraced=X)
        end, lines = made.answer()
        assert end.unknown == (A,)
        assert lines["app.py"] == [5], "of the others all is known"
        again = Bench(made.place, tmp_path)
        again.ask()
        assert again.answer()[0].unknown == (A,), "the next engine knows that"
        again.database.close()
        made.place.edit({A: FILES[A] + "    app.f()\n"})
        made.place.run({X: "app.py:f", Y: "app.py:g"})
        made.ask()
        made.play()
        assert made.answer()[0].unknown == ()


def test_what_stands_on_a_variable_runs_again_with_another(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WAY", "1")
    with bench(tmp_path, notes={Z: ("e WAY",)}) as made:
        made.ask()
        made.play()
        made.answer()
        monkeypatch.setenv("WAY", "2")
        made.place.run({Z: "app.py:g"}, notes={Z: ("e WAY",)})
        made.ask()
        assert made.stage.files == (B,)
