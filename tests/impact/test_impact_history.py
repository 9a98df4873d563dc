"""A result is taken back only where nothing differs from what it stood on."""

from collections.abc import Mapping
from dataclasses import dataclass

from hypothesis import given
from hypothesis import strategies as st

from companion.core.impact.graph import CONTENT, ENVIRONMENT, LISTING, PRESENCE
from companion.core.impact.history import MODULES, Part, is_apart, stands

CODE = [f"app/m{number}.py" for number in range(6)]
DATA = ["data.json", "tests/cases.txt", "pyproject.toml"]
NAMES = ["MODE", "SIZE"]
hashes = st.sampled_from(["", "one", "two"])


@dataclass(frozen=True)
class State:
    """Of a disk: content hashes by path (empty: not there), variables."""

    files: Mapping[str, str]
    variables: Mapping[str, int]

    def variable(self, name: str) -> int:
        return self.variables[name]

    def is_there(self, path: str) -> bool:
        return bool(self.files[path])

    def is_told(self, path: str) -> bool:
        return path in self.files

    def is_module(self, name: str) -> bool:
        return bool(self.files.get(f"{name.replace('.', '/')}.py"))


states = st.builds(
    State,
    st.fixed_dictionaries(dict.fromkeys((*CODE, *DATA), hashes)),
    st.fixed_dictionaries({name: st.integers(0, 2) for name in NAMES}),
)
closures = st.frozensets(st.sampled_from(CODE), min_size=1)
used = st.sets(st.sampled_from([*CODE, *DATA, *NAMES, "looked for"]))


def parts(then: State, chosen: set[str]) -> list[Part]:
    """What an item depended on that used these."""
    code: list[Part] = [(path, "f()", 1) for path in CODE if path in chosen and then.files[path]]
    code += [(path, CONTENT, 0) for path in DATA if path in chosen]
    code += [(ENVIRONMENT, name, then.variables[name]) for name in NAMES if name in chosen]
    return code + ([(MODULES, "app.m5", 0)] if "looked for" in chosen and not then.files["app/m5.py"] else [])


def comes_back(then: State, now: State, closure: frozenset[str], depends: list[Part]) -> bool:
    differing = {
        path: (then.files[path], now.files[path]) for path in then.files if then.files[path] != now.files[path]
    }
    return is_apart(closure, differing) and stands(depends, differing, now)


@given(states, states, closures, used)
def test_never_where_any_part_differs(then: State, now: State, closure: frozenset[str], chosen: set[str]) -> None:
    depends = parts(then, chosen)
    if comes_back(then, now, closure, depends):
        assert all(then.files[path] == now.files[path] for path in closure)
        assert all(then.files[path] == now.files[path] for path, key, _ in depends if key in ("f()", CONTENT))
        assert all(then.variables[name] == now.variables[name] for name in NAMES if name in chosen)
        assert all(bool(then.files[path]) == bool(now.files[path]) for path in then.files), "nothing came or went"
        assert all(then.files[path] == now.files[path] for path in DATA), "an import may have read it"


@given(states, closures, used)
def test_always_where_all_is_as_it_was(then: State, closure: frozenset[str], chosen: set[str]) -> None:
    assert comes_back(then, then, closure, parts(then, chosen))


@given(
    states,
    st.sampled_from([("<anything>", "", 0), ("<data>", "", 0), ("tests", LISTING, 0), ("app/m0.py", CONTENT, 0)]),
)
def test_never_where_that_cannot_be_told(then: State, part: Part) -> None:
    """It starts programs, nobody traced it, it lists a folder, nobody knew the text of what was executed."""
    assert not comes_back(then, then, frozenset(CODE), [part])


def test_a_conftest_concerns_everybody() -> None:
    assert not is_apart(frozenset({"tests/test_a.py"}), {"other/conftest.py": ("one", "two")})
    assert is_apart(frozenset({"tests/test_a.py"}), {"other/test_b.py": ("one", "two")})


def test_what_was_there_has_to_be_there() -> None:
    here, gone = State({"data.json": "one"}, {}), State({"data.json": ""}, {})
    assert stands([("data.json", PRESENCE, 0)], {}, here)
    assert not stands([("data.json", PRESENCE, 0)], {}, gone)
