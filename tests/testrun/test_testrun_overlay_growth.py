"""Spares over overlays, traced, that come and go: nothing of them stays in the engine's process."""

import gc
from pathlib import Path

import pytest
from overlaykit import end_of, order_of, outcomes_of, said_by
from sessionkit import snapshot_of

from companion.config import Config
from companion.messages import Prepare
from companion.runtime.interpreter import Isolation, Worker
from companion.runtime.memory import resident

GREEN = Path(__file__).parents[2] / "fixtures" / "projects" / "green"
ENTRY = "tests.testrun.tracingkit:traced_main"
OWN = Isolation.FILESYSTEM | Isolation.DESCRIPTORS
ORDER = order_of(
    {"more.py": "X = 1\n", "test_memory.py": "import more\ndef test_it(): assert more.X == 1\n"}, ["test_memory.py"]
)
pytestmark = pytest.mark.skipif(resident() == 0, reason="this system does not tell")


@pytest.mark.timeout(600)
def test_a_hundred_traced_spares_leave_nothing(tmp_path: Path) -> None:
    """What one of them keeps when its hooks stay in place is 3 MB or more."""
    prepare = Prepare(str(GREEN), "interpreter", snapshot_of(GREEN), (), 1000, "", str(tmp_path))

    before = 0

    def cycle(_: int) -> None:
        spare = Worker("spare", ENTRY, Config(root=str(GREEN)), isolation=OWN)
        spare.start()
        spare.send.send(prepare)
        said = said_by(spare, ORDER)
        assert outcomes_of(said) == {"test_memory.py::test_it": "passed"}
        assert [path for path, _ in end_of(said).ran] == ["more.py", "test_memory.py"]

    for number in range(110):  # one after the other: two at once leave the allocator with another arena now and then
        if number == 10:
            gc.collect()
            before = resident()
        cycle(number)
    gc.collect()
    assert resident() - before < 10_000_000
