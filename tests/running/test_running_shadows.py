"""What changes have left out is tried while nobody waits; what follows where it comes out otherwise."""

from collections.abc import Generator, Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from recordkit import passed, write
from shadowkit import Night, night

from companion.core.impact.graph import CONTENT
from companion.core.impact.shadowing import SHARE
from companion.core.rerun import HUNG
from companion.messages import Outcome, Overlay, RunItems
from companion.store.records import Records
from companion.workers.running.aside import Said
from companion.workers.running.battery import ON_BATTERY, on_battery
from companion.workers.running.shadows import AGAIN

A, B = "test_a.py", "test_b.py"
X, Y, Z, OUTSIDE = f"{A}::test_x", f"{A}::test_y", f"{B}::test_z", f"{B}::test_outside"
OLD, NEW = (
    "def f():\n    return 1\n\n\ndef g():\n    return 2\n",
    "def f():\n    return 1\n\n\ndef g():\n    return 3\n",
)
FILES = {
    "app.py": OLD,
    "data.bin": "1",
    A: "import app\n\n\ndef test_x():\n    app.f()\n\n\ndef test_y():\n    app.g()\n",
    B: "def test_z():\n    pass\n\n\ndef test_outside():\n    pass\n",
}


@pytest.fixture
def made(tmp_path: Path) -> Generator[Night]:
    """All has run once, and nothing has changed since."""
    with night(tmp_path, FILES) as made:
        made.place.run({X: "app.py:f", Y: "app.py:g", Z: "", OUTSIDE: ""}, notes={OUTSIDE: ("c host",)})
        yield made


def edit(made: Night, texts: Mapping[str, str | None] | None = None) -> None:
    """What that affects runs."""
    made.place.edit(texts or {"app.py": NEW})
    due = sorted(made.place.due())
    if due:
        made.place.run(dict.fromkeys(due, ""), whole=False)
    made.ran(*due)


# --- what is tried --------------------------------------------------------------------------------------------


def test_all_that_a_change_has_left_out_is_tried_once(made: Night) -> None:
    assert made.play(made.green) == [], "nothing has changed"
    edit(made)
    orders = made.play(made.green)
    assert [made.tried(order) for order in orders] == [{X, Z}], "what has run, or reaches outside, is not"
    assert made.shadows.told == (2, 0, ())
    assert made.told == []
    assert made.play(made.green) == []
    edit(made, {"data.bin": "2"})
    assert [made.tried(order) for order in made.play(made.green)] == [{X, Y, Z}]
    assert made.shadows.told == (5, 0, ())


@pytest.mark.parametrize("message", [f"{HUNG} 30 s and was given up", "it took more than 300 MB, see item_memory"])
def test_what_hung_or_took_its_process_along_is_not_tried(made: Night, message: str) -> None:
    telling = made.place.begin()
    made.place.heard(telling.told("item", X, "test_a.py:test_x app.py:f"))
    made.place.recording.finished(replace(passed(X), outcome="failed", message=message, report=message))
    edit(made)
    assert [made.tried(order) for order in made.play(made.green)] == [{Z}]


def test_what_has_yet_to_run_is_not_left_out(made: Night) -> None:
    made.place.edit({"app.py": NEW})
    assert [made.tried(order) for order in made.play(made.green)] == [{X, Z}]


def test_nothing_is_tried_where_that_is_not_wanted(tmp_path: Path) -> None:
    with night(tmp_path, FILES, on=False) as made:
        made.place.run({X: "app.py:f", Y: "app.py:g"})
        edit(made)
        assert made.play(made.green) == []


def test_nothing_is_tried_while_a_file_does_not_parse_or_when_it_may_not_be(made: Night) -> None:
    edit(made)
    made.may = False
    assert made.play(made.green) == []
    made.may = True
    made.place.edit({"app.py": "def"})
    assert made.play(made.green) == []
    made.place.edit({"app.py": NEW})
    assert len(made.play(made.green)) == 1


def test_on_battery_it_waits(made: Night) -> None:
    edit(made)
    made.power = False
    made.shadows.begin()
    made.loop.advance(ON_BATTERY * 3)
    assert made.stage.orders == []
    made.power = True
    made.loop.advance(ON_BATTERY)
    assert made.stage.busy


