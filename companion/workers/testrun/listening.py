"""An audit hook that can be ended. None can be removed, and what one refers to at its interpreter's end stays for
good: this one lets go of what it calls.

This module also runs in the project's own Python (3.10 or later), where it is not used.
"""

import sys
from collections.abc import Callable

OPENED = frozenset({"open", "os.listdir", "os.scandir"})


def listen_to_opening(tell: Callable[[object], None]) -> Callable[[], None]:
    """``tell`` is called with each path that is opened or listed, until the returned function is called."""
    heard = [tell]

    def hook(event: str, arguments: "tuple[object, ...]") -> None:
        if event in OPENED and heard:
            heard[0](arguments[0])

    sys.addaudithook(hook)
    return heard.clear
