"""The start-up self-test: does what the engine stands on hold on this machine? Shown by ``companion doctor``."""

import sys
import time
from collections.abc import Callable

from companion.core.text import content_hash
from companion.messages import CheckResult, Status
from companion.runtime.channel import open_channel
from companion.runtime.doorbell import Doorbell
from companion.runtime.interpreter import Isolation, Worker

OLDEST = (3, 14, 8)


def self_test() -> tuple[CheckResult, ...]:
    """Each check on its own; one that fails says what follows from it. Runs in a thread of its own."""
    checks: tuple[tuple[str, Callable[[], CheckResult]], ...] = (
        ("python", _python),
        ("doorbell", _doorbell),
        ("channel", _channel),
        ("interpreter", _interpreter),
    )
    results: list[CheckResult] = []
    for name, check in checks:
        try:
            results.append(check())
        except Exception as error:  # noqa: BLE001 - a check that fails is a result
            results.append(CheckResult(name, "error", f"{type(error).__name__}: {error}"))
    return tuple(results)


def _python() -> CheckResult:
    found = ".".join(map(str, sys.version_info[:3]))
    if sys.version_info[:3] < OLDEST:
        return CheckResult("python", "error", f"{found} crashes in subinterpreters: use 3.14.8 or later")
    return CheckResult("python", "ok", found)


def _doorbell() -> CheckResult:
    bell = Doorbell.create()
    try:
        bell.ring()
        heard = bell.wait(1.0)
        kind = "eventfd" if bell.ends[0] == bell.ends[1] else "socket pair"
    finally:
        bell.close()
    return CheckResult("doorbell", "ok" if heard else "error", kind if heard else f"{kind} does not wake its reader")


def _channel() -> CheckResult:
    send, receive = open_channel(4)
    message = Status("selftest", "ok", content_hash(b"channel"))
    start = time.perf_counter()
    send.send(message, timeout=1.0)
    same = receive.receive(timeout=1.0) == message
    micros = (time.perf_counter() - start) * 1e6
    send.close()
    receive.close()
    return CheckResult("channel", "ok" if same else "error", f"{micros:.0f} us" if same else "a message changed")


def _interpreter() -> CheckResult:
    """A whole life of a subinterpreter, and what of the process it had for itself."""
    worker = Worker("selftest", f"{__name__}:echo", Status("selftest", "ok", ""), isolation=~Isolation.NOTHING)
    start = time.perf_counter()
    worker.start()
    worker.receive.receive(timeout=10.0)
    ended = worker.join(5.0)
    millis = (time.perf_counter() - start) * 1e3
    if not ended or worker.failure:
        return CheckResult("interpreter", "error", worker.failure or "a subinterpreter did not end")
    own = worker.isolated == ~Isolation.NOTHING
    return CheckResult(
        "interpreter",
        "ok" if own else "warning",
        f"created and closed in {millis:.0f} ms, "
        + ("own working directory and descriptors" if own else "shares descriptors: captures use sys, not fd"),
    )


def echo(_name: str, settings: object, _inbox: object, outbox: object, _isolated: object) -> None:
    """Runs inside: send the settings back."""
    from companion.runtime.channel import open_send  # noqa: PLC0415 - in the subinterpreter
    from companion.runtime.codec import unpack  # noqa: PLC0415

    send = open_send(outbox)  # type: ignore[arg-type]  # a handle, from the Worker
    send.send(unpack(settings))
    send.drain(5.0)
    send.close()
