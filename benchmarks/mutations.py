"""Small random changes of a Python text, as people make them between two saves: some break tests, some the file."""

import ast
from random import Random


def mutated(text: str, chance: Random) -> str:
    """The text with one change; never the same text."""
    while True:
        changed = chance.choice(MUTATIONS)(text, chance)
        if changed != text:
            return changed


def _number(text: str, chance: Random) -> str:
    found = [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Constant) and type(node.value) is int]
    return _put(text, chance.choice(found), str(chance.randrange(1000))) if found else text


def _comparison(text: str, chance: Random) -> str:
    found = [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Assert)]
    return _put(text, (node := chance.choice(found)).test, f"not ({_source(text, node.test)})") if found else text


def _raise(text: str, chance: Random) -> str:
    return _first_statement(text, chance, 'raise RuntimeError("broken")')


def _local(text: str, chance: Random) -> str:
    return _first_statement(text, chance, f"companion_ = {chance.random()}")


def _module_level(text: str, chance: Random) -> str:
    line = ("import os", "import json as os", "1 / 0", "import nowhere", "X = 1", "# nothing", "def test_new(): pass")
    return f"{text}\n{chance.choice(line)}\n"


def _head(text: str, chance: Random) -> str:
    """Among the imports, or before them."""
    lines = text.splitlines(keepends=True)
    at = [i for i, line in enumerate(lines) if line.startswith(("import ", "from ")) and "(" not in line]
    if not at:
        return f"import os\n{text}"
    i = chance.choice(at)
    lines[i] = chance.choice(("", f"import string\n{lines[i]}", f"{lines[i]}import nowhere\n", f"X = 1\n{lines[i]}"))
    return "".join(lines)


def _broken(text: str, chance: Random) -> str:
    at = chance.randrange(len(text) + 1)
    return f"{text[:at]}\n  )({text[at:]}"


def _first_statement(text: str, chance: Random, statement: str) -> str:
    found = [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.FunctionDef)]
    if not found:
        return text
    first = chance.choice(found).body[0]
    return _put(text, first, f"{statement}; {_source(text, first)}") if _is_simple(first) else text


def _is_simple(node: ast.stmt) -> bool:
    return isinstance(node, ast.Assign | ast.Expr | ast.Return | ast.Assert) and node.lineno == node.end_lineno


def _source(text: str, node: ast.stmt | ast.expr) -> str:
    return ast.get_source_segment(text, node) or ""


def _put(text: str, node: ast.stmt | ast.expr, new: str) -> str:
    lines = text.encode().splitlines(keepends=True)
    before = b"".join(lines[: node.lineno - 1]) + lines[node.lineno - 1][: node.col_offset]
    length = len(_source(text, node).encode())
    whole = text.encode()
    return (before + new.encode() + whole[len(before) + length :]).decode()


MUTATIONS = (_number, _comparison, _raise, _local, _module_level, _head, _broken)
