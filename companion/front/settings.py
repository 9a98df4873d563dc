"""Whether `[tool.companion]` can be used as written: who runs something once is told, and nothing is run."""

from pathlib import Path

from companion.config import load
from companion.errors import UsageError
from companion.messages import CheckResult
from companion.refactor.registry import selected_ids


def check(root: Path) -> None:
    """Raises UsageError with one sentence. An engine goes on with what it knew, or with defaults, and says so."""
    config = load(root)
    selected_ids(config.rules, config.disabled_rules)


def checked(root: Path) -> CheckResult:
    """The same, for people who ask how everything is."""
    try:
        check(root)
    except UsageError as error:
        return CheckResult("configuration", "error", str(error))
    return CheckResult("configuration", "ok", "[tool.companion] can be used")
