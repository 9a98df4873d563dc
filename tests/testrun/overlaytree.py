"""A project of which a part is on the disk and a part in memory, and what sessions of it say."""

import re
from dataclasses import replace
from pathlib import Path

from overlaykit import written

from companion.messages import Collected, ItemFinished, ItemStarted, Message

DISK = {
    "pyproject.toml": "[tool.pytest.ini_options]\npythonpath = ['src']\naddopts = '--doctest-modules'\n",
    "src/shop/__init__.py": "",
    "src/shop/old.py": "def gone(): pass\n",
    "src/spread/disk/__init__.py": "",
    "tests/conftest.py": "import pytest\n@pytest.fixture\ndef one(): return 1\n",
    "tests/test_disk.py": "import pathlib\ndef test_disk(one): assert one == 1\n",
    "tests/data/notes.txt": "",
}
MEMORY: dict[str, str | bytes | None] = {
    "src/shop/fresh.py": "def double(n):\n    '''\n    >>> double(2)\n    5\n    '''\n    return 2 * n\n",
    "src/whole/__init__.py": "from whole import inner\nfrom .deep.down import BOTTOM\n",
    "src/whole/inner.py": "VALUE = 1\n",
    "src/whole/deep/down.py": "from ..inner import VALUE as BOTTOM\n",
    "src/spread/memory/__init__.py": "",
    "tests/test_fresh.py": (
        "import pathlib, pkgutil\nimport shop, spread.disk, spread.memory, whole\nfrom shop.fresh import double\n"
        "def test_doubles(one): assert double(one) == 3\n"
        "def test_names(request): assert request.node.nodeid == 'x'\n"
        "def test_whole(): assert whole.BOTTOM == whole.inner.VALUE == 1\n"
        "def test_modules():\n    assert [m.name for m in pkgutil.iter_modules(shop.__path__)] == ['fresh']\n"
        "def test_there():\n    path = pathlib.Path(__file__)\n"
        "    assert path.exists() and path.is_file() and path.parent.is_dir() and path.samefile(__file__)\n"
        "    assert path.stat().st_size > 100 and path.resolve(strict=True) == path\n"
        "def test_old():\n    import shop.old\n"
    ),
    "tests/pack/__init__.py": "",
    "tests/pack/conftest.py": "import pytest\n@pytest.fixture\ndef one(): return 11\n",
    "tests/pack/helper.py": "def helped(): assert False, __name__\n",
    "tests/pack/sub/__init__.py": "",
    "tests/pack/sub/test_deep.py": "from ..helper import helped\ndef test_deep(one): assert one == 12\n",
    "tests/pack/test_relative.py": (
        "from .helper import helped\nfrom . import helper\ndef test_helped(one): helped()\n"
        "class TestIt:\n    def test_own(self, one): assert one == 11\n"
    ),
    "tests/loose/test_loose.py": "def test_loose(one, request): assert request.config.rootpath == 1\n",
    "src/shop/old.py": None,
}


def _normal(message: Message, root: Path) -> Message | None:
    """Without what is another each time."""
    if isinstance(message, ItemFinished):
        report = re.sub("0x[0-9a-f]+", "0x", message.report.replace(str(root), "ROOT"))
        return replace(message, seconds=0.0, report=report, message=message.message.replace(str(root), "ROOT"))
    return message if isinstance(message, (Collected, ItemStarted)) else None


def compared(said: list[Message], root: Path) -> list[Message]:
    return [each for message in said if (each := _normal(message, root)) is not None]


def write_down(root: Path) -> Path:
    written(root, {path: text for path, text in MEMORY.items() if isinstance(text, str)})
    for path, text in MEMORY.items():
        if text is None:
            (root / path).unlink()
    return root
