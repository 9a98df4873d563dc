"""What waits: laws of merging, and which arguments leave tests out."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from companion.core.pending import Pending, answers, is_change_run, narrows
from companion.messages import EVERYTHING, FileChange, RequestRun, RunTests, Scope

CALM = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
PATHS = st.sampled_from(["a.py", "b.py", "c.py"])
CHANGES = st.builds(
    FileChange,
    path=PATHS,
    kind=st.sampled_from(["created", "modified", "deleted"]),
    base=st.sampled_from(["1", "2"]),
    hash=st.sampled_from(["3", "4"]),
    edits=st.just(()),
    data=st.none(),
)
RERUNS = st.lists(st.one_of(PATHS, st.just(EVERYTHING)), max_size=2).map(tuple)
REQUESTS = st.builds(
    RequestRun,
    st.integers(1, 9),
    st.sampled_from(["items", "paths", "name"]),
    st.lists(PATHS, min_size=1, max_size=2).map(tuple),
    st.sampled_from([(), ("-x",)]),
)


@st.composite
def pendings(draw: st.DrawFn) -> Pending:
    """Made as the engine makes them."""
    pending = Pending()
    for _ in range(draw(st.integers(0, 5))):
        match draw(st.sampled_from(["change", "rerun", "owe", "ask"])):
            case "change":
                pending = pending.changed((draw(CHANGES),))
            case "rerun":
                pending = pending.unfinished(draw(RERUNS))
            case "owe":
                pending = pending.owing(draw(RERUNS))
            case _:
                pending = pending.requested(draw(REQUESTS))
    return pending


def contents(pending: Pending) -> tuple[object, ...]:
    """What waits, without its order."""
    named = {(r.scope, r.pytest_args, name) for r in pending.requests for name in r.arguments}
    changes = {(c.path, c.kind, c.base, c.hash) for c in pending.changes}
    return changes, set(pending.rerun), set(pending.owed), named


@CALM
@given(pendings())
def test_nothing_is_neutral(pending: Pending) -> None:
    assert contents(pending.merged(Pending())) == contents(pending) == contents(Pending().merged(pending))
    assert pending.merged(Pending()).urgent == Pending().merged(pending).urgent or not pending


@CALM
@given(pendings(), pendings(), pendings())
def test_merging_is_associative(a: Pending, b: Pending, c: Pending) -> None:
    assert contents(a.merged(b).merged(c)) == contents(a.merged(b.merged(c)))


@CALM
@given(pendings(), pendings())
def test_merging_loses_nothing(newer: Pending, older: Pending) -> None:
    merged = newer.merged(older)
    assert {c.path for c in merged.changes} == {c.path for c in (*newer.changes, *older.changes)}
    assert set(merged.rerun) >= {*newer.rerun, *older.rerun} or merged.rerun == (EVERYTHING,)
    assert all(merged.holds(request) for request in (*newer.requests, *older.requests))
    assert bool(merged) == (bool(newer) or bool(older))


@CALM
@given(pendings(), pendings())
def test_a_file_keeps_its_oldest_base_and_its_newest_content(newer: Pending, older: Pending) -> None:
    bases = {c.path: c.base for c in newer.changes} | {c.path: c.base for c in older.changes}
    hashes = {c.path: c.hash for c in older.changes} | {c.path: c.hash for c in newer.changes}
    for change in newer.merged(older).changes:
        assert (change.base, change.hash) == (bases[change.path], hashes[change.path])


@CALM
@given(pendings(), st.sampled_from([(), ("-x",), ("-k", "x")]))
def test_what_is_taken_is_gone_and_what_stays_was_there(pending: Pending, args: tuple[str, ...]) -> None:
    """Taking until nothing waits gives each change once, each path once, each request once."""
    orders: list[RunTests] = []
    changes, rerun, named = list[str](), set[str](), list[str]()
    rest = pending
    while rest:
        order, request, rest = rest.taken(len(orders) + 1, args)
        orders.append(order)
        changes += [c.path for c in order.changes]
        if request is None:
            rerun |= set(order.rerun)
        else:
            named += order.rerun
    assert sorted(changes) == sorted(c.path for c in pending.changes)
    assert rerun >= set(pending.rerun) or EVERYTHING in rerun
    assert sorted(named) == sorted(name for r in pending.requests for name in r.arguments)
    assert len(orders) <= 1 + len(pending.requests)
    assert set(rest.owed) | rerun >= set(pending.owed) or EVERYTHING in rerun | set(rest.owed)


def test_the_newest_goes_first() -> None:
    request, change = RequestRun(1, "items", ("t.py::x",), ()), FileChange("a.py", "modified", "1", "2", (), None)
    assert Pending().changed((change,)).requested(request).taken(1, ())[0].scope == "items"
    assert Pending().requested(request).changed((change,)).taken(1, ())[0].scope == "changed"


@pytest.mark.parametrize(
    ("scope", "arguments", "unfinished", "left"),
    [
        ("items", ("a.py::x", "b.py::y"), ("b.py",), ("b.py::y",)),
        ("items", ("a.py::x", "b.py::y"), (EVERYTHING,), ("a.py::x", "b.py::y")),
        ("items", ("a.py::x", "b.py::y"), None, ("a.py::x", "b.py::y")),
        ("paths", ("tests",), ("tests/a.py",), ("tests/a.py",)),
        ("name", ("slow",), ("tests/a.py",), ("slow",)),
    ],
)
def test_what_a_cancelled_request_leaves(
    scope: str, arguments: tuple[str, ...], unfinished: tuple[str, ...] | None, left: tuple[str, ...]
) -> None:
    request = RequestRun(1, scope, arguments, ())  # type: ignore[arg-type]  # of the table above
    order = RunTests(1, request.scope, (), arguments, ())
    assert [r.arguments for r in Pending.of(order, request, unfinished).requests] == [left]
    assert not Pending.of(order, request, ())


@pytest.mark.parametrize(
    ("words", "narrow"),
    [
        ("", False), ("-x", False), ("-vv -s", False), ("--tb short", False), ("--tb=short", False), ("-n4", False),
        ("-n 4", False), ("--maxfail 2 -q", False), ("-W error", False), ("--ff", False), ("-rA", False),
        ("-k slow", True), ("-kslow", True), ("-m slow", True), ("tests/a.py", True), ("--deselect=a", True),
        ("--lf", True), ("--sw", True), ("--collect-only", True), ("--ignore=a", True), ("-vk slow", True),
        ("--picked", True), ("-p no:doctest", True), ("-o testpaths=a", True), ("--tb short tests", True),
        ("-x -k a", True), ("-n 4 tests", True),
    ],
)  # fmt: skip
def test_which_arguments_may_leave_tests_out(words: str, narrow: bool) -> None:
    args = tuple(words.split())
    assert narrows(args) is narrow
    assert is_change_run(RequestRun(1, "all", (), args)) is not narrow
    assert is_change_run(RequestRun(1, "changed", (), args))


@pytest.mark.parametrize(
    ("ran", "scope", "asked", "answered"),
    [
        ("", "changed", "", True), ("", "changed", "-k a", True), ("", "all", "", True), ("", "all", "-v", False),
        ("-k a", "changed", "-k a", True), ("-k a", "changed", "-k b", False), ("-k a", "changed", "", False),
        ("-v", "changed", "", False), ("-v", "all", "-v", True), ("-k a", "all", "", False), ("", "items", "", False),
    ],
)  # fmt: skip
def test_whom_a_run_of_changes_answers(ran: str, scope: Scope, asked: str, answered: bool) -> None:
    order = RunTests(1, "all", (), (EVERYTHING,), tuple(ran.split()))
    assert answers(order, None, RequestRun(1, scope, (), tuple(asked.split()))) is answered


def test_a_request_runs_with_its_own_arguments_and_answers_its_kind() -> None:
    plain, narrow = RequestRun(1, "items", ("t.py::x",), ()), RequestRun(2, "items", ("t.py::y",), ("-k", "y"))
    pending = Pending().requested(plain).requested(narrow)
    first, carried, rest = pending.taken(1, ("-k", "z"))
    assert (first.pytest_args, carried) == ((), plain)
    assert rest.taken(2, ("-k", "z"))[0].pytest_args == ("-k", "y")
    assert [answers(first, carried, request) for request in (plain, narrow)] == [True, False]
    assert not answers(first, carried, RequestRun(3, "changed", (), ()))
