"""Whatever would reach the engine from a test in an interpreter is told, though it is green, and harms nobody."""

import os
import resource
import signal
import time
from pathlib import Path

import pytest
from sessionkit import outcomes_of, session, snapshot_of

from companion.core.lanes import CLAUSE
from companion.messages import NeedsProcess

HIDDEN = """
import {imports}
def test_hidden():
    try:
        {call}
    except BaseException:
        pass
def test_next(): pass
"""
"""As code does that has a fallback: green, whatever happened."""

CALLS = {
    "os._exit(3)": "os._exit",
    "os.abort()": "os.abort",
    "os.kill(os.getpid(), 9)": "os.kill",
    "os.kill(0, 9)": "os.kill",
    "os.kill(-1, 15)": "os.kill",
    "os.killpg(os.getpgrp(), 9)": "os.killpg",
    "os.closerange(0, 1000)": "os.closerange",
    "os.setsid()": "os.setsid",
    "os.setpriority(0, 0, 5)": "os.setpriority",
    "os.wait()": "os.wait",
    "os.waitpid(-1, os.WNOHANG)": "os.waitpid",
    "os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG)": "os.waitid",
    "os.fork()": "os.fork",
    "os.execv('/bin/true', ['true'])": "os.execv",
    "os.system('true')": "os.system",
    "os.putenv('A', 'B')": "os.putenv",
    "os.unshare(0)": "os.unshare",
    "os.environ.update(TZ='Asia/Tokyo')": "the variable TZ",
    "os.environ.update(SSL_CERT_FILE='here')": "the variable SSL_CERT_FILE",
    "os.listdir('/proc/self/fd')": "who opens /proc/self/fd",
    "open('/dev/stdout', 'w').close()": "who opens /dev/stdout",
    "os.times()": "os.times",
    "signal.signal(signal.SIGTERM, signal.SIG_IGN)": "signal.signal",
    "signal.getsignal(signal.SIGINT)": "signal.getsignal",
    "signal.setitimer(signal.ITIMER_REAL, 0.001)": "signal.setitimer",
    "signal.alarm(1)": "signal.alarm",
    "signal.raise_signal(signal.SIGTERM)": "signal.raise_signal",
    "signal.pthread_kill(__import__('threading').get_ident(), 15)": "signal.pthread_kill",
    "signal.sigtimedwait([signal.SIGUSR1], 0)": "signal.sigtimedwait",
    "_thread.interrupt_main()": "_thread.interrupt_main",
    "_thread.start_new_thread(print, ())": "_thread.start_new_thread",
    "threading.Thread(target=print, daemon=True).start()": "a daemon thread",
    "locale.setlocale(locale.LC_ALL, 'C')": "locale.setlocale",
    "time.tzset()": "time.tzset",
    "time.process_time()": "time.process_time",
    "resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))": "resource.setrlimit",
    "resource.getrusage(resource.RUSAGE_SELF)": "resource.getrusage",
    "sys.activate_stack_trampoline('perf')": "sys.activate_stack_trampoline",
    "concurrent.interpreters.create().close()": "_interpreters.create",
}

ALLOWED = """
import asyncio, gc, locale, os, pathlib, random, shutil, socket, subprocess, sys, tempfile, threading, time
import traceback, warnings
def test_ordinary(tmp_path, monkeypatch, capfd):
    os.umask(os.umask(0o22))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("A", "B")
    descriptor = os.open("file", os.O_CREAT | os.O_RDWR)
    os.dup2(descriptor, os.dup(1))
    os.close(descriptor)
    os.kill(os.getpid(), 0)
    child = subprocess.Popen(["sleep", "100"])
    os.kill(child.pid, 15)
    assert child.wait() == -15
    other = os.posix_spawn("/bin/true", ["true"], os.environ)
    os.waitpid(other, 0)
    asyncio.run(asyncio.sleep(0))
    async def start():
        return await (await asyncio.create_subprocess_exec("true")).wait()
    assert asyncio.run(start()) == 0
    thread = threading.Thread(target=print)
    thread.start()
    thread.join()
    locale.getpreferredencoding()
    locale.setlocale(locale.LC_ALL)
    sys.setrecursionlimit(sys.getrecursionlimit() + 1)
    gc.collect()
    socket.create_server(("127.0.0.1", 0)).close()
    shutil.rmtree(tempfile.mkdtemp())
    assert pathlib.Path("/proc/meminfo").exists() and open("/proc/meminfo").read()
    time.perf_counter(), time.thread_time(), time.sleep(0)
    random.seed(1)
    warnings.warn("careful")
    warnings.formatwarning("careful", ResourceWarning, "file.py", 1)
    warnings._showwarnmsg(warnings.WarningMessage("careful", ResourceWarning, "file.py", 1, source=object()))
    try:
        os.path.joint
    except AttributeError:
        assert "Did you mean: 'join'" in traceback.format_exc()
"""


def project(folder: Path, files: dict[str, str]) -> Path:
    root = folder.resolve() / "project"
    root.mkdir()
    for name, text in files.items():
        (root / name).write_text(text, "utf-8")
    return root


def whole_process() -> tuple[object, ...]:
    """What tests could spoil."""
    umask = os.umask(0o022)
    os.umask(umask)
    return (
        Path.cwd(), umask, os.getsid(0), os.getpriority(os.PRIO_PROCESS, 0), time.tzname,
        resource.getrlimit(resource.RLIMIT_NOFILE), signal.getsignal(signal.SIGTERM),
        os.fstat(1).st_ino, os.fstat(2).st_ino,
    )  # fmt: skip


