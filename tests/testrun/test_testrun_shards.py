"""Parts of a suite, as real sessions run them: however it is configured, each item is in exactly one of them."""

from collections import Counter
from pathlib import Path
from random import Random

import pytest
from sharingkit import run, write

from companion.workers.running.batch import Batch
from companion.workers.running.sources import Sources, SuiteFacts
from companion.workers.running.spreading import Spreading

TEST = "def test_x():\n    pass\n\n\ndef test_y():\n    pass\n"
DOCTEST = '"""\n>>> 1 + 1\n2\n"""\n\n\ndef double(x):\n    """\n    >>> double(2)\n    4\n    """\n    return 2 * x\n'
FILES = {
    "test_a": TEST, "b_test": TEST, "check_c": TEST, "sub__test_d": TEST, "sub__spec_e": TEST, "pkg__test_f": TEST,
    "pkg____init__": TEST, "pkg__test_g": DOCTEST + TEST, "shop": DOCTEST, "sub__deep__test_h": TEST,
    "sub__deep__i_test": TEST, ".hidden__test_j": TEST,
}  # fmt: skip
COLLECTORS = """
import pytest

class Note(pytest.Item):
    def runtest(self):
        pass

class Notes(pytest.File):
    def collect(self):
        yield Note.from_parent(self, name="note")

def pytest_collect_file(file_path, parent):
    if file_path.suffix == ".note":
        return Notes.from_parent(parent, path=file_path)
    if file_path.name in {NAMED!r}:
        return Notes.from_parent(parent, path=file_path, nodeid="notes/of_" + file_path.stem)
"""
SETTINGS = (
    "python_files = check_*.py",
    "python_files = test_*.py spec_*.py *_test.py sub/check_*.py",
    "addopts = --doctest-modules",
    "addopts = --doctest-glob=*.txt",
    "testpaths = sub pkg",
    "norecursedirs = deep",
    "addopts = --import-mode=importlib",
    "",
)


def configured(root: Path, random: Random) -> list[str]:
    """A project of its own; what was chosen."""
    write(root, **FILES)
    (root / "guide.txt").write_text(">>> 1\n1\n")
    (root / "sub" / "test_guide.txt").write_text(">>> 1\n1\n")
    (root / "sub" / "test_k.note").write_text("")
    (root / "linked").symlink_to("sub/deep")
    named = random.sample(["test_a.py", "shop.py", "test_f.py", "guide.txt"], 2)
    (root / "conftest.py").write_text(COLLECTORS.replace("{NAMED!r}", repr(named)))
    chosen = random.sample(SETTINGS, 2)
    if len({setting.split(" =")[0] for setting in chosen}) < len(chosen):
        chosen.pop()
    (root / "pytest.ini").write_text("\n".join(["[pytest]", *chosen]))
    return [*chosen, *named]


def part(root: Path, index: int, count: int) -> list[str]:
    """What this part runs, on a machine that knows nothing."""
    spreading = Spreading(SuiteFacts(), Sources(str(root)))
    ran: list[str] = []
    for batch in spreading.shard([Batch("process", ())], index, count):
        ran += run(root, *batch.arguments, left_out=batch.left_out, only=batch.only).ran
    return ran


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_parts_of_a_suite_are_the_whole_however_it_is_configured(tmp_path: Path, seed: int) -> None:
    random = Random(seed)
    chosen = configured(tmp_path, random)
    count = random.randint(2, 3)
    ran = Counter(item for index in range(count) for item in part(tmp_path, index + 1, count))
    assert ran == Counter(run(tmp_path).ran), (chosen, count)