def test_at_most_a_tenth_of_one_core(tmp_path: Path) -> None:
    files = {f"test_{number}.py": "def test_it():\n    pass\n" for number in range(60)}
    with night(tmp_path, {**FILES, **files}) as made:
        made.place.run({f"{file}::test_it": "" for file in files})
        edit(made, {"data.bin": "2"})
        orders = made.play(made.green, 2.5)
        assert len(orders) > 2
        made.loop.advance(2.5 / SHARE)  # the last one's rest
        assert made.worked == 2.5 * len(orders)
        assert made.worked <= SHARE * made.loop.now


def test_whoever_saves_comes_first_and_what_was_tried_is_tried_again_after_a_rest(made: Night) -> None:
    edit(made)
    made.shadows.begin()
    made.loop.advance(3.0)
    made.shadows.stop()
    assert not made.stage.busy
    made.shadows.begin()
    assert made.loop.pending == [27.0]
    assert [made.tried(order) for order in made.play(made.green)] == [{X, Z}]


def test_where_there_is_no_spare_it_is_put_off(made: Night) -> None:
    edit(made)
    made.shadows.begin()
    over, made.stage.over = made.stage.over, None
    assert over is not None
    over(Said(problem="no memory"))
    assert made.loop.pending == [AGAIN]
    assert made.shadows.told[0] == 0
    assert not made.stage.busy
    assert [made.tried(order) for order in made.play(made.green)] == [{X, Z}]


def test_an_item_that_is_not_told_of_is_not_asked_for_again(made: Night) -> None:
    edit(made)
    assert len(made.play(lambda _: {})) == 1
    assert made.shadows.told[0] == 0
    assert made.play(made.green) == []


def test_what_comes_out_as_before_is_known_as_it_ran_last(made: Night) -> None:
    edit(made)
    made.shadows.begin()
    telling = made.place.begin()
    traced = telling.told("item", X, "test_a.py:test_x app.py:g", notes=("r data.bin",))
    result = replace(passed(X), seconds=4.0)
    made.say([result], *telling.loads, traced)
    assert made.place.items(A)[X].seconds == 4.0
    assert made.place.affected({"data.bin": "3"}) == {X}


def test_what_comes_out_as_before_over_a_change_that_nobody_has_told_yet_is_not_kept(made: Night) -> None:
    edit(made)
    made.shadows.begin()
    write(made.place.root, {"app.py": OLD + "\n"})
    made.say([replace(passed(X), seconds=4.0), replace(passed(Z), seconds=4.0)], *made.traced([X, Z]))
    assert made.place.items(A)[X].seconds == 0.25
    assert made.shadows.told == (0, 0, ())


# --- what comes out otherwise ---------------------------------------------------------------------------------


def test_what_fails_only_since_the_change_was_missed(made: Night) -> None:
    edit(made)
    orders = made.play(lambda order: made.green(order, {X: "passed" if order.overlays else "failed"}))
    assert [made.tried(order) for order in orders] == [{X, Z}, {X}, {X, Y}, {X, Y}]
    assert [order.overlays for order in orders] == [(), (), (), (Overlay("app.py", OLD.encode()),)]
    (found,) = made.results()
    assert (found.id, found.outcome, found.state, found.generation) == (X, "failed", "", 7)
    assert made.statuses() == ["warning"]
    number, misses, (known,) = made.shadows.told
    assert (number, misses, known.id, known.files) == (2, 1, X, ("app.py",))
    assert X in made.place.affected({"app.py": OLD}), "it stands on that file"


def test_a_missed_item_depends_on_what_it_depended_on_whatever_it_executes(made: Night) -> None:
    edit(made)
    made.play(lambda order: made.green(order, {X: "passed" if order.overlays else "failed"}))
    edit(made, {"app.py": OLD})
    assert made.statuses() == ["warning", "ok"]
    made.place.run({X: "", Y: "", Z: "", OUTSIDE: ""})
    assert made.place.affected({"app.py": NEW}) >= {X}
    made.place.restart()
    made.place.run({X: "", Y: "", Z: "", OUTSIDE: ""})
    assert made.place.records.executing("app.py", CONTENT)
    assert made.place.affected({"app.py": OLD}) >= {X}
    assert Records.executing(made.place.records, "app.py", CONTENT).keys() == {A}


