import pytest

from companion.core.ignore import is_noise, is_text_of_interest

DROPPINGS = [
    ".a.py.swp", ".a.py.swx", ".swo", "4913", "a.py~", ".#a.py", "#a.py#", "a.py___jb_tmp___", "a.py___jb_old___",
    "a.py.tmp", "a.py.tmp.4711", "a.py.tmp.4711.d41d8c", ".goutputstream-A1B2C3", ".nfs0000a1", "a.pyc", ".DS_Store",
    ".coverage", ".coverage.host.4711.XabcdefX",
]  # fmt: skip


@pytest.mark.parametrize("name", DROPPINGS)
def test_droppings_of_editors(name: str) -> None:
    assert is_noise(name, folder=False)
    assert not is_noise(name, folder=True)


@pytest.mark.parametrize("name", ["a.py", "conftest.py", "swp", "4914", "tmp", "~a", "#a", "tmp.py", ".coveragerc"])
def test_files_of_the_project(name: str) -> None:
    assert not is_noise(name, folder=False)


@pytest.mark.parametrize("name", [".git", ".companion", "node_modules", "__pycache__", ".hypothesis", ".tox"])
def test_folders_of_tools(name: str) -> None:
    assert is_noise(name, folder=True)
    assert not is_noise(name, folder=False)


def test_a_name_that_no_message_can_carry() -> None:
    assert is_noise("caf\udce9.py", folder=False)
    assert is_noise("caf\udce9", folder=True)
    assert not is_noise("café.py", folder=False)


@pytest.mark.parametrize("name", ["a.py", "a.pyi", "pyproject.toml", "pytest.ini", "tox.ini", "setup.cfg"])
def test_texts_kept_at_any_size(name: str) -> None:
    assert is_text_of_interest(name)
    assert not is_text_of_interest(f"{name}.json")
