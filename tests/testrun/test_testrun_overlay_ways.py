"""The ways of reading a module's text: who sees an overlay, and that whoever sees the disk is marked for it."""

import pytest
from overlaykit import LANES, end_of, items_of, overlaid, tree_of, written

from companion.core.text import content_hash
from companion.messages import EVERYTHING, ItemFinished

DISK = "WHICH = 'disk'\ndef which():\n    assert not 'disk'\n"
OVERLAY = DISK.replace("disk", "overlay")
SUBJECT = "app/subject.py"

BEGINNING = """
import codecs, fileinput, importlib, importlib.resources, importlib.util, inspect, io, linecache, multiprocessing
import os, pathlib, pkgutil, pyclbr, runpy, shutil, subprocess, sys, tokenize, traceback
import pytest
from app import subject
PATH = subject.__file__
FOLDER = os.path.dirname(PATH)

def raised():
    try:
        subject.which()
    except AssertionError:
        return traceback.format_exc()

def through_a_link():
    link = os.path.join(os.path.dirname(FOLDER), "link")
    with open(os.path.join(link, "under_another_name")) as file:
        return file.read()

def by_descriptor():
    fd = os.open(PATH, os.O_RDONLY)
    try:
        return os.read(fd, 1000).decode()
    finally:
        os.close(fd)

def from_a_file():
    spec = importlib.util.spec_from_file_location("other", PATH)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.WHICH

def copied(tmp_path):
    shutil.copy(PATH, tmp_path / "copy.py")
    return (tmp_path / "copy.py").read_text()

def by_a_child():
    command = [sys.executable, "-B", "-c", "from app import subject; print(subject.WHICH)"]
    return subprocess.run(command, cwd=os.path.dirname(FOLDER), capture_output=True, text=True, check=True).stdout

def by_a_process():
    child = multiprocessing.get_context("spawn").Process(target=os.getpid)
    child.start()
    child.join()
    return "disk"
"""

OVERLAYS = {
    "import": "subject.WHICH",
    "reload": "importlib.reload(subject).WHICH",
    "spec_from_file_location": "from_a_file()",
    "run_module": "runpy.run_module('app.subject')['WHICH']",
    "run_path": "runpy.run_path(PATH)['WHICH']",
    "run_path, relative": "runpy.run_path(os.path.relpath(PATH))['WHICH']",
    "loader.get_data": "subject.__loader__.get_data(PATH).decode()",
    "loader.get_source": "subject.__loader__.get_source('app.subject')",
    "pkgutil.get_data": "pkgutil.get_data('app', 'subject.py').decode()",
    "pyclbr": "'overlay' if pyclbr.readmodule_ex('app.added') else ''",
    "inspect.getsource": "inspect.getsource(subject)",
    "inspect.getsourcelines": "inspect.getsourcelines(subject.which)[0][-1]",
    "linecache.getline": "linecache.getline(PATH, 1)",
    "linecache.getlines": "linecache.checkcache() or ''.join(linecache.getlines(PATH))",
    "tokenize.open": "tokenize.open(PATH).read()",
    "io.open_code": "io.open_code(PATH).read().decode()",
    "traceback": "raised()",
}
DISKS = {
    "open": "open(PATH).read()",
    "io.FileIO": "io.FileIO(PATH).read().decode()",
    "os.open": "by_descriptor()",
    "pathlib": "pathlib.Path(PATH).read_text()",
    "codecs.open": "io.TextIOWrapper(io.open(os.fsencode(PATH), 'rb')).read()",
    "fileinput": "''.join(fileinput.input(PATH))",
    "importlib.resources": "importlib.resources.files('app').joinpath('subject.py').read_text()",
    "shutil.copy": "copied(tmp_path)",
    "through a link": "through_a_link()",
    "relative to elsewhere": "monkeypatch.chdir(FOLDER) or open('subject.py').read()",
}
PROGRAMS = {"subprocess": "by_a_child()", "multiprocessing": "by_a_process()"}
WAYS = [*OVERLAYS, *DISKS, *PROGRAMS]
ITEM = """
def test_{number}(tmp_path, monkeypatch):
    seen = {way}
    assert ("overlay" in seen, "disk" in seen) == ({expected}, not {expected}), seen
"""


@pytest.fixture(scope="module", params=LANES)
def said(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> list[ItemFinished]:
    """One session; every way of reading is an item of it, green if that saw what it is expected to see."""
    root = tmp_path_factory.mktemp("project").resolve()
    ways = {**OVERLAYS, **DISKS, **PROGRAMS}
    items = [
        ITEM.format(number=number, way=way, expected=name in OVERLAYS)
        for number, (name, way) in enumerate(ways.items())
    ]
    written(root, {"app/__init__.py": "", SUBJECT: DISK, "test_ways.py": BEGINNING + "".join(items)})
    (root / "link").mkdir()
    (root / "link" / "under_another_name").symlink_to(root / SUBJECT)
    before = tree_of(root)
    said = overlaid(request.param, root, {SUBJECT: OVERLAY, "app/added.py": "def overlay(): pass\n"}, "test_ways.py")
    assert tree_of(root) == before
    assert (SUBJECT, content_hash(OVERLAY.encode())) in end_of(said).ran
    assert not [path for path, digest in end_of(said).ran if not digest]
    return list(items_of(said).values())


@pytest.mark.parametrize("way", WAYS)
def test_a_way_of_reading(said: list[ItemFinished], way: str) -> None:
    item = said[WAYS.index(way)]
    assert (item.outcome, item.message) == ("passed", "")
    if way in OVERLAYS:
        assert item.disk_reads == ()
    else:
        assert item.disk_reads == ((EVERYTHING,) if way in PROGRAMS else (SUBJECT,))
