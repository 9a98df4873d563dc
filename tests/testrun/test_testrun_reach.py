"""What tests reach outside of their process, as a session of the process lane tells it."""

from pathlib import Path
from textwrap import indent

import pytest
from sharingkit import run

HEAD = """
import asyncio, contextlib, os, pathlib, shutil, socket, sqlite3, subprocess, sys, tempfile, threading

HERE = pathlib.Path(__file__).parent


def in_a_thread(function):
    thread = threading.Thread(target=function)
    thread.start()
    thread.join()

"""
PROGRAMS = "starts programs"
WRITES = "writes in the workspace"
REMOTE = "connects to other machines"
DATABASE = "uses a database of the workspace"

REACHES = [
    ("subprocess.run([sys.executable, '-c', ''])", PROGRAMS),
    ("os.system('true')", PROGRAMS),
    ("os.waitpid(os.posix_spawn('/bin/true', ['true'], {}), 0)", PROGRAMS),
    ("child = os.fork()\nif not child:\n    os._exit(0)\nos.waitpid(child, 0)", PROGRAMS),
    ("in_a_thread(lambda: subprocess.run(['true']))", PROGRAMS),
    ("asyncio.run(asyncio.create_subprocess_exec('true'))", PROGRAMS),
    ("(HERE / 'out.txt').write_text('')", WRITES),
    ("open('out.txt', 'ab').close()", WRITES),
    ("os.close(os.open(b'out.txt', os.O_RDWR | os.O_CREAT))", WRITES),
    ("in_a_thread(lambda: (HERE / 'out.txt').touch())", WRITES),
    ("os.mkdir('made')", WRITES),
    ("(HERE / 'old.txt').unlink()", WRITES),
    ("os.rename('old.txt', 'new.txt')", WRITES),
    ("os.chmod(HERE / 'old.txt', 0o600)", WRITES),
    ("os.truncate('old.txt', 0)", WRITES),
    ("os.symlink('/', 'link')", WRITES),
    ("os.link('old.txt', 'again.txt')", WRITES),
    ("shutil.copy(tmp_path / 'x', HERE / 'y')", WRITES),
    ("shutil.move(tmp_path / 'x', HERE)", WRITES),
    ("shutil.rmtree(HERE / 'folder')", WRITES),
    ("folder = os.open(HERE, os.O_RDONLY)\nos.remove('old.txt', dir_fd=folder)\nos.close(folder)", WRITES),
    ("with contextlib.chdir('/'):\n    (HERE / 'old.txt').unlink()", WRITES),
    ("sqlite3.connect('data.db').close()", DATABASE),
    ("s = socket.socket()\ns.settimeout(0)\ns.connect_ex(('192.0.2.1', 9))\ns.close()", REMOTE),
    ("s = socket.socket(socket.AF_INET6)\ns.settimeout(0)\ns.connect_ex(('2001:db8::1', 9))\ns.close()", REMOTE),
]

KEEPS = [
    "(tmp_path / 'out.txt').write_text('')",
    "with tempfile.TemporaryDirectory() as folder:\n    (pathlib.Path(folder) / 'old.txt').touch()",
    "shutil.rmtree(tmp_path)",
    "os.chdir(tmp_path)\nopen('out.txt', 'w').close()\nos.mkdir('a')\nos.remove('out.txt')\nos.chdir(HERE)",
    "at = os.open(tmp_path, os.O_RDONLY)\nos.mkdir('a', dir_fd=at)\nos.rmdir('a', dir_fd=at)\nos.close(at)",
    "(HERE / 'old.txt').read_text()",
    "os.listdir(HERE)",
    "(HERE / '__pycache__').mkdir(exist_ok=True)\n(HERE / '__pycache__' / 'x.pyc').write_bytes(b'')",
    "import helper",
    "os.symlink(HERE / 'old.txt', tmp_path / 'link')",
    "os.link(HERE / 'old.txt', tmp_path / 'link')",
    "sqlite3.connect(':memory:').close()",
    "sqlite3.connect('').close()",
    "s = socket.create_server(('127.0.0.1', 0))\nsocket.create_connection(s.getsockname()).close()\ns.close()",
    "s = socket.create_server(('', 0))\nsocket.create_connection(('localhost', s.getsockname()[1])).close()",
    "a, b = socket.socketpair()\na.close()\nb.close()",
    "s = socket.socket(socket.AF_UNIX)\ns.connect_ex(str(tmp_path / 'none'))\ns.close()",
    "open(os.devnull, 'w').close()",
    "in_a_thread(lambda: None)",
]


