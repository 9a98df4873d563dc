"""Files and projects that an interpreter could not hold, and can once they, or what they need, have changed."""

import venv
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Literal

import pytest
from runnerkit import Office
from sparekit import desk

from companion.messages import Collected, FileChange, NeedsProcess, RunTests, SpareEnded

A, B = "test_a.py", "test_b.py"
FORK = "fork needs a process of its own"
EXTENSION = "the extension numpy needs a process of its own"
IDLE = 1.0

type Lane = Literal["auto", "interpreter"]
type Build = Callable[[Lane], Office]


@pytest.fixture(scope="module")
def python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Of an environment where something can be installed."""
    folder = tmp_path_factory.mktemp("env")
    venv.create(folder, symlinks=True)
    return folder / "bin" / "python"


@pytest.fixture
def office(tmp_path: Path, python: Path) -> Iterator[Build]:
    made: list[Office] = []
    for file in (A, B):
        (tmp_path / file).write_text("# first")
    with desk() as host:

        def build(lane: Lane = "interpreter") -> Office:
            made.append(Office(host, tmp_path, lane, python=(str(python),)))
            return made[-1]

        yield build
        for each in made:
            each.close()


def refused(office: Office, file: str, what: str, reason: str) -> None:
    """A run of this file, which an interpreter refuses and a process holds."""
    office.order(file)
    far = office.at_work("interpreter")
    far.say(NeedsProcess(what, reason))
    office.begin(far, f"{file}::x")
    office.finish(far, f"{file}::x")
    office.over(far)
    office.hear(SpareEnded(far.serial, ""))
    whole(office, file)


def whole(office: Office, file: str) -> None:
    """A process runs it whole."""
    far = office.at_work("process")
    office.begin(far, f"{file}::x")
    office.finish(far, f"{file}::x")
    office.over(far)
    assert office.end().passed == 1
    office.hear(SpareEnded(far.serial, ""))


def edit(office: Office, file: str, text: str) -> None:
    """Save it, so that it runs."""
    Path(office.root, file).write_text(text)
    kind: Literal["created", "modified"] = "modified"
    change = FileChange(file, kind, "1", "2", (), None)
    office.generation += 1
    office.hear(RunTests(office.generation, "changed", (change,), (), ()))


def tried(office: Office, file: str) -> None:
    """While nobody waits it is tried in an interpreter, and comes out there as before."""
    office.desk.loop.advance(IDLE)
    office.give()
    for far in office.spares:
        far.told()
    (far,) = (far for far in office.spares if far.order is not None and file in far.order.only)
    office.generation, running = 0, office.generation
    far.say(Collected(0, (f"{file}::x",), (), (), 0))
    office.finish(far, f"{file}::x")
    office.over(far)
    office.generation = running


def test_an_edited_file_that_was_moved_is_tried_again(office: Build) -> None:
    made = office("interpreter")
    refused(made, A, f"{A}::x", FORK)
    assert made.runs_in("process", A)
    edit(made, A, "# second, which forks no more")
    assert made.nobody_works("interpreter"), "not at once: most edits do not mend it"
    whole(made, A)
    tried(made, A)
    assert made.runs_in("interpreter", A)


def test_a_file_that_was_moved_is_known_to_the_next_engine(office: Build) -> None:
    first = office("interpreter")
    refused(first, A, f"{A}::x", FORK)
    first.close()
    first.spares.clear()
    second = office("auto")
    assert second.runs_in("process", A)
    second.desk.loop.advance(IDLE)
    assert second.nobody_works("interpreter"), "it is not tried again as it is"


@pytest.mark.parametrize("file", ["pyproject.toml", "tox.ini"])
def test_a_project_that_was_refused_is_tried_again_when_it_is_configured_anew(office: Build, file: str) -> None:
    made = office("interpreter")
    refused(made, A, ".", EXTENSION)
    assert made.runs_in("process", B)
    edit(made, file, "")
    far = made.at_work("interpreter")
    made.begin(far, f"{A}::x")
    made.finish(far, f"{A}::x")
    made.over(far)
    assert made.end().passed == 1
    assert made.runs_in("interpreter", B)


def test_in_another_environment_all_that_was_refused_is_tried_again(office: Build, python: Path) -> None:
    made = office("interpreter")
    refused(made, B, f"{B}::x", FORK)
    refused(made, A, ".", EXTENSION)
    assert made.runs_in("process", A)
    (site,) = python.parents[1].glob("lib/python3*/site-packages")
    (site / "other-1.0.dist-info").mkdir()
    assert made.runs_in("interpreter", A)
    assert made.runs_in("interpreter", B)
    (site / "other-1.0.dist-info").rmdir()
    assert made.runs_in("interpreter", A)