@pytest.mark.parametrize(
    ("answers", "outcome", "state", "ordered"),
    [
        (("failed", "passed"), "passed", "flaky", []),
        (("failed", "failed", "passed"), "passed", "order-dependent", [A]),
        (("failed", "failed", "failed", "failed"), "failed", "flaky", []),
    ],
)
def test_what_also_fails_otherwise_was_not(
    made: Night, answers: tuple[Outcome, ...], outcome: Outcome, state: str, ordered: list[str]
) -> None:
    edit(made)
    left = list(answers)

    def answer(order: RunItems) -> dict[str, Outcome]:
        return made.green(order, {X: left.pop(0)})

    assert len(made.play(answer)) == len(answers)
    (found,) = made.results()
    assert (found.id, found.outcome, found.state) == (X, outcome, state)
    assert (made.shadows.told, made.statuses(), made.ordered) == ((2, 0, ()), [], ordered)
    edit(made, {"data.bin": "2"})
    made.play(lambda order: made.green(order, {X: outcome}))
    assert len(made.results()) == 1, "it is known as it came out last"


def test_a_text_that_nobody_has_is_no_excuse(made: Night) -> None:
    """Of a file that nothing has ever read."""
    edit(made, {"data.bin": "2"})
    orders = made.play(lambda order: made.green(order, {X: "failed"}))
    assert [order.overlays for order in orders] == [(), (), ()]
    assert [miss.files for miss in made.shadows.told[2]] == [("data.bin",)]


def test_what_is_read_from_the_disk_proves_nothing(made: Night) -> None:
    edit(made)
    made.shadows.begin()
    for _ in range(3):
        made.say([replace(passed(X), outcome="failed"), passed(Z)])
    assert made.stage.orders[-1].overlays
    made.say([replace(passed(X), outcome="failed", disk_reads=("app.py",))])
    assert made.shadows.told[1] == 1


def test_a_file_that_came_is_taken_away_again(made: Night) -> None:
    edit(made, {"new.py": "x = 1\n"})
    orders = made.play(lambda order: made.green(order, {X: "passed" if order.overlays else "failed"}))
    assert orders[-1].overlays == (Overlay("new.py", None),)
    assert made.shadows.told[1] == 1


def test_a_change_that_nobody_has_told_yet_is_not_missed(made: Night) -> None:
    edit(made)
    write(made.place.root, {A: FILES[A] + "\n\ndef test_new():\n    pass\n"})
    made.play(lambda order: made.green(order, {X: "passed" if order.overlays else "failed"}))
    assert made.told == []
    assert made.shadows.told == (1, 0, ())


def test_several_that_ran_last_at_different_times_are_each_put_back_to_theirs(made: Night) -> None:
    edit(made)  # Y has run since, X has not
    edit(made, {"data.bin": "2"})
    seen: list[tuple[str, ...]] = []

    def answer(order: RunItems) -> dict[str, Outcome]:
        if order.overlays:
            seen.append(tuple(overlay.path for overlay in order.overlays))
        return made.green(order, {X: "failed", Y: "failed"})

    made.play(answer)
    assert seen == [], "of the data nobody knows what it was"
    assert {miss.id: miss.files for miss in made.shadows.told[2]} == {X: ("app.py", "data.bin"), Y: ("data.bin",)}


# --- the machine ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("supplies", "expected"),
    [
        ({}, False),
        ({"AC": {"type": "Mains", "online": "0"}}, False),
        ({"AC": {"type": "Mains", "online": "1"}, "BAT0": {"type": "Battery", "status": "Charging"}}, False),
        ({"BAT0": {"type": "Battery", "status": "Full"}}, False),
        ({"AC": {"type": "Mains"}, "BAT0": {"type": "Battery", "status": "Discharging"}}, True),
        ({"BAT0": {"type": "Battery", "status": "Full"}, "BAT1": {"type": "Battery", "status": "Discharging"}}, True),
        ({"mouse": {"type": "Battery", "status": "Discharging", "scope": "Device"}}, False),
        ({"BAT0": {}}, False),
    ],
)
def test_whether_it_runs_on_its_battery(
    tmp_path: Path, supplies: Mapping[str, Mapping[str, str]], expected: bool
) -> None:
    for name, fields in supplies.items():
        (tmp_path / name).mkdir()
        for key, text in fields.items():
            (tmp_path / name / key).write_text(f"{text}\n")
    assert on_battery(tmp_path) == expected
    assert not on_battery(tmp_path / "nothing")
