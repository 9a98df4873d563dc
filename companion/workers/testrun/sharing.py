"""What keeps items, or a whole suite, in one session.

This module also runs in the project's own Python (3.10 or later) with pytest 7 or later.
"""

from collections.abc import Iterable
from typing import Any

WHOLE = {
    "cov_source": "coverage is measured of the whole",
    "maxfail": "it stops after the first failures",
    "stepwise": "it stops after the first failure",
    "lf": "it begins with what failed before",
    "failedfirst": "it begins with what failed before",
    "newfirst": "it begins with new files",
    "xmlpath": "one report is written of the whole",
    "htmlpath": "one report is written of the whole",
    "basetemp": "its temporary folder has a fixed place",
}
"""Options of pytest and its plugins that concern a session as a whole."""


def undivided(config: Any) -> str:
    """Why several sessions could not share this suite among them, or empty."""
    return next((why for name, why in WHOLE.items() if getattr(config.option, name, None)), "")


def ties_of(items: "Iterable[Any]") -> "tuple[tuple[str, str], ...]":
    """Files, each with the name of something beyond the file that its items share; see `Collected`."""
    ties: dict[tuple[str, str], None] = {}
    for item in items:
        file = item.nodeid.partition("::")[0]
        for mark in item.iter_markers("xdist_group"):
            ties[file, f"group {mark.args[0] if mark.args else mark.kwargs.get('name', 'default')}"] = None
        fixtures = getattr(getattr(item, "_fixtureinfo", None), "name2fixturedefs", {})
        for definitions in fixtures.values():
            if definitions and definitions[-1].scope == "package":
                ties[file, f"package {definitions[-1].baseid}"] = None
    return tuple(ties)
