"""What a decorator, a base or a class statement refuses: whoever imports the file notices."""

import pytest
from sourcekit import source, told

from companion.core.impact.difference import difference

FIELDS = "from dataclasses import dataclass, field\n"


@pytest.mark.parametrize(("old", "new"), [
    ("@pytest.fixture(scope='session')\ndef f(): pass", "@pytest.fixture(scope='sessions')\ndef f(): pass"),
    ("@pytest.fixture(params=[1])\ndef f(): pass", "@pytest.fixture(param=[1])\ndef f(): pass"),
    ("@functools.lru_cache(maxsize=1)\ndef f(): pass", "@functools.lru_cache(maxsize='1')\ndef f(): pass"),
    ("@dataclass\nclass A:\n x: int", "@dataclass(frozen=True)\nclass A:\n x: int"),
    ("@dataclass(frozen=True)\nclass A:\n x: int", "@dataclass\nclass A:\n x: int"),
    ("@dataclass\nclass A:\n x: int\n y: int", "@dataclass\nclass A:\n x: int = 0\n y: int"),
    ("@dataclass\nclass A:\n x: int = 0\n y: int = 0", "@dataclass\nclass A:\n x: int = field()\n y: int = field()"),
    ("@dataclass\nclass A:\n x: list = None", "@dataclass\nclass A:\n x: list = []"),
    ("class A(typing.NamedTuple):\n x: int", "class A(typing.NamedTuple):\n _x: int"),
    ("@functools.total_ordering\nclass A:\n def __lt__(self): 0",
     "@functools.total_ordering\nclass A:\n def lt(self): 0"),
    ("class A(enum.IntEnum):\n x = 1", "class A(enum.IntEnum):\n x = 'one'"),
    ("class A(enum.Enum):\n x = 1\n y = 1", "class A(enum.Enum):\n x = 1\n x = 1"),
    ("class A(enum.Enum):\n def f(self): 0", "class A(enum.Enum):\n x = 1\n def f(self): 0"),
    ("class A:\n __slots__ = ('x',)\n y = 1", "class A:\n __slots__ = ('y',)\n y = 1"),
    ("class B: pass\nclass A(B): pass", "class B: pass\nclass A(B, C): pass"),
])  # fmt: skip
def test_what_may_be_refused(old: str, new: str) -> None:
    head = f"{FIELDS}import enum, functools, pytest, typing\n"
    assert "<module>" in told(difference(source(head + old), source(head + new)))


@pytest.mark.parametrize(("old", "new"), [
    ("@pytest.fixture(scope='session')\ndef f(): pass", "@pytest.fixture(scope='module')\ndef f(): pass"),
    ("@pytest.fixture\ndef f(): pass", "@pytest.fixture(params=[1])\ndef f(): pass"),
    ("@pytest.mark.skip(reason='one')\ndef test_f(): pass", "@pytest.mark.skip(reason='two')\ndef test_f(): pass"),
    ("@dataclass\nclass A:\n x: int\n y: int = 0", "@dataclass\nclass A:\n x: int\n z: int\n y: int = 1"),
    ("class A(enum.Enum):\n x = 1", "class A(enum.Enum):\n x = 1\n y = 2"),
    ("class B: pass\nclass A(B): x = 1", "class B: pass\nclass A(B): x = 2"),
])  # fmt: skip
def test_what_fits_as_well_as_before(old: str, new: str) -> None:
    head = f"{FIELDS}import enum, functools, pytest, typing\n"
    assert "<module>" not in told(difference(source(head + old), source(head + new)))
