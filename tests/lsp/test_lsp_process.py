"""The real process: exit codes, how fast it comes and goes, and that nobody else can write into the protocol."""

import os
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest
from lspkit import SOON, Json, initialize, leave, process

PARAMS: Json = {"processId": None, "rootUri": None, "capabilities": {}}


def test_shutdown_and_exit() -> None:
    with process() as (server, editor):
        initialize(editor, None, {})
        leave(editor)
        assert server.wait(SOON) == 0


@pytest.mark.parametrize("words", [("companion-lsp",), ("companion-lsp", "--stdio"), ("companion", "lsp", "--stdio")])
def test_the_commands(words: tuple[str, ...]) -> None:
    command = Path(sys.executable).with_name(words[0])
    if not command.exists():
        pytest.skip("companion is not installed beside this Python")
    with process(str(command), *words[1:]) as (server, editor):
        initialize(editor, None, {})
        leave(editor)
        assert server.wait(SOON) == 0


def test_exit_without_shutdown() -> None:
    with process() as (server, editor):
        initialize(editor, None, {})
        editor.send({"jsonrpc": "2.0", "method": "exit"})
        assert server.wait(SOON) == 1


def test_exit_before_initialize() -> None:
    with process() as (server, editor):
        editor.send({"jsonrpc": "2.0", "method": "exit"})
        assert server.wait(5) == 1


def test_end_of_input() -> None:
    with process() as (server, editor):
        initialize(editor, None, {})
        editor.hang_up()
        assert server.wait(SOON) == 1


def test_end_of_input_within_a_message() -> None:
    with process() as (server, editor):
        initialize(editor, None, {})
        editor.raw(b"Content-Length: 100\r\n\r\n{")
        editor.hang_up()
        assert server.wait(SOON) == 1


def test_the_editor_dies_but_its_pipe_stays_open() -> None:
    with (
        subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as parent,
        process() as (server, editor),
    ):
        editor.call("initialize", {**PARAMS, "processId": parent.pid})
        parent.kill()
        parent.wait()
        assert server.wait(3) == 1


def test_an_editor_whose_process_is_not_visible() -> None:
    with subprocess.Popen([sys.executable, "-c", ""]) as gone:
        gone.wait()
    with process(stderr=subprocess.DEVNULL) as (server, editor):
        editor.call("initialize", {**PARAMS, "processId": gone.pid})
        leave(editor)
        assert server.wait(SOON) == 0


def test_initialize_is_answered_within_a_second() -> None:
    began = time.monotonic()
    with process() as (_, editor):
        initialize(editor, None, {})
        assert time.monotonic() - began < 2.0  # the budget is one second on a quiet machine
        leave(editor)


def test_wrong_usage() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "lsp.cli", "--tcp"], capture_output=True, text=True, timeout=20, check=False
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert "usage: companion-lsp [--stdio]" in done.stderr


FOREIGN = textwrap.dedent("""
    import os, subprocess, sys
    from lsp.stdio import take
    incoming, outgoing = take()
    print("print")
    os.write(1, b"fd\\n")
    subprocess.run([sys.executable, "-c", "import os; print('child'); print(repr(os.read(0, 9)))"], check=True)
    print(repr(sys.stdin.read()), repr(os.read(0, 9)))
    assert not os.get_inheritable(incoming) and not os.get_inheritable(outgoing)
    os.write(outgoing, os.read(incoming, 99))
""")


def test_only_the_protocol_reads_stdin_and_writes_stdout() -> None:
    done = subprocess.run(
        [sys.executable, "-c", FOREIGN], input=b"protocol", capture_output=True, timeout=20, check=True
    )
    assert done.stdout == b"protocol"
    assert done.stderr.splitlines() == [b"print", b"fd", b"child", b"b''", b"'' b''"]


@pytest.mark.parametrize("closed", ["2>&-", "0<&-", "1>&-"])
def test_a_closed_standard_stream(closed: str, tmp_path: Path) -> None:
    script = tmp_path / "run.sh"
    script.write_text(f'exec "{sys.executable}" -m lsp.cli {closed}\n')
    done = subprocess.run(["sh", str(script)], input=b"", capture_output=True, timeout=20, check=False)
    assert done.returncode == (1 if closed == "2>&-" else 2)
    assert done.stdout == b""


def test_nothing_heavy_before_initialize() -> None:
    heavy = ("libcst", "pytest", "rich", "watchdog", "companion.front.client")
    code = f"import lsp.cli, lsp.server, sys; print([m for m in {heavy} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=20, check=True)
    assert done.stdout.strip() == "[]"


def test_the_entry_point_imports_nothing_before_it_has_its_streams() -> None:
    code = "import sys; old = set(sys.modules); import lsp.cli; print(sorted(set(sys.modules) - old))"
    done = subprocess.run([sys.executable, "-S", "-c", code], capture_output=True, text=True, timeout=20, check=True,
                          env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])})  # fmt: skip
    assert not {"asyncio", "logging", "json", "lsprotocol"} & set(eval(done.stdout))  # noqa: S307
