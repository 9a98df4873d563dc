"""From an exception to the place and the line that a person reads."""

import os
import runpy
from collections.abc import Callable
from pathlib import Path

import pytest

from companion.workers.testrun.failure import (
    MOST_FRAMES,
    frames_of,
    full_text,
    message_of,
    place_of,
    root_cause,
)

type Raised = Callable[[str], BaseException]


@pytest.fixture
def raised(tmp_path: Path) -> Raised:
    """What a project's module raises; ``lib`` is a module that is none of the project's."""
    (tmp_path / "lib.py").write_text("def call(f): return f()\ndef fail(): raise OSError('from the library')\n")

    def run(text: str) -> BaseException:
        (tmp_path / "project").mkdir(exist_ok=True)
        path = tmp_path / "project" / "mod.py"
        path.write_text(f"import runpy; lib = runpy.run_path({str(tmp_path / 'lib.py')!r})\n{text}\n")
        try:
            runpy.run_path(str(path))
        except BaseException as error:  # noqa: BLE001 - the point
            return error
        raise AssertionError("nothing was raised")

    return run


def locate(path: str) -> str:
    """Only ``project/`` is the project's own."""
    folder, _, name = path.rpartition("/project/")
    return name if folder else ""


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("x = 1\nraise ValueError('oh')", 3),
        ("def f():\n    1/0\nf()", 3),
        ("lib['fail']()", 2),
        ("def f():\n    1/0\nlib['call'](f)", 3),
        ("try:\n    1/0\nexcept ZeroDivisionError as e:\n    raise OSError('on top') from e", 5),
        ("try:\n    1/0\nexcept ZeroDivisionError:\n    raise OSError('on top') from None", 5),
        ("exec('def f(:')", 2),
        ("compile('x =\\n', __file__, 'exec')", 1),
        ("exec(compile('1/0', '<made>', 'exec'))", 2),
        ("assert 1 == 2, 'no'", 2),
    ],
)
def test_the_place(raised: Raised, text: str, line: int) -> None:
    assert place_of(raised(text), locate) == ("mod.py", line)


def test_the_place_of_an_error_that_is_the_librarys_is_that_of_its_cause(raised: Raised) -> None:
    error = OSError("library")
    error.__cause__ = raised("1/0")
    assert place_of(error, locate) == ("mod.py", 2)
    assert [frame.path for frame in frames_of(error, locate)] == ["mod.py"]


def test_nowhere_in_the_project() -> None:
    assert place_of(ValueError("never raised"), locate) == ("", 0)
    assert frames_of(ValueError("never raised"), locate) == ()


def test_causes_in_a_circle() -> None:
    first, second = OSError("a"), OSError("b")
    first.__cause__, second.__cause__ = second, first
    assert place_of(first, locate) == ("", 0)
    assert message_of(first) == "OSError: a"


def test_a_chain_longer_than_the_stack() -> None:
    error = bottom = ValueError("top")
    for _ in range(3000):
        bottom.__cause__ = bottom = ValueError("deeper")
    assert place_of(error, locate) == ("", 0)


def test_frames_are_those_of_the_cause_first(raised: Raised) -> None:
    error = raised(
        "try:\n    compile('x =\\n', __file__, 'exec')\nexcept SyntaxError as e:\n    raise OSError from e"
    )
    assert [frame.line for frame in frames_of(error, locate)] == [3, 1, 5]


def test_a_recursion_shows_its_end(raised: Raised) -> None:
    frames = frames_of(raised("def f(): f()\nf()"), locate)
    assert (len(frames), {frame.line for frame in frames}) == (MOST_FRAMES, {2})
    assert frames[-1].text == "def f(): f()"


class Falsy(Exception):  # noqa: N818 - an exception with a length, as groups of errors may have
    def __len__(self) -> int:
        return 0


def test_a_cause_that_is_falsy_is_a_cause(raised: Raised) -> None:
    cause = Falsy().with_traceback(raised("1/0").__traceback__)
    error = OSError()
    error.__cause__ = cause
    assert place_of(error, locate) == ("mod.py", 2)


class Unspeakable(Exception):  # noqa: N818 - a user's
    def __str__(self) -> str:
        raise RuntimeError(os.sep)


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (ValueError("oh\nmore"), "ValueError: oh"),
        (ValueError("\n\n  oh \r more"), "ValueError: oh"),
        (ValueError("a\x85b\u2028c"), "ValueError: a"),
        (ValueError(), "ValueError"),
        (KeyError("k"), "KeyError: 'k'"),
        (AssertionError("assert 1 == 2\n +  where"), "assert 1 == 2"),
        (AssertionError("too few\nassert 1 == 2"), "AssertionError: too few"),
        (AssertionError(), ""),
        (Unspeakable(), "Unspeakable: <its text cannot be made>"),
        (ExceptionGroup("both", [ValueError("a"), OSError("b")]), "ExceptionGroup: both (2 sub-exceptions)"),
    ],
)
def test_one_line(error: BaseException, message: str) -> None:
    assert message_of(error) == message
    assert type(error).__name__ in full_text(error)


def test_what_pytests_own_error_speaks_of() -> None:
    class CollectError(Exception):
        """Known by its name: pytest may be another one than ours."""

    cause = ImportError("no module")
    error = CollectError("ImportError while importing test module")
    error.__cause__ = cause
    assert root_cause(error) is cause
    assert root_cause(cause) is cause
