"""The engine process: ``python -m companion.engine ROOT --ready FD``. Started by fronts, never by people."""

import argparse
import asyncio
import contextlib
import faulthandler
import logging
import os
import signal
import sys
from pathlib import Path

from companion.errors import CompanionError
from companion.runtime.host import Host
from companion.runtime.life import hold_life
from companion.runtime.logs import EngineLog
from companion.runtime.place import READY, Place, place_of

logger = logging.getLogger("companion.engine")


def main() -> None:
    """Serve one project root until no front is left."""
    parser = argparse.ArgumentParser(prog="companion-engine")
    parser.add_argument("root", type=Path)
    parser.add_argument("--ready", type=int, required=True, help="descriptor to write to once fronts can connect")
    arguments = parser.parse_args()
    _detach()
    faulthandler.enable()
    try:
        place = place_of(arguments.root)
        hold_life(place.life)
    except CompanionError as error:
        _tell(arguments.ready, str(error).encode())
        sys.exit(f"companion.engine: {error}")
    logging.basicConfig(level=logging.INFO, handlers=[EngineLog(place.log)])
    code = 1
    try:
        logger.info("ended: %s", asyncio.run(_serve(arguments.root, place, arguments.ready)))
        code = 0
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


async def _serve(root: Path, place: Place, ready: int) -> str:
    host = Host(root, place)
    logger.info("serving %s as process %s", root, os.getpid())
    _tell(ready, READY)
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, host.told_to_end, f"signal {number.name}")
    with contextlib.suppress(ValueError, AttributeError):
        # The terminal of the front that started it may close. Not SIG_IGN: the processes of tests would inherit it.
        loop.add_signal_handler(signal.SIGHUP, _stay)
    try:
        return await host.run()
    finally:
        host.close()


if __name__ == "__main__":
    main()
