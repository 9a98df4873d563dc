"""Spares that are traced by companion come and go: nothing of them stays in the engine's process."""

import gc
from pathlib import Path

import pytest
from overlaykit import order_of, outcomes_of, said_by
from sessionkit import snapshot_of
from tracedkit import told_by

from companion.config import Config
from companion.messages import Prepare, RunItems
from companion.runtime.interpreter import Isolation, Worker
from companion.runtime.memory import resident

GREEN = Path(__file__).parents[2] / "fixtures" / "projects" / "green"
ENTRY = "companion.workers.testrun.main:interpreter_main"
OWN = Isolation.FILESYSTEM | Isolation.DESCRIPTORS
LAID = order_of(
    {
        "more.py": "import os\nX = os.environ.get('X', 1)\ndef f(): return X\n",
        "test_memory.py": "import pathlib\nimport more\nimport pytest\n@pytest.fixture(scope='module')\n"
        "def shared():\n    yield 1\ndef test_it(shared): assert more.f() == 1 and list(pathlib.Path().iterdir())\n",
    },
    ["test_memory.py"],
)
ORDER = RunItems(1, LAID.arguments, (), 30.0, overlays=LAID.overlays, trace="lines")
pytestmark = pytest.mark.skipif(resident() == 0, reason="this system does not tell")


@pytest.mark.timeout(600)
def test_a_hundred_spares_leave_nothing(tmp_path: Path) -> None:
    """What one of them keeps when a callback stays in place is 2 MB or more."""
    prepare = Prepare(str(GREEN), "interpreter", snapshot_of(GREEN), (), 1000, "", str(tmp_path))
    before = 0

    def cycle() -> None:
        spare = Worker("spare", ENTRY, Config(root=str(GREEN)), isolation=OWN)
        spare.start()
        spare.send.send(prepare)
        said = said_by(spare, ORDER)
        assert outcomes_of(said) == {"test_memory.py::test_it": "passed"}
        assert "more.py:3" in told_by(said).item("test_it").codes

    for number in range(110):  # one after the other: two at once leave the allocator with another arena now and then
        if number == 10:
            gc.collect()
            before = resident()
        cycle()
    gc.collect()
    assert resident() - before < 10_000_000
