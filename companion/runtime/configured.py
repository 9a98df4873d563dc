"""The project's configuration as it is written, and what is said where that is no good."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from companion.config import Config, load
from companion.errors import UsageError
from companion.messages import Status
from companion.refactor.registry import selected_ids

SOURCE = "configuration"
"""What the statuses speak of."""


def configured(current: Config, *, is_bad: bool, publish: Callable[[Status], None]) -> Config:
    """The configuration as written now; the current one, and a status that says why, where that is no good.

    ``is_bad``: it was no good the last time.
    """
    try:
        config = replace(load(Path(current.root)), code_folder=current.code_folder)
        selected_ids(config.rules, config.disabled_rules)
    except UsageError as error:
        publish(Status(SOURCE, "error", str(error)))
        return current
    if is_bad:
        publish(Status(SOURCE, "ok", "the configuration can be read again"))
    return config
