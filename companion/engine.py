"""The engine process: ``python -m companion.engine ROOT --ready FD``. Started by fronts, never by people."""

import argparse
import asyncio
import contextlib
import faulthandler
import logging
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

from companion.errors import CompanionError
from companion.runtime import renewal
from companion.runtime.host import Host
from companion.runtime.life import hold_life
from companion.runtime.logs import EngineLog
from companion.runtime.place import READY, Place, place_of

logger = logging.getLogger("companion.engine")


def main() -> None:
    """Serve one project root until no front is left."""
    parser = argparse.ArgumentParser(prog="companion-engine")
    parser.add_argument("root", type=Path)
    parser.add_argument("--ready", type=int, help="descriptor to write to once fronts can connect")
    parser.add_argument(renewal.OPTION, type=int, help="descriptor of what an engine left that goes on as this one")
    arguments = parser.parse_args()
    if arguments.renewed is None:
        _begin(arguments.root, arguments.ready)
    else:
        _go_on(arguments.root, arguments.renewed)


def _begin(root: Path, ready: int) -> NoReturn:
    _detach()
    faulthandler.enable()
    try:
        place = place_of(root)
        life = hold_life(place.life)
    except CompanionError as error:
        _tell(ready, str(error).encode())
        sys.exit(f"companion.engine: {error}")
    _live(life, place, lambda: Host(root, place), ready)


def _go_on(root: Path, renewed: int) -> NoReturn:
    """In the place of an engine that was worn out; if it cannot be done, its fronts start another."""
    faulthandler.enable()
    try:
        baton, known = renewal.read(renewed)
        place = place_of(root)
    except CompanionError as error:
        sys.exit(f"companion.engine: {error}")
    renewal.adopt(baton)
    _live(baton.life, place, lambda: Host(root, place, baton, known), None)


def _live(life: int, place: Place, make: Callable[[], Host], ready: int | None) -> NoReturn:
    """Serve to the end, or to a fresh beginning."""
    logging.basicConfig(level=logging.INFO, handlers=[EngineLog(place.log)])
    code = 1
    try:
        reason, after = asyncio.run(_serve(make, ready))
        logger.info("ended: %s", reason)
        code = 0
        if after is not None:
            renewal.go_on(life, *after)
    except Exception:
        logger.exception("the engine broke down")
    logging.shutdown()
    sys.stderr.flush()
    os._exit(code)  # threads that drive interpreters which will not end are not waited for


def _detach() -> None:
    """Outlive the front that started us, in a session of our own; nothing runs yet that a fork could hurt."""
    if hasattr(os, "fork"):
        if os.fork():
            os._exit(0)
        os.setsid()


def _stay() -> None:
    """Nothing follows from this signal."""


def _tell(ready: int, words: bytes) -> None:
    """What the front that started us waits for, if it still does."""
    with contextlib.suppress(BrokenPipeError):
        os.write(ready, words)
    os.close(ready)


async def _serve(make: Callable[[], Host], ready: int | None) -> tuple[str, renewal.Next | None]:
    host = make()
    logger.info("serving %s as process %s", host.root, os.getpid())
    if ready is not None:
        _tell(ready, READY)
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, host.told_to_end, f"signal {number.name}")
    with contextlib.suppress(ValueError, AttributeError):
        # The terminal of the front that started it may close. Not SIG_IGN: the processes of tests would inherit it.
        loop.add_signal_handler(signal.SIGHUP, _stay)
    try:
        reason = await host.run()
    finally:
        host.close()
    return reason, host.next


if __name__ == "__main__":
    main()
