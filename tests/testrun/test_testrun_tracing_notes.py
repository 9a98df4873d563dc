"""What a traced session reads, looks for, asks and starts, in either lane."""

import socket
from pathlib import Path
from textwrap import indent

import pytest
from overlaykit import LANES, written
from tracedkit import traced

pytestmark = pytest.mark.parametrize("lane", LANES)

HEAD = """\
import contextlib, importlib, importlib.resources, io, json, os, pathlib, pkgutil, shutil, socket, sqlite3, subprocess
import sys, threading
from unittest import mock
HERE = pathlib.Path(__file__).parent
"""
FILES = {
    "data.json": "{}", "folder/one.txt": "", "pack/__init__.py": "", "pack/data.txt": "text", "other.py": "X = 1\n",
    "script.py": "", "conftest.py": "", "pytest.ini": "[pytest]\naddopts = -p no:cacheprovider\n",
}  # fmt: skip

READS = [
    ("open('data.json').close()", {"r data.json"}),
    ("json.loads((HERE / 'data.json').read_text())", {"r data.json"}),
    ("os.close(os.open(b'data.json', os.O_RDONLY))", {"r data.json"}),
    ("io.FileIO(HERE / 'folder' / '..' / 'data.json').close()", {"r data.json"}),
    ("threading_ = threading.Thread(target=(HERE / 'data.json').read_text)\nthreading_.start()\nthreading_.join()",
     {"r data.json"}),
    ("assert importlib.resources.files('pack').joinpath('data.txt').read_text() == 'text'", {"r pack/data.txt"}),
    ("assert pkgutil.get_data('pack', 'data.txt') == b'text'", {"r pack/data.txt"}),
    ("(HERE / 'other.py').read_text()", {"r other.py"}),
    ("with contextlib.suppress(OSError):\n    open('gone.json')", {"m gone.json"}),
    ("with contextlib.suppress(OSError):\n    os.listdir('nowhere')", {"m nowhere"}),
    ("os.listdir()", {"l ."}),
    ("[entry.name for entry in os.scandir('folder')]", {"l folder"}),
    ("list((HERE / 'folder').iterdir())", {"l folder"}),
    ("assert not os.path.exists('gone')", {"m gone"}),
    ("assert not (HERE / 'gone').exists() and not (HERE / 'away').is_dir()", {"m gone", "m away"}),
    ("assert os.path.isfile('data.json') and (HERE / 'folder').is_dir()", {"s data.json", "s folder"}),
    ("sqlite3.connect('made.db').close()", {"m made.db", "w made.db"}),
    ("sqlite3.connect(HERE / 'data.json').close()", {"r data.json", "w data.json"}),
    ("(HERE / 'out.txt').write_text('')", {"w out.txt"}),
    ("(HERE / 'folder' / 'one.txt').unlink()", {"w folder/one.txt"}),
    ("open('data.json', 'r+').close()", {"r data.json", "w data.json"}),
    ("os.mkdir('new')\nos.rmdir('new')", {"w new"}),
    ("os.environ.get('MODE')", {"e MODE"}),
    ("os.getenv('MODE', 'x')", {"e MODE"}),
    ("'MODE' in os.environ", {"e MODE"}),
    ("os.environb.get(b'MODE')", {"e MODE"}),
    ("with contextlib.suppress(KeyError):\n    os.environ['MODE']", {"e MODE"}),
    ("os.environ.copy()", {"e *"}),
    ("dict(os.environ)", {"e *"}),
    ("for name in os.environ: pass", {"e *"}),
    ("os.environ.setdefault('OWN', '1')\nos.environ.pop('OWN')", {"e OWN"}),
    ("with contextlib.suppress(ImportError):\n    import nowhere_at_all", {"i nowhere_at_all"}),
    ("with contextlib.suppress(ImportError):\n    from pack import missing", {"i pack.missing"}),
    ("assert importlib.util.find_spec('nowhere_too') is None", {"i nowhere_too"}),
    ("subprocess.run(['true'])", {"p true", "e PATH"}),
    ("subprocess.run(['/bin/true'], env={})", {"p true"}),
    ("os.waitpid(os.posix_spawn('/bin/true', ['true'], {}), 0)", {"p true"}),
    ("s = socket.socket()\ns.settimeout(0)\ns.connect_ex(('192.0.2.1', 9))\ns.close()", {"c 192.0.2.1"}),
]  # fmt: skip

