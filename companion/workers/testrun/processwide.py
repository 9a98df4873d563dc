"""What belongs to the whole process in CPython 3.14: `guards` keeps tests in a subinterpreter from it.

Not here, since each interpreter has its own (`tests/testrun/test_testrun_guards.py` asks): the recursion limit,
the switch interval, the digits of integers, the collector's settings, trace functions, default timeouts of sockets.
This module also runs in the project's own Python (3.10 or later), where it is not used.
"""

import contextlib
import importlib
import os
from collections.abc import Iterator, Mapping
from typing import Any

REFUSED = {
    "os": (
        "_exit abort chroot closerange killpg login_tty nice "
        "setegid seteuid setgid setgroups setns setpgid setpriority setregid setresgid "
        "setresuid setreuid setsid setuid system tcsetpgrp unshare wait wait3"
    ),
    "resource": "setrlimit prlimit",
    "time": "clock_settime clock_settime_ns tzset",
    "signal": ("alarm pause pidfd_send_signal pthread_kill raise_signal setitimer sigtimedwait sigwait sigwaitinfo"),
    "sys": "activate_stack_trampoline deactivate_stack_trampoline",
    "_thread": "interrupt_main",
}
"""Functions whose effect is on the whole process, or ends it, or takes from it what is not the tests'."""
TOLD = {
    "os": "fork forkpty execv execve times",
    "signal": "getsignal set_wakeup_fd siginterrupt signal sigpending",
    "resource": "getrusage",
    "time": "process_time process_time_ns",
    "_thread": "start_new start_new_thread",
    "_interpreters": "create get_main list_all",
}
"""Functions that refuse by themselves, or answer otherwise than in a process: callers often hide that."""
OF_A_PROCESS = ("/proc/self", f"/proc/{os.getpid()}/", "/proc/thread-self", "/dev/fd", "/dev/std")
"""How the names of files begin that tell of the engine where they would tell of the tests' process."""


def functions(names: Mapping[str, str]) -> "Iterator[tuple[Any, str]]":
    """Those that this system has, with their modules."""
    for module_name, words in names.items():
        with contextlib.suppress(ImportError):
            module = importlib.import_module(module_name)
            yield from ((module, name) for name in words.split() if hasattr(module, name))


def is_own_process(pid: int) -> bool:
    """As `os.kill` understands it: this process, its group, or everyone."""
    return pid in (0, -1, os.getpid(), -os.getpgrp())
