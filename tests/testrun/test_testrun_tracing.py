"""What a traced session executes, credited to those that it belongs to, in either lane."""

from pathlib import Path
from textwrap import dedent

import pytest
from overlaykit import LANES, overlaid, written
from tracedkit import told_by, traced

from companion.core.text import content_hash
from companion.messages import ItemFinished, Loaded, Traced

pytestmark = pytest.mark.parametrize("lane", LANES)

HELPER = """\
import functools
@functools.lru_cache
def cached(): return inner()
def inner(): return 1
def generated():
    yield inner()
    yield late()
def late(): return 2
class Cart:
    def total(self): return cached()
def shared(): return 3
def torn(): pass
"""
CACHED, INNER, GENERATED, LATE, TOTAL, SHARED, TORN = (f"helper.py:{line}" for line in (2, 4, 5, 8, 10, 11, 12))


def made(folder: Path, **files: str) -> Path:
    """A project with `HELPER`; ``sub__test_x`` is ``sub/test_x.py``."""
    texts = {f"{name.replace('__', '/')}.py": dedent(text) for name, text in files.items()}
    return written(folder / "project", {"pytest.ini": "[pytest]\npythonpath = .\n", "helper.py": HELPER, **texts})


def test_each_item_has_what_it_executed(lane: str, tmp_path: Path) -> None:
    root = made(tmp_path, test_it="""
        from helper import Cart, inner
        def test_cart(): assert Cart().total() == 1
        def test_inner(): assert inner() == 1
        def test_nothing(): pass
    """)  # fmt: skip
    told = traced(lane, root)
    assert told.item("test_cart").codes == {"test_it.py:3", TOTAL, CACHED, INNER}
    assert told.item("test_inner").codes == {"test_it.py:4", INNER}
    assert told.item("test_nothing").codes == {"test_it.py:5"}
    assert {*told.outcomes.values()} == {"passed"}


def test_a_file_is_told_with_its_hash_before_anything_of_it(lane: str, tmp_path: Path) -> None:
    root = made(tmp_path, test_it="import helper\ndef test_it(): helper.inner()\n")
    said = traced(lane, root).said
    loaded = [message for message in said if isinstance(message, Loaded)]
    assert {message.path: message.hash for message in loaded} == {
        name: content_hash((root / name).read_bytes()) for name in ("helper.py", "test_it.py")
    }
    assert [message.first for message in loaded] == [0, len(loaded[0].lines)]
    at = {type(message): number for number, message in enumerate(said)}
    assert at[Loaded] < at[Traced] < at[ItemFinished]
    assert [m.kind for m in said if isinstance(m, Traced)][-1] in ("item", "session")


def test_a_helper_that_is_cached_is_executed_by_one_and_its_caller_by_both(lane: str, tmp_path: Path) -> None:
    root = made(tmp_path, test_it="""
        from helper import Cart
        def test_one(): assert Cart().total() == 1
        def test_two(): assert Cart().total() == 1
    """)  # fmt: skip
    told = traced(lane, root)
    assert told.item("test_one").codes >= {TOTAL, CACHED}
    assert told.item("test_two").codes == {"test_it.py:4", TOTAL}


def test_a_generator_that_goes_on_in_another_item(lane: str, tmp_path: Path) -> None:
    root = made(tmp_path, test_it="""
        import helper
        NUMBERS = helper.generated()
        def test_one(): assert next(NUMBERS) == 1
        def test_two(): assert next(NUMBERS) == 2
    """)  # fmt: skip
    told = traced(lane, root)
    assert told.item("test_one").codes == {"test_it.py:4", GENERATED, INNER}
    assert told.item("test_two").codes == {"test_it.py:5", GENERATED, LATE}


def test_a_thread_s_is_the_item_s(lane: str, tmp_path: Path) -> None:
    root = made(tmp_path, test_it="""
        import threading
        import helper
        def test_one():
            thread = threading.Thread(target=helper.late)
            thread.start()
            thread.join()
        async def nothing(): return helper.inner()
        def test_two():
            import asyncio
            assert asyncio.run(nothing()) == 1
    """)  # fmt: skip
    told = traced(lane, root)
    assert told.item("test_one").codes == {"test_it.py:4", LATE}
    assert told.item("test_two").codes == {"test_it.py:9", "test_it.py:8", INNER}


CONFTEST = """
    import pytest
    import helper
    @pytest.fixture(scope="session")
    def base():
        yield helper.shared()
        helper.torn()
    @pytest.fixture(scope="session")
    def further(base): return helper.late()
    @pytest.fixture(scope="module", params=[1, 2])
    def numbered(request): return helper.inner()
    @pytest.fixture
    def own(further): return helper.inner()
"""


