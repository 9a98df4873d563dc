"""What sessions leave to others, keep together, and do not collect: pytest's own sessions, each in a process."""

from pathlib import Path

import pytest
from sharingkit import run, write

TWO = "def test_x(): pass\ndef test_y(): pass\n"
A, B, C, D = FILES = ("test_a.py", "test_b.py", "test_c.py", "test_d.py")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "pytest.ini").write_text("[pytest]\n")
    write(tmp_path, test_a=TWO, test_b=TWO, test_c=TWO, test_d=TWO)
    return tmp_path


def items(*files: str) -> list[str]:
    return [f"{file}::{name}" for file in files for name in ("test_x", "test_y")]


# --- leaving files to another session ------------------------------------------------------------------------


def test_what_has_not_begun_is_left(root: Path) -> None:
    said = run(root, asked=((1, (C, D)),))
    assert said.released == [items(C, D)]
    assert said.ran == items(A, B)
    assert said.exit == 0


@pytest.mark.parametrize("after", [2, 3])
def test_what_has_begun_and_what_is_next_is_kept(root: Path, after: int) -> None:
    """After the last item of a file, pytest has set up what the next one needs."""
    said = run(root, asked=((after, FILES),))
    assert said.released == [items(C, D)]
    assert said.ran == items(A, B)


def test_asked_at_the_end_nothing_is_left(root: Path) -> None:
    said = run(root, asked=((7, FILES), (8, FILES)))
    assert said.ran == items(*FILES)
    assert [item for released in said.released for item in released] == []


def test_asked_twice_nothing_is_left_twice(root: Path) -> None:
    said = run(root, asked=((1, (D,)), (1, (C, D)), (2, ("test_none.py", A))))
    assert said.released == [items(D), items(C), []]
    assert said.ran == items(A, B)


SHARED = """
import pytest

@pytest.fixture(scope="{scope}", autouse=True)
def shared():
    yield

{two}
"""


@pytest.mark.parametrize("scope", ["session", "package", "module"])
def test_fixtures_of_the_next_item_stay(root: Path, scope: str) -> None:
    """What is left lies between: a folder that is torn down, and one that is not."""
    for folder in ("one", "two", "three"):
        write(root, **{f"{folder}__conftest": SHARED.format(scope=scope, two=""), f"{folder}____init__": ""})
        for name in "ab":
            write(root, **{f"{folder}__test_{folder}_{name}": TWO})
    for after in range(1, 6):
        said = run(root, "one", "two", "three", asked=((after, ("two/test_two_a.py", "one/test_one_b.py")),))
        assert {outcome for _, outcome in said.outcomes} == {"passed"}, said
        assert sorted([*said.ran, *said.released[0]]) == sorted(said.items)


@pytest.mark.parametrize("after", range(1, 5))
def test_what_is_asked_for_twice_is_run_twice(root: Path, after: int) -> None:
    said = run(root, "--keep-duplicates", A, A, B, C, asked=((after, (B, C)),))
    assert {outcome for _, outcome in said.outcomes} == {"passed"}
    assert sorted([*said.ran, *said.released[0]]) == sorted(said.items)


SHUFFLE = """
def pytest_collection_modifyitems(items):
    items.sort(key=lambda item: (item.name, item.nodeid))
"""


@pytest.mark.parametrize("after", range(1, 8))
def test_in_an_order_that_mixes_files(root: Path, after: int) -> None:
    write(root, conftest=SHUFFLE)
    said = run(root, asked=((after, FILES),))
    assert {outcome for _, outcome in said.outcomes} == {"passed"}
    assert sorted([*said.ran, *said.released[0]]) == sorted(said.items)
    assert not {item.partition("::")[0] for item in said.released[0]} & {i.partition("::")[0] for i in said.ran}


# --- what is kept together ---------------------------------------------------------------------------------------


def test_files_with_a_fixture_of_their_package_are_tied(root: Path) -> None:
    write(root, one____init__="", one__conftest=SHARED.format(scope="package", two=""), one__test_e=TWO)
    write(
        root, one__test_f=TWO, two____init__="", two__conftest=SHARED.format(scope="module", two=""), two__test_g=TWO
    )
    said = run(root)
    assert set(said.ties) == {"one/test_e.py", "one/test_f.py"}
    assert said.ties["one/test_e.py"] == said.ties["one/test_f.py"]


GROUP = "import pytest\n@pytest.mark.xdist_group({group})\ndef test_x(): pass\n"


