"""What the runner knows again at its next start."""

from pathlib import Path

from sparekit import config, desk, project

from companion.messages import RunTests
from companion.store.marker import Marker
from companion.workers.running.learning import Learning
from companion.workers.running.memory import LaneMemory
from companion.workers.running.pool import Pool
from companion.workers.running.sources import Sources, SuiteFacts

ITEMS = RunTests(1, "items", (), ("test_a.py::x", "test_b.py::x", "test_a.py::y"), ())


def begun(root: Path, sources: Sources) -> Learning:
    with desk() as host:
        pool = Pool(host, config(root), project(), Marker(str(root)), lambda _line, _message: None)
        return Learning(config(root), project(), SuiteFacts(), sources, LaneMemory(), pool)


def test_items_that_depend_on_others_are_run_with_their_file(tmp_path: Path) -> None:
    (tmp_path / "test_a.py").write_text("first")
    learning = begun(tmp_path, Sources(str(tmp_path)))
    assert learning.in_file_order(ITEMS) == ITEMS
    learning.depends_on_order("test_a.py")
    assert learning.in_file_order(ITEMS).rerun == ("test_a.py", "test_b.py::x")
    everything = RunTests(2, "all", (), (), ())
    assert learning.in_file_order(everything) == everything
    learning.close()
    sources = Sources(str(tmp_path))
    again = begun(tmp_path, sources)
    assert again.in_file_order(ITEMS).rerun == ("test_a.py", "test_b.py::x"), "the next engine knows"
    (tmp_path / "test_a.py").write_text("another text")
    sources.tell({"test_a.py"}, set())
    assert again.in_file_order(ITEMS) == ITEMS, "it is another file now"
    again.close()
