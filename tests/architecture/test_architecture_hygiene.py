"""What must never be committed, and what tests must not do."""

import ast
import re

from treekit import ROOT, arrows, modules, tracked

HOSTS = re.compile(r"\b(?:pypi|pythonhosted|npmjs|debian)\.(?:org|net)\b", re.IGNORECASE)
PLACES = re.compile(r"(?<![\w.])/(?:work|root|opt)/\w")


def test_no_registry_and_no_machine_is_named() -> None:
    found: list[str] = []
    for path in tracked():
        try:
            text = path.read_text("utf-8")
        except UnicodeDecodeError:
            continue
        for pattern in (HOSTS, PLACES):
            found += [f"{path.relative_to(ROOT)}: {m.group()}" for m in pattern.finditer(text)]
    assert [line for line in found if not line.startswith("tests/architecture/test_architecture_hygiene")] == []


def test_scripts_stay_short() -> None:
    for path in (ROOT / "scripts").iterdir():
        assert len(path.read_text("utf-8").splitlines()) < 40, path.name


def test_tests_neither_sleep_nor_patch() -> None:
    never = {"time.sleep", "sleep", "mock.patch", "asyncio.sleep"}
    found = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for path in modules("tests")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Call) and ast.unparse(node.func) in never
        if ast.unparse(node) != "asyncio.sleep(0)"  # lets the loop turn once, and waits for nothing
    ]
    assert found == []


def test_tests_know_no_mocks() -> None:
    assert arrows("tests", "unittest.mock", "mock", "pytest_mock") == []


def test_public_things_say_what_they_are() -> None:
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
    missing: list[str] = []
    for path in [*modules("companion"), *modules("lsp")]:
        tree = ast.parse(path.read_text("utf-8"))
        if path.name != "__init__.py" and not ast.get_docstring(tree):
            missing.append(str(path.relative_to(ROOT)))
        missing += [
            f"{path.relative_to(ROOT)}:{node.lineno} {node.name}"
            for node in tree.body
            if isinstance(node, kinds) and not node.name.startswith("_") and not ast.get_docstring(node)
            if not _says_it_by_its_fields(node)
        ]
    assert missing == []


def _says_it_by_its_fields(node: ast.stmt) -> bool:
    """A message or event whose name and fields are all there is to say."""
    return isinstance(node, ast.ClassDef) and bool(node.decorator_list)
