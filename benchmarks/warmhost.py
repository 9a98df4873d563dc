"""By hand: a warm process that forks for each order, imports what a test file imports, and calls its items.

Runs in a project's own Python (3.11 or later), without companion; the lines on standard input are orders (JSON: how
and file), those on standard output the seconds and how many items were run. With ``--list``: which modules collecting
the whole suite imports that are not the project's own, as a spare of companion's would import ahead.
"""

import importlib
import importlib.machinery
import importlib.util
import json
import os
import sys
import time
from pathlib import Path
from typing import Any


def main() -> None:
    """Import what is named on the command line, then serve."""
    out = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)
    import pytest  # noqa: PLC0415 - the project's own

    if sys.argv[1:] == ["--list"]:
        pytest.main(["--collect-only", "-q", "-p", "no:cacheprovider"])
        out.write(json.dumps(outside(str(Path.cwd()))))
        return
    for name in sys.argv[1:]:
        try:
            importlib.import_module(name)
        except Exception:  # noqa: BLE001, S112 - as a spare does
            continue
    sys.dont_write_bytecode = True
    for line in sys.stdin:
        start = time.perf_counter()
        order = json.loads(line)
        read, write = os.pipe()
        if os.fork() == 0:
            run = bare if order["how"] == "bare" else session
            os.write(write, str(run(pytest, order["file"])).encode())
            os._exit(0)
        os.close(write)
        answer = os.read(read, 100).decode()
        out.write(json.dumps([time.perf_counter() - start, answer]) + "\n")
        os.close(read)
        os.wait()


def outside(root: str) -> list[str]:
    """Modules that have been imported from elsewhere."""
    files = {name: getattr(module, "__file__", None) or "" for name, module in list(sys.modules.items())}
    return [name for name, file in files.items() if file and not file.startswith(root) and name != "__main__"]


def session(pytest: Any, file: str) -> int:
    """How many passed in pytest's own session."""
    counted = Counting()
    pytest.main(["-q", "-p", "no:cacheprovider", file], plugins=[counted])
    return counted.passed


class Counting:
    """A plugin that counts what passes."""

    passed = 0

    def pytest_runtest_logreport(self, report: Any) -> None:
        """See pytest."""
        self.passed += report.when == "call" and report.outcome == "passed"


def bare(_pytest: Any, file: str) -> int:
    """How many plain functions and methods were called: no fixtures, no parameters, no rewriting of assertions."""
    for folder in (str(Path.cwd()), str(Path.cwd() / "src")):
        sys.path.insert(0, folder)
    loader = importlib.machinery.SourceFileLoader("tests_by_hand", file)
    spec = importlib.util.spec_from_loader("tests_by_hand", loader)
    assert spec is not None
    module = importlib.util.module_from_spec(spec)
    code = compile(Path(file).read_bytes(), file, "exec")
    exec(code, module.__dict__)  # noqa: S102 - it is what importing does
    called = 0
    for name, thing in list(vars(module).items()):
        if name.startswith("test") and callable(thing):
            thing()
            called += 1
        elif name.startswith("Test") and isinstance(thing, type):
            for method in [m for m in dir(thing) if m.startswith("test")]:
                getattr(thing(), method)()
                called += 1
    return called


if __name__ == "__main__":
    main()
