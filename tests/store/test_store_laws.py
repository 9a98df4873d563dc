"""A store is a few dictionaries that survive: whatever is kept, forgotten, saved, reopened."""

import shutil
import tempfile
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from companion.messages import Lane
from companion.store.store import ENVIRONMENTS, LaneRecord, Store

texts = st.text(st.characters(codec=None), max_size=6)  # lone surrogates and zero characters too
names = st.sampled_from(["a.py", "b.py", "ü.py", "no\udcfftext.py", "a\0b", ""]) | texts
environments = st.sampled_from([f"{number:016x}" for number in range(ENVIRONMENTS)])
lanes: st.SearchStrategy[Lane] = st.sampled_from(("interpreter", "process"))
records = st.builds(LaneRecord, st.sampled_from(["", "0" * 32, "f" * 32]), lanes, texts)
durations = st.floats(0, 1e9) | st.sampled_from([0.0, 5e-324, 1.7e308])


@dataclass
class Environment:
    lanes: dict[str, LaneRecord] = field(default_factory=dict[str, LaneRecord])
    modules: tuple[str, ...] = ()


class Memory(RuleBasedStateMachine):
    """As many reopenings as anything else; a crash forgets what was not saved, a close does not."""

    @initialize()
    def begin(self) -> None:
        self.root = tempfile.mkdtemp()
        self.store = Store(self.root)
        self.environments: dict[str, Environment] = {}
        self.seconds: dict[str, float] = {}
        self.ordered: dict[str, str] = {}

    def teardown(self) -> None:
        self.store.close()
        shutil.rmtree(self.root)

    @rule(environment=environments, changes=st.dictionaries(names, records | st.none(), max_size=4))
    def keep_lanes(self, environment: str, changes: Mapping[str, LaneRecord | None]) -> None:
        self.store.keep_lanes(environment, changes)
        merge(self.environments.setdefault(environment, Environment()).lanes, changes)

    @rule(environment=environments, modules=st.lists(names, max_size=4))
    def keep_modules(self, environment: str, modules: list[str]) -> None:
        self.store.keep_modules(environment, modules)
        self.environments.setdefault(environment, Environment()).modules = tuple(dict.fromkeys(modules))

    @rule(changes=st.dictionaries(names, durations | st.none(), max_size=4))
    def keep_seconds(self, changes: Mapping[str, float | None]) -> None:
        self.store.keep_seconds(changes)
        smoothed = {
            file: now if now is None or file not in self.seconds else self.seconds[file] / 2 + now / 2
            for file, now in changes.items()
        }
        merge(self.seconds, smoothed)

    @rule(file=names, nonsense=st.sampled_from([float("nan"), float("inf"), -float("inf"), -0.001]))
    def a_test_sets_the_clock(self, file: str, nonsense: float) -> None:
        self.store.keep_seconds({file: nonsense})

    @rule(changes=st.dictionaries(names, st.sampled_from(["", "0" * 32]) | st.none(), max_size=4))
    def keep_order_dependent(self, changes: Mapping[str, str | None]) -> None:
        self.store.keep_order_dependent(changes)
        merge(self.ordered, changes)

    @rule()
    def save(self) -> None:
        self.store.save()

    @rule()
    def reopen(self) -> None:
        self.store.close()
        self.store = Store(self.root)

    @rule()
    def crash_after_a_save(self) -> None:
        self.store.save()
        after = as_a_crash_leaves(self.root)
        self.teardown()
        self.root, self.store = after, Store(after)

    @rule(environment=environments)
    def look(self, environment: str) -> None:
        expected = self.environments.get(environment, Environment())
        assert self.store.lanes(environment) == expected.lanes
        assert self.store.modules(environment) == expected.modules

    @rule()
    def look_at_the_project(self) -> None:
        assert self.store.seconds() == self.seconds
        assert self.store.order_dependent() == self.ordered

    @invariant()
    def nothing_to_tell(self) -> None:
        assert self.store.problem == ""


def as_a_crash_leaves(root: str) -> str:
    """Another root, with the files as they are now."""
    after = tempfile.mkdtemp()
    shutil.copytree(root, after, dirs_exist_ok=True)
    return after


def merge[Value](known: dict[str, Value], changes: Mapping[str, Value | None]) -> None:
    for name, value in changes.items():
        if value is None:
            known.pop(name, None)
        else:
            known[name] = value


TestMemory = Memory.TestCase
TestMemory.settings = settings(deadline=None, max_examples=60, stateful_step_count=30)


@settings(deadline=None, max_examples=40)
@given(st.lists(st.tuples(st.integers(0, 7), st.booleans()), max_size=30))
def test_the_environments_used_last_are_remembered(uses: list[tuple[int, bool]]) -> None:
    """Looking at one counts as using it, from the next time on that something is written."""
    with tempfile.TemporaryDirectory() as root:
        store = Store(root)
        recent: dict[str, None] = {}
        written: set[str] = set()
        for number, writes in [*uses, (8, True)]:
            environment = str(number)
            if environment not in written and not writes:
                continue
            if writes:
                store.keep_modules(environment, [environment])
                store.save()
                written.add(environment)
            else:
                store.modules(environment)
            recent.pop(environment, None)
            recent[environment] = None
            if writes:
                for forgotten in list(recent)[:-ENVIRONMENTS]:
                    del recent[forgotten]
                    written.discard(forgotten)
        store.close()
        store = Store(root)
        remembered = {str(number) for number in range(9) if store.modules(str(number))}
        assert remembered == set(recent)
        store.close()


def test_what_is_not_saved_is_forgotten_by_a_crash(tmp_path: Path) -> None:
    store = Store(str(tmp_path))
    store.keep_seconds({"test_a.py": 1.0})
    store.save()
    store.keep_seconds({"test_b.py": 1.0})
    after = as_a_crash_leaves(str(tmp_path))
    store.close()
    with closing(Store(after)) as store:
        assert store.seconds() == {"test_a.py": 1.0}
    shutil.rmtree(after)


def test_a_duration_follows_what_is_measured(tmp_path: Path) -> None:
    store = Store(str(tmp_path))
    for seconds in (8.0, 0.0, 0.0, 1.0):
        store.keep_seconds({"test_a.py": seconds})
    assert store.seconds() == {"test_a.py": 1.5}
    store.close()


def test_the_folder_hides_from_version_control(tmp_path: Path) -> None:
    Store(str(tmp_path)).close()
    assert sorted(path.name for path in (tmp_path / ".companion").iterdir()) == [".gitignore", "state.db"]
    assert (tmp_path / ".companion" / ".gitignore").read_text() == "*\n"


@pytest.mark.parametrize("files", [10_000])
def test_a_large_project_stays_small(tmp_path: Path, files: int) -> None:
    """Ten thousand test files in four environments, under 2 MB each; what one run changes is written by itself."""
    store = Store(str(tmp_path))
    reason = "only works in main thread of the main interpreter"
    known = {
        f"tests/unit/package/test_module_{i}.py": LaneRecord(f"{i:032x}", "process", reason) for i in range(files)
    }
    for environment in range(ENVIRONMENTS + 2):
        store.keep_lanes(str(environment), known)
        store.keep_seconds(dict.fromkeys(known, 0.1))
        store.save()
    assert store.lanes(str(ENVIRONMENTS + 1)) == known
    assert store.lanes("0") == {}
    store.close()
    assert (tmp_path / ".companion" / "state.db").stat().st_size < 2e6 * (ENVIRONMENTS + 2)
