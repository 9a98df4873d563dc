"""Which rules there are, and which of them the configuration wants.

A rule's id is its module's name with dashes, so a configuration is checked without importing any rule, or libcst.
"""

import importlib
import pkgutil
from collections.abc import Sequence
from typing import TYPE_CHECKING, cast

from companion.errors import UsageError
from companion.refactor import rules

if TYPE_CHECKING:
    from companion.refactor.rule import Rule


def known_ids() -> tuple[str, ...]:
    """Every rule's id, in alphabetical order."""
    return tuple(sorted(module.name.replace("_", "-") for module in pkgutil.iter_modules(rules.__path__)))


def selected_ids(wanted: Sequence[str], disabled: Sequence[str]) -> tuple[str, ...]:
    """The ids to use: ``wanted``, or all if that is empty, without the ``disabled``; in alphabetical order.

    Raises UsageError if one of them is no rule.
    """
    known = known_ids()
    unknown = sorted({*wanted, *disabled} - {*known})
    if unknown:
        raise UsageError(f"no refactoring rule is called {', '.join(unknown)}; there are {', '.join(known)}")
    return tuple(name for name in known if name in (wanted or known) and name not in disabled)


def load_rules(wanted: Sequence[str] = (), disabled: Sequence[str] = ()) -> tuple[Rule, ...]:
    """The selected rules themselves. Imports libcst. Raises UsageError as `selected_ids` does."""
    return tuple(_load(name) for name in selected_ids(wanted, disabled))


def _load(name: str) -> Rule:
    module = importlib.import_module(f"{rules.__name__}.{name.replace('-', '_')}")
    (rule,) = [found for found in vars(module).values() if getattr(found, "id", None) == name]
    return cast("type[Rule]", rule)()