def test_a_session_fixture_belongs_to_all_that_use_it_in_both_files(lane: str, tmp_path: Path) -> None:
    root = made(
        tmp_path, conftest=CONFTEST, test_a="def test_a(own): pass\ndef test_none(): pass\n",
        test_b="def test_b(base): pass\ndef test_dynamic(request): request.getfixturevalue('further')\n",
    )  # fmt: skip
    told = traced(lane, root)
    (base,), (further,) = told.fixtures("base"), told.fixtures("further")
    assert base.codes == {"conftest.py:4", SHARED, TORN}
    assert further.codes == {"conftest.py:8", LATE}
    assert {*further.uses} & {name for _, name in told.owners} == {name for _, name in told.owners if "base" in name}
    assert told.all_of("test_a") >= {SHARED, LATE, INNER, "conftest.py:4", "conftest.py:8", "conftest.py:12"}
    assert told.all_of("test_b") >= {SHARED, "conftest.py:4"}
    assert LATE not in told.all_of("test_b")
    assert told.all_of("test_dynamic") >= {SHARED, LATE}
    assert told.all_of("test_none") == {"test_a.py:2"}
    assert not told.item("test_b").codes & {SHARED, TORN}


def test_a_fixture_that_is_set_up_twice_has_an_owner_for_each(lane: str, tmp_path: Path) -> None:
    root = made(tmp_path, conftest=CONFTEST, test_a="""
        import helper
        import pytest
        @pytest.fixture(scope="class")
        def chosen(request, numbered): return helper.late() if request.config else 0
        def test_a(numbered): pass
        def test_b(numbered): pass
        class TestC:
            def test_c(self, chosen): pass
    """)  # fmt: skip
    told = traced(lane, root)
    assert len(told.fixtures("numbered")) == 2
    assert len({*told.item("test_a[1]").uses, *told.item("test_a[2]").uses}) == 2
    assert told.item("test_a[1]").uses == told.item("test_b[1]").uses
    assert told.all_of("test_c[2]") >= {LATE, INNER, "conftest.py:10"}


def test_a_fixture_that_asks_in_its_own_words_uses_what_was_there(lane: str, tmp_path: Path) -> None:
    root = made(tmp_path, conftest="""
        import pytest
        import helper
        @pytest.fixture(scope="session")
        def base(): return helper.shared()
        @pytest.fixture(scope="session")
        def asking(request): return request.getfixturevalue("base")
    """, test_a="def test_a(base, asking): pass\ndef test_b(asking): pass\n")  # fmt: skip
    told = traced(lane, root)
    assert SHARED in told.all_of("test_a")
    assert SHARED in told.all_of("test_b")


def test_unittest_and_the_ways_of_set_up(lane: str, tmp_path: Path) -> None:
    root = made(tmp_path, test_a="""
        import unittest
        import helper
        def setup_module(): helper.shared()
        class TestPlain:
            def setup_method(self): helper.inner()
            def test_plain(self): pass
        class TestCase(unittest.TestCase):
            @classmethod
            def setUpClass(cls): helper.late()
            def setUp(self): helper.inner()
            def test_one(self): pass
            def test_two(self):
                for n in range(2):
                    with self.subTest(n=n):
                        helper.torn()
    """)  # fmt: skip
    told = traced(lane, root)
    assert {*told.outcomes.values()} == {"passed"}
    assert told.item("test_plain").codes >= {"test_a.py:5", "test_a.py:6", "test_a.py:7", INNER}
    for name, own in (("test_one", "test_a.py:12"), ("test_two", "test_a.py:13")):
        assert told.item(name).codes >= {own, "test_a.py:8", "test_a.py:11", INNER}
        assert told.all_of(name) >= {"test_a.py:9", LATE, SHARED}
    assert TORN in told.item("test_two").codes
    assert LATE not in told.all_of("test_plain")


def test_an_item_that_did_not_begin_has_what_it_consists_of(lane: str, tmp_path: Path) -> None:
    root = made(tmp_path, conftest=CONFTEST, test_a="""
        import functools
        import pytest
        def wrapped(function):
            @functools.wraps(function)
            def inside(*args, **options): return function(*args, **options)
            return inside
        @pytest.mark.skip
        @wrapped
        def test_skipped(own): pass
        @pytest.fixture
        def broken(): raise OSError
        def test_error(broken): pass
    """)  # fmt: skip
    told = traced(lane, root)
    assert told.item("test_skipped").codes >= {"test_a.py:5", "test_a.py:8", "conftest.py:4", "conftest.py:12"}
    assert told.item("test_error").codes >= {"test_a.py:11", "test_a.py:13"}
    assert told.outcomes["test_a.py::test_error"] == "error"


def test_imports_are_owners_of_their_own(lane: str, tmp_path: Path) -> None:
    root = made(
        tmp_path, outer="import nested\nimport helper\nhelper.late()\nLATE = nested.X\n", nested="X = 1\n",
        test_a="import outer\ndef test_a(): pass\n",
    )  # fmt: skip
    told = traced(lane, root)
    assert told.owners["collect", "test_a.py"].uses == {"test_a.py"}
    assert told.imported("test_a.py").uses == {"outer.py"}
    assert told.imported("outer.py").uses == {"nested.py", "helper.py"}
    assert told.imported("outer.py").codes == {"outer.py:0", LATE}
    assert told.imported("nested.py").codes == {"nested.py:0"}
    assert told.imported("helper.py").codes == {"helper.py:0", "helper.py:9"}


