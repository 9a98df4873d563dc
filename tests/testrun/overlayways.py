"""A project whose items read a module in every way there is; each is green if it sees the text that it should."""

from pathlib import Path

from overlaykit import written

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

OVER: dict[str, str | bytes | None] = {SUBJECT: OVERLAY, "app/added.py": "def overlay(): pass\n"}


def ways_project(root: Path) -> Path:
    """Its items are ``test_ways.py::test_N``, in the order of `WAYS`."""
    items = [
        ITEM.format(number=number, way=way, expected=name in OVERLAYS)
        for number, (name, way) in enumerate({**OVERLAYS, **DISKS, **PROGRAMS}.items())
    ]
    written(root, {"app/__init__.py": "", SUBJECT: DISK, "test_ways.py": BEGINNING + "".join(items)})
    (root / "link").mkdir()
    (root / "link" / "under_another_name").symlink_to(root / SUBJECT)
    return root
