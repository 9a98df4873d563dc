"""Who may import whom. A wrong arrow fails here, with its place."""

import ast
import sys

from treekit import ROOT, arrows, imports, modules

INTERPRETERS = ("concurrent.interpreters", "_interpreters", "_interpqueues")
PURE = frozenset(
    {
        "__future__", "ast", "bisect", "codecs", "collections", "configparser", "dataclasses", "difflib", "enum",
        "fnmatch", "functools", "hashlib", "heapq", "io", "itertools", "keyword", "math", "operator", "pathlib", "re",
        "string", "textwrap", "tokenize", "tomllib", "types", "typing", "unicodedata",
        "warnings",  # to silence those on the user's code while it is parsed
    }
)  # fmt: skip
"""Of the standard library, what core may import: no IO (`io` for BytesIO, `pathlib` for PurePosixPath), no clock."""


def test_companion_never_imports_lsp() -> None:
    assert arrows("companion", "lsp") == []


def test_core_is_pure() -> None:
    wrong = [
        f"{path.relative_to(ROOT)}:{line} imports {name}"
        for path in modules("companion/core")
        for name, line in imports(path)
        if path.name != "known.py" or name not in {"builtins", "sys"}  # tables of the names that Python has
        if name.split(".")[0] not in PURE and not name.startswith(("companion.core", "companion.messages"))
    ]
    assert wrong == []


def test_core_touches_no_file() -> None:
    text = "".join(path.read_text("utf-8") for path in modules("companion/core"))
    for call in ("Path(", ".read_text(", ".read_bytes(", "open(", "print("):
        assert f" {call}" not in text


def test_only_the_runtime_knows_interpreters() -> None:
    everywhere = {path.parent for path in modules("companion")} - {ROOT / "companion" / "runtime"}
    wrong = [a for folder in everywhere for a in arrows(str(folder.relative_to(ROOT)), *INTERPRETERS)]
    assert [a for a in wrong if not a.startswith("companion/runtime/")] == []
    assert arrows("lsp", *INTERPRETERS) == []


def test_protocol_types_live_in_lsp_only() -> None:
    assert arrows("companion", "lsprotocol", "pygls") == []


def test_heavy_libraries_have_one_home_each() -> None:
    homes = {
        "libcst": ("companion/refactor/",),
        "watchdog": ("companion/workers/watcher.py", "companion/workers/watching/"),
        "pathspec": ("companion/workers/watcher.py", "companion/workers/watching/"),
        "rich": ("companion/front/",),
        "pytest": ("companion/workers/testrun/",),
    }
    wrong = [a for library, home in homes.items() for a in arrows("companion", library) if not a.startswith(home)]
    assert wrong == []


def test_only_the_tree_imports_libcst() -> None:
    allowed = ("companion/refactor/tree.py", "companion/refactor/native.py")
    assert [a for a in arrows("companion", "libcst") if not a.startswith(allowed)] == []


def test_only_the_tree_parses() -> None:
    """Rules decide on trees that were parsed once, and build nodes without any text."""
    parsing = {
        "ast.parse",
        "compile",
        "cst.parse_module",
        "cst.parse_expression",
        "cst.parse_statement",
        "exec",
        "eval",
    }
    found = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for path in [*modules("companion/refactor"), ROOT / "companion" / "workers" / "refactorer.py"]
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Call) and ast.unparse(node.func) in parsing
    ]
    assert {place.partition(":")[0] for place in found} == {"companion/refactor/tree.py"}


def test_agents_never_import_each_other() -> None:
    agents = {"watcher": "watching", "runner": "running", "refactorer": ""}
    for agent, folder in agents.items():
        others = [f"companion.workers.{name}" for pair in agents.items() if pair[0] != agent for name in pair if name]
        own = [*arrows("companion/workers", *others)]
        mine = (f"companion/workers/{agent}.py", f"companion/workers/{folder}/" if folder else "-")
        assert [a for a in own if a.startswith(mine)] == []


def test_packages_have_empty_beginnings() -> None:
    """But for the two that stand for all that is in them."""
    whole = {ROOT / "companion/messages/__init__.py", ROOT / "companion/runtime/channel/__init__.py"}
    for path in {*modules("companion"), *modules("lsp")} - whole:
        if path.name == "__init__.py":
            assert path.read_text("utf-8") == "", path


def test_the_standard_library_list_is_one() -> None:
    assert set(sys.stdlib_module_names) >= PURE
