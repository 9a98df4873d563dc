"""A session of ours has the process to itself: pytest-xdist, if the project uses it, hands nothing to workers.

This module also runs in the project's own Python (3.10 or later).
"""

from typing import Any


def keep_alone(config: Any) -> None:
    """To be called before xdist turns its options into workers; ``-n0`` would be refused where it is not loaded."""
    if hasattr(config.option, "numprocesses"):
        if config.option.numprocesses:
            config.option.numprocesses = 0
        config.option.dist, config.option.distload, config.option.tx = "no", False, []