def test_files_of_one_group_are_tied_without_xdist_too(root: Path) -> None:
    write(
        root, test_a=GROUP.format(group="'db'"), test_b=GROUP.format(group="name='db'"), test_c=GROUP.format(group="")
    )
    said = run(root, "-p", "no:warnings")
    assert said.ties == {A: {"group db"}, B: {"group db"}, C: {"group default"}}


@pytest.mark.parametrize(
    ("arguments", "undivided"),
    [
        ((), False), (("-v",), False), (("-x",), True), (("--maxfail=2",), True), (("--lf",), True),
        (("--ff",), True), (("--nf",), True), (("--sw",), True), (("--junitxml=out.xml",), True),
        (("--basetemp=t",), True),
    ],
)  # fmt: skip
def test_options_that_concern_the_whole(root: Path, arguments: tuple[str, ...], undivided: bool) -> None:
    assert bool(run(root, *arguments).undivided) is undivided


# --- what other sessions see to ----------------------------------------------------------------------------------


def parts(root: Path, *arguments: str, mine: tuple[str, ...]) -> tuple[list[str], list[str]]:
    """What runs in two sessions, one of which is for some files only."""
    return run(root, *arguments, left_out=mine).ran, run(root, *arguments, only=mine).ran


def check(root: Path, *arguments: str, mine: tuple[str, ...]) -> None:
    """Two sessions run what one does, each item once."""
    whole = run(root, *arguments)
    first, second = parts(root, *arguments, mine=mine)
    assert sorted([*first, *second]) == sorted(whole.ran)
    assert {item.partition("::")[0] for item in second} == {i.partition("::")[0] for i in whole.ran} & set(mine)
    assert second


def test_some_files_only(root: Path) -> None:
    check(root, mine=(B, D))


@pytest.mark.parametrize("arguments", [(A, B), (f"{B}::test_x", A), (".",)])
def test_what_is_named_is_no_exception(root: Path, arguments: tuple[str, ...]) -> None:
    """pytest never ignores what it is told by path."""
    check(root, *arguments, mine=(B,))


def test_a_src_layout(root: Path) -> None:
    (root / "pytest.ini").write_text("[pytest]\npythonpath = src\ntestpaths = tests\n")
    write(root, src__shop____init__="", src__shop__test_shop=TWO, tests____init__="", tests__test_e=TWO)
    write(root, tests__deep____init__="", tests__deep__test_f="import shop\n" + TWO)
    check(root, mine=("tests/deep/test_f.py",))
    check(root, mine=("tests/test_e.py",))


def test_packages_that_hold_tests_themselves(root: Path) -> None:
    (root / "pytest.ini").write_text("[pytest]\npython_files = *.py\n")
    write(root, one____init__=TWO, one__more=TWO)
    check(root, mine=("one/more.py",))
    check(root, mine=("one/__init__.py", A))


def test_files_that_are_no_modules(root: Path) -> None:
    (root / "pytest.ini").write_text("[pytest]\naddopts = --doctest-modules --doctest-glob=*.txt\n")
    (root / "words.txt").write_text(">>> 1 + 1\n2\n")
    write(root, shop='def f():\n    """\n    >>> 1\n    1\n    """\n')
    check(root, mine=("words.txt", A))
    check(root, mine=("shop.py",))


COLLECTOR = """
import pytest

collect_ignore = ["test_d.py"]

class Lines(pytest.File):
    def collect(self):
        for number, line in enumerate(self.path.read_text().splitlines()):
            yield Line.from_parent(self, name=str(number))

class Line(pytest.Item):
    def runtest(self):
        pass

def pytest_collect_file(file_path, parent):
    if file_path.suffix == ".lines":
        return Lines.from_parent(parent, path=file_path)
"""


def test_collectors_of_the_project_s_own_and_what_it_ignores(root: Path) -> None:
    write(root, conftest=COLLECTOR)
    (root / "one.lines").write_text("a\nb\n")
    (root / "two.lines").write_text("a\n")
    check(root, mine=("one.lines", B))
    assert not [item for ran in parts(root, mine=(B,)) for item in ran if item.startswith(D)]


def test_a_module_that_cannot_be_imported_is_told_by_one(root: Path) -> None:
    write(root, test_b="raise OSError\n")
    for arguments in ((), (A, B)):
        first, second = parts(root, *arguments, mine=(B,))
        assert (first.count(B), second) == (0, [B])


def test_a_package_that_cannot_be_imported_is_told_to_each_that_needs_it(root: Path) -> None:
    """It has taken their tests away."""
    write(root, one____init__="raise OSError\n", one__test_e=TWO, one__test_f=TWO)
    first, second = parts(root, mine=("one/test_f.py",))
    assert any(item.startswith("one") for item in first)
    assert any(item.startswith("one") for item in second)
