"""The whole of it: a real server process, a real engine, a copy of the shop project."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import cast

import pytest
from dapkit import DapClient
from lspkit import EVERYTHING, SOON, Json, change, initialize, open_document, process, span
from lsprotocol import types
from realkit import PUBLISH, Opened, ended, opened, processes

from lsp.document import Document
from lsp.from_proto import apply_changes
from lsp.structure import make_converter

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="looks for processes in /proc")

SHOP = Path(__file__).parents[2] / "fixtures" / "projects" / "shop"


@contextmanager
def opened_shop(tmp_path: Path) -> Generator[Opened]:
    """A copy of the shop in an editor."""
    with opened(Path(shutil.copytree(SHOP, tmp_path / "shop"))) as shop:
        yield shop


def test_failures_and_a_syntax_error_come_and_go(tmp_path: Path) -> None:
    with opened_shop(tmp_path) as shop:
        (red,) = shop.shows("tests/test_discounts.py", bool)
        assert red["code"] == "test_voucher_from_exactly_its_minimum_on"
        line = cast("int", red["range"]["start"]["line"])
        assert "    assert" in (shop.root / "tests/test_discounts.py").read_text().splitlines()[line]
        fixed = "src/shop/discounts.py"
        uri = open_document(shop.editor, shop.root / fixed, (shop.root / fixed).read_text())
        change(shop.editor, uri, 2, {"text": shop.write(fixed, "amount > self.minimum", "amount >= self.minimum")})
        shop.saved(uri)
        shop.shows("tests/test_discounts.py", lambda shown: not shown)
        shop.write("src/shop/tax.py", 'rates["standard"])', 'rates["standard"]) + 1')
        shown = shop.shows("tests/test_tax.py", bool)
        assert {one["source"] for one in shown} == {"companion-test"}
        text = shop.write("tests/test_money.py", "import pytest\n", "import pytest\n\ndef broken(:\n")
        shown = shop.shows("tests/test_money.py", bool)
        assert [text.splitlines()[one["range"]["start"]["line"]] for one in shown] == ["def broken(:"]
        shop.write("tests/test_money.py", "\ndef broken(:\n", "")
        shop.shows("tests/test_money.py", lambda shown: not shown)


def test_a_debugger_attaches_to_what_the_server_names(tmp_path: Path) -> None:
    path, item = "tests/test_money.py", "tests/test_money.py"
    with opened_shop(tmp_path) as shop:
        command = {"command": "companion.debug", "arguments": [item, shop.uri(path)]}
        attach = shop.editor.call("workspace/executeCommand", command)
        assert (attach["type"], attach["request"]) == ("debugpy", "attach")
        lines = (shop.root / path).read_text().splitlines()
        inside = next(number for number, line in enumerate(lines, 1) if line.startswith("    assert"))
        with DapClient(attach["connect"]["host"], attach["connect"]["port"]) as debugger:
            debugger.attach({str(shop.root / path): [inside]})
            assert debugger.stopped()[:2] == (str(shop.root / path), inside)


def test_a_proposal_is_applied(tmp_path: Path) -> None:
    path = "src/shop/inventory.py"
    with opened_shop(tmp_path) as shop:
        uri = open_document(shop.editor, shop.root / path, (shop.root / path).read_text())
        shop.shows("tests/test_discounts.py", bool)
        text = shop.write(path, "        if change != 0:\n", "        # nothing, no trace\n        if change != 0:\n")
        change(shop.editor, uri, 2, {"text": text})
        shop.saved(uri)
        (hint,) = [one for one in shop.shows(path, bool) if one["code"] == "guard-clause"]
        context = {"diagnostics": [hint], "only": ["refactor"]}
        params = {"textDocument": {"uri": uri}, "range": hint["range"], "context": context}
        (action,) = [a for a in shop.editor.call("textDocument/codeAction", params) if a.get("diagnostics") == [hint]]
        (edit,) = action["edit"]["documentChanges"]
        assert edit["textDocument"] == {"uri": uri, "version": 2}
        applied = _apply(text, edit["edits"])
        assert "if change == 0:\n            return\n" in applied
        (shop.root / path).write_text(applied)
        change(shop.editor, uri, 3, {"text": applied})
        shop.saved(uri)
        shop.shows(path, lambda shown: all(one["code"] != "guard-clause" for one in shown))
        params["range"] = span(0, 0, 500, 0)
        again = shop.editor.call("textDocument/codeAction", {**params, "context": {"diagnostics": []}})
        assert "guard" not in str(again)


def test_an_engine_that_is_killed_is_replaced(tmp_path: Path) -> None:
    with opened_shop(tmp_path) as shop:
        (before,) = shop.shows("tests/test_discounts.py", bool)
        for pid in shop.engines():
            os.kill(pid, signal.SIGKILL)
        shop.write("src/shop/discounts.py", "amount > self.minimum", "amount >= self.minimum")
        shop.shows("tests/test_discounts.py", lambda shown: not shown)
        shop.write("src/shop/discounts.py", "amount >= self.minimum", "amount > self.minimum")
        assert shop.shows("tests/test_discounts.py", bool) == [before]


def test_the_editor_is_gone_while_tests_run(tmp_path: Path) -> None:
    root = Path(shutil.copytree(SHOP, tmp_path / "shop"))
    with tempfile.TemporaryDirectory(prefix="lsp-") as private:
        environment = {**os.environ, "XDG_RUNTIME_DIR": private, "XDG_STATE_HOME": private}
        with process(stderr=subprocess.DEVNULL, environment=environment) as (server, editor):
            initialize(editor, root, EVERYTHING)
            editor.asked("window/workDoneProgress/create")
            engines = [pid for pid in processes(str(root)) if pid != server.pid]
            editor.hang_up()
            assert server.wait(SOON) == 1
            assert all(ended(pid, within=20) for pid in engines)
            editor.until_end()
            for method in (PUBLISH, "experimental/serverStatus", "$/progress"):
                editor.forget(method)


def _apply(text: str, edits: list[Json]) -> str:
    """As an editor would: from the last to the first."""
    document = Document("file:///a.py", 1, text)
    for raw in reversed(edits):
        where = make_converter().structure(raw["range"], types.Range)
        change = types.TextDocumentContentChangePartial(where, raw["newText"])
        apply_changes(document, [change], "utf-16")
    return document.text