NOTHING = [
    "pass",
    "import other",
    "import importlib.metadata\nimportlib.metadata.version('pytest')",
    "monkeypatch.setenv('MODE', '1')",
    "os.environ['OWN'] = '1'\ndel os.environ['OWN']",
    "with mock.patch.dict(os.environ, {'OWN': '1'}, clear=True):\n    pass",
    "(tmp_path / 'out.txt').write_text('')\n(tmp_path / 'out.txt').read_text()\nos.listdir(tmp_path)",
    "s = socket.create_server(('127.0.0.1', 0))\nsocket.create_connection(s.getsockname()).close()\ns.close()",
    "a, b = socket.socketpair()\na.close()\nb.close()",
    "s, c = socket.socket(socket.AF_UNIX), socket.socket(socket.AF_UNIX)\ns.bind(str(tmp_path / 's'))\ns.listen()\n\
c.connect(str(tmp_path / 's'))\nc.close()\ns.close()",
    "import inspect\ninspect.getsource(pathlib)\nimport traceback\ntraceback.format_exception(ValueError('x'))",
    "open(os.devnull).close()",
]


def noted(lane: str, tmp_path: Path, bodies: list[str]) -> list[set[str]]:
    """An item each, in a file of its own."""
    tests = {
        f"test_{at:02}.py": f"{HEAD}def test_it(tmp_path, monkeypatch):\n{indent(body, '    ')}\n"
        for at, body in enumerate(bodies)
    }
    told = traced(lane, written(tmp_path / "project", {**FILES, **tests}), f"--basetemp={tmp_path / 'tmp'}")
    assert {*told.outcomes.values()} == {"passed"}, told.outcomes
    return [set(told.item(f"test_{at:02}.py::test_it").notes) for at in range(len(bodies))]


def test_each_is_noted(lane: str, tmp_path: Path) -> None:
    found = noted(lane, tmp_path, [body for body, _ in READS])
    wrong = [(body, notes, seen) for (body, notes), seen in zip(READS, found, strict=True) if notes != seen]
    assert wrong == []


def test_what_is_nobody_s_is_not(lane: str, tmp_path: Path) -> None:
    found = noted(lane, tmp_path, NOTHING)
    assert [(body, seen) for body, seen in zip(NOTHING, found, strict=True) if seen] == []


def test_a_server_of_another_process(lane: str, tmp_path: Path) -> None:
    """In the interpreter lane it is one of this process, but not of the tests'."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
        (found,) = noted(lane, tmp_path, [f"socket.create_connection(('localhost', {port})).close()"])
    assert found == {f"d 127.0.0.1:{port}"}


def test_notes_of_what_is_shared_are_its_own(lane: str, tmp_path: Path) -> None:
    told = traced(lane, written(tmp_path / "project", {
        **FILES,
        "conftest.py": "import pathlib, pytest\npathlib.Path('data.json').read_text()\n"
        "@pytest.fixture(scope='session')\ndef listed(): return list(pathlib.Path('folder').iterdir())\n",
        "test_a.py": "import os\nMODE = os.environ.get('MODE')\ndef test_a(listed): pass\n",
    }))  # fmt: skip
    assert told.imported("conftest.py").notes == {"r data.json"}
    assert [met.notes for met in told.fixtures("listed")] == [{"l folder"}]
    assert told.imported("test_a.py").notes == {"e MODE"}
    assert told.item("test_a").notes == set()