def test_each_is_told_of_its_file_though_it_is_green(tmp_path: Path) -> None:
    """All in one spare, a file each: what one does must not reach the next."""
    modules = "_thread, concurrent.interpreters, locale, os, resource, signal, sys, threading, time"
    names = {call: f"test_{n:02}.py" for n, call in enumerate(CALLS)}
    root = project(tmp_path, {names[call]: HIDDEN.format(imports=modules, call=call) for call in CALLS})
    before = whole_process()
    said = session(root, snapshot_of(root), tmp_path / "code")
    assert outcomes_of(said) == {f"{n}::{t}": "passed" for n in names.values() for t in ("test_hidden", "test_next")}
    told = {message.id: message.reason for message in said if isinstance(message, NeedsProcess)}
    assert told == {names[call]: f"{what} {CLAUSE}" for call, what in CALLS.items()}
    assert whole_process() == before


def test_what_tests_ordinarily_do_is_not_told(tmp_path: Path) -> None:
    root = project(tmp_path, {"test_it.py": ALLOWED})
    said = session(root, snapshot_of(root), tmp_path / "code")
    assert [message.reason for message in said if isinstance(message, NeedsProcess)] == []
    assert outcomes_of(said) == {"test_it.py::test_ordinary": "passed"}


HIDDEN_IMPORT = """
def test_hidden():
    try:
        import {module}
    except ImportError:
        pass
"""


@pytest.mark.parametrize(("module", "refused"), [("faulthandler", "faulthandler"), ("tracemalloc", "_tracemalloc")])
def test_a_module_of_the_interpreter_itself_that_is_refused_is_told(
    tmp_path: Path, module: str, refused: str
) -> None:
    root = project(tmp_path, {"test_it.py": HIDDEN_IMPORT.format(module=module)})
    said = session(root, snapshot_of(root), tmp_path / "code")
    told = [(message.id, message.reason) for message in said if isinstance(message, NeedsProcess)]
    assert told == [(".", f"the extension {refused} {CLAUSE}")]


def test_what_a_process_imports_of_the_interpreter_itself_is_not_imported_ahead(tmp_path: Path) -> None:
    root = project(tmp_path, {"test_it.py": "def test_it(): pass\n"})
    said = session(root, snapshot_of(root), tmp_path / "code", preload=("faulthandler", "_tracemalloc", "json"))
    assert outcomes_of(said) == {"test_it.py::test_it": "passed"}
    assert not [message for message in said if isinstance(message, NeedsProcess)]


def test_settings_for_what_an_interpreter_does_without(tmp_path: Path) -> None:
    settings = "faulthandler_timeout = 60\naddopts = --strict-config\nfilterwarnings = error\n"
    files = {"pytest.ini": f"[pytest]\n{settings}", "test_it.py": "def test_it(): pass\n"}
    root = project(tmp_path, files)
    assert outcomes_of(session(root, snapshot_of(root), tmp_path / "code")) == {"test_it.py::test_it": "passed"}


def test_the_line_to_the_runner_cannot_be_closed(tmp_path: Path) -> None:
    """A test that closes whatever it finds has its outcome, and so has the next one (pytest has a log file open)."""
    text = """
import os
def test_closes():
    for descriptor in range(3, 300):
        try:
            os.close(descriptor)
        except (OSError, RuntimeError):
            pass
"""
    root = project(tmp_path, {"test_a.py": text, "test_b.py": "def test_b(): pass\n"})
    said = session(root, snapshot_of(root), tmp_path / "code", ("-s", "-p", "no:logging"))
    assert outcomes_of(said)["test_a.py::test_closes"] == "passed"
    assert ("test_a.py", f"os.close {CLAUSE}") in {(m.id, m.reason) for m in said if isinstance(m, NeedsProcess)}


OWN = """
import gc, socket, sys, threading, decimal, codecs, mimetypes, warnings, logging, random
def test_sets_its_own():
    sys.setrecursionlimit(3333)
    sys.set_int_max_str_digits(5000)
    sys.setswitchinterval(0.25)
    sys.setdlopenflags(sys.getdlopenflags() ^ 0x100)
    sys.settrace(lambda *_: None)
    sys.setprofile(None)
    sys.set_coroutine_origin_tracking_depth(3)
    threading.stack_size(1 << 20)
    gc.set_threshold(1, 2, 3)
    gc.disable()
    gc.freeze()
    socket.setdefaulttimeout(7)
    decimal.getcontext().prec = 3
    codecs.register(lambda name: None)
    mimetypes.add_type("own/own", ".own")
    logging.disable()
    sys.settrace(None)
"""


def test_what_each_interpreter_has_for_itself(tmp_path: Path) -> None:
    """Why there is no guard for these: CPython 3.14 keeps them apart."""
    ask = """
import gc, socket, sys, threading
def seen():
    return (
        sys.getrecursionlimit(), sys.get_int_max_str_digits(), sys.getswitchinterval(), sys.getdlopenflags(),
        sys.gettrace(), sys.get_coroutine_origin_tracking_depth(), threading.stack_size(), gc.get_threshold(),
        gc.isenabled(), gc.get_freeze_count(), socket.getdefaulttimeout(),
    )
"""
    namespace: dict[str, object] = {}
    exec(ask, namespace)  # noqa: S102 - the same words as the test's
    seen = namespace["seen"]
    assert callable(seen)
    before = seen()
    root = project(tmp_path, {"test_it.py": OWN})
    said = session(root, snapshot_of(root), tmp_path / "code")
    assert outcomes_of(said) == {"test_it.py::test_sets_its_own": "passed"}
    assert seen() == before