def written(name: str, body: str) -> str:
    return f"\ndef test_{name}(tmp_path):\n    (tmp_path / 'x').touch()\n{indent(body, '    ')}\n"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    where = tmp_path / "project"
    (where / "folder").mkdir(parents=True)
    (where / "folder" / "old.txt").touch()
    (where / "pytest.ini").write_text("[pytest]\naddopts = -p no:cacheprovider\n")
    (where / "old.txt").touch()
    (where / "helper.py").write_text("")
    return where


@pytest.mark.parametrize("shard", range(5))
def test_each_way_to_reach_outside_is_told(tmp_path: Path, root: Path, shard: int) -> None:
    """A file for each, so that each is told by itself; in order, for they change what others need."""
    for number, (body, reason) in enumerate(REACHES):
        if number % 5 != shard:
            continue
        (root / "old.txt").touch()
        for left in ("link", "again.txt", "new.txt", "x", "y"):
            (root / left).unlink(missing_ok=True)
        (root / "test_one.py").write_text(HEAD + written("one", body))
        said = run(root, "test_one.py", f"--basetemp={tmp_path / 'tmp'}")
        assert said.reached >= {("test_one.py", reason)}, (body, said.messages)
        assert len(said.reached) == 1, (body, said.reached)


def test_what_stays_inside_is_not(tmp_path: Path, root: Path) -> None:
    """One file each, so that it is told which."""
    for number, body in enumerate(KEEPS):
        (root / f"test_{number}.py").write_text(HEAD + written(str(number), body))
    said = run(root, f"--basetemp={tmp_path / 'tmp'}", environment={"PYTHONDONTWRITEBYTECODE": ""})
    assert {item: message for item, message in said.messages.items() if message} == {}
    assert {(KEEPS[int(file[5:-3])], reason) for file, reason in said.reached} == set()


def test_what_an_import_reaches_is_its_file_s(root: Path) -> None:
    (root / "test_one.py").write_text("open('out.txt', 'w').close()\ndef test_x(): pass\n")
    (root / "test_two.py").write_text("def test_x(): pass\n")
    assert run(root).reached == {("test_one.py", WRITES)}


def test_what_tests_replace_is_not_called(root: Path) -> None:
    """A mock counts, and a folder may be gone: none of that is the test's."""
    (root / "test_one.py").write_text(HEAD + (
        "from unittest import mock\n"
        "def test_mock(tmp_path):\n"
        "    with mock.patch('os.getcwd') as cwd, mock.patch('os.path.abspath') as full, mock.patch('os.fsdecode'):\n"
        "        open('out.txt', 'w').close()\n"
        "    assert not cwd.called and not full.called\n"
        "def test_gone(tmp_path):\n"
        "    (tmp_path / 'gone').mkdir()\n"
        "    os.chdir(tmp_path / 'gone')\n"
        "    (tmp_path / 'gone').rmdir()\n"
        "    folder = os.open(tmp_path, os.O_RDONLY)\n"
        "    os.mkdir('a', dir_fd=folder)\n"
        "    os.chdir(HERE)\n"
    ))  # fmt: skip
    said = run(root)
    assert {outcome for _, outcome in said.outcomes} == {"passed"}, said.messages
    assert said.reached == {("test_one.py", WRITES)}