def test_an_import_inside_a_test(lane: str, tmp_path: Path) -> None:
    """What has been imported already is executed no more: named by `importlib` it is used all the same."""
    root = made(tmp_path, lazy="import helper\nX = helper.late()\ndef f(): return X\n", test_a="""
        import importlib
        def test_one():
            import lazy
            lazy.f()
        def test_two():
            importlib.import_module("lazy").f()
        def test_again():
            import lazy
            importlib.reload(lazy)
    """)  # fmt: skip
    told = traced(lane, root)
    for name, own in (("test_one", 3), ("test_two", 6)):
        assert told.item(name).uses == {"lazy.py"}
        assert told.item(name).codes == {f"test_a.py:{own}", "lazy.py:3"}
    assert told.item("test_again").uses == {"lazy.py"}
    assert told.imported("lazy.py").codes == {"lazy.py:0", LATE}


def test_an_import_that_fails_is_over(lane: str, tmp_path: Path) -> None:
    root = made(tmp_path, broken="import helper\nhelper.late()\nraise OSError\n", outer="import broken\n", test_a="""
        import pytest
        def test_one():
            with pytest.raises(OSError):
                import outer
            import helper
            helper.inner()
        def test_two():
            import helper
            helper.torn()
    """)  # fmt: skip
    told = traced(lane, root)
    assert told.item("test_one").uses == {"outer.py"}
    assert told.item("test_one").codes == {"test_a.py:3", INNER}
    assert told.imported("outer.py").uses == {"broken.py"}
    assert told.imported("broken.py").codes == {"broken.py:0", LATE}
    assert told.item("test_two").codes == {"test_a.py:8", TORN}


def test_what_says_which_tests_there_are_is_the_collection_s(lane: str, tmp_path: Path) -> None:
    root = made(tmp_path, test_a="""
        import helper
        def name(n): return str(helper.late())
        def pytest_generate_tests(metafunc): metafunc.parametrize("n", [helper.inner()], ids=name)
        def test_a(n): pass
    """, conftest="import helper\ndef pytest_collection_modifyitems(): helper.torn()\n")  # fmt: skip
    told = traced(lane, root)
    assert told.owners["collect", "test_a.py"].codes >= {"test_a.py:3", "test_a.py:4", INNER, LATE}
    assert told.item("test_a[2]").codes == {"test_a.py:5"}
    assert told.owners["session", ""].codes == {"conftest.py:2", TORN}
    assert "conftest.py" in told.owners["session", ""].uses


def test_code_that_is_executed_in_other_ways(lane: str, tmp_path: Path) -> None:
    root = made(tmp_path, script="import helper\ndef f(): return helper.late()\nY = f()\n", test_a="""
        import runpy
        def test_run(): assert runpy.run_path("script.py")["Y"] == 2
        def test_exec():
            names = {}
            with open("script.py") as file:
                exec(compile(file.read(), file.name, "exec"), names)
            names["f"]()
    """)  # fmt: skip
    told = traced(lane, root)
    assert told.hashes["script.py"] == ""
    for name in ("test_run", "test_exec"):
        assert told.item(name).uses == {"script.py"}
    assert {"script.py:2", LATE} <= told.item("test_exec").codes


def test_the_text_of_an_overlay(lane: str, tmp_path: Path) -> None:
    root = made(tmp_path, test_a="import helper\ndef test_a(): assert helper.late() == 5\n")
    text = "X = 1\ndef late(): return 5\n"
    told = traced(lane, root, overlays={"helper.py": text})
    assert told.outcomes == {"test_a.py::test_a": "passed"}
    assert told.hashes["helper.py"] == content_hash(text.encode())
    assert told.item("test_a").codes == {"test_a.py:2", "helper.py:2"}


def test_lines(lane: str, tmp_path: Path) -> None:
    root = made(tmp_path, conftest=CONFTEST, test_a="""
        import helper
        def test_a():
            if helper.inner() == 2:
                helper.late()
            assert helper.cached()
        def test_b(base):
            for n in range(3):
                helper.inner()
    """)  # fmt: skip
    told = traced(lane, root, depth="lines")
    assert told.lines["test_a.py::test_a", "test_a.py"] == {4, 6}
    assert told.lines["test_a.py::test_a", "helper.py"] == {3, 4}
    assert told.lines["test_a.py::test_b", "test_a.py"] == {8, 9}
    (base,) = [name for kind, name in told.owners if kind == "fixture"]
    assert told.lines[base, "conftest.py"] == {6, 7}
    assert told.lines["helper.py", "helper.py"] >= {1, 2, 3, 4, 5, 8, 9, 10}


def test_nothing_is_told_unless_it_is_asked_for(lane: str, tmp_path: Path) -> None:
    root = made(tmp_path, test_a="import helper\ndef test_a(): helper.late()\n")
    told = told_by(overlaid(lane, root, {}))
    assert not told.owners
    assert not told.hashes
