"""Signals as callbacks of the running loop, put back afterwards."""

import asyncio
import os
import signal
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager


@contextmanager
def handled(callbacks: Mapping[signal.Signals, Callable[[], None]]) -> Generator[None]:
    """Call these instead of what the signals would do, while the block runs. Main thread only."""
    loop = asyncio.get_running_loop()
    before = {number: signal.getsignal(number) for number in callbacks}
    for number, callback in callbacks.items():
        loop.add_signal_handler(number, callback)
    try:
        yield
    finally:
        for number, handler in before.items():
            loop.remove_signal_handler(number)
            signal.signal(number, handler)


def stop_here(callback: Callable[[], None]) -> None:
    """Let Ctrl-Z stop this process as it stops any other; returns when the shell continues it.

    ``callback`` is what SIGTSTP calls from then on.
    """
    loop = asyncio.get_running_loop()
    loop.remove_signal_handler(signal.SIGTSTP)
    os.kill(os.getpid(), signal.SIGTSTP)
    loop.add_signal_handler(signal.SIGTSTP, callback)
