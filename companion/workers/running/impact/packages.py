"""Which modules are others since packages were installed, upgraded or removed."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from importlib.metadata import Distribution
from pathlib import Path

INFO = ".dist-info"
PLUGINS = "pytest11"
"""Entry points of pytest's plugins, which every test runs with."""


def changed_modules(before: Mapping[str, str], now: Mapping[str, str], sites: Sequence[str]) -> frozenset[str] | None:
    """Names of top-level modules, those of packages that need a changed one included; None: any may be another.

    ``before`` and ``now`` are what stands for each package in the folders ``sites``, as `companion.store.fingerprint`
    gives it.
    """
    marks = {mark for mark in before.keys() | now.keys() if before.get(mark) != now.get(mark)}
    if any(not mark.endswith(INFO) for mark in marks):  # a link into somebody's sources, or older than RECORD
        return None
    changed = {_name(mark) for mark in marks}
    found = {_name(place.name): Distribution.at(place) for site in sites for place in Path(site).glob(f"*{INFO}")}
    changed |= set(_needing(changed, found))
    if any(name not in found and name.startswith("pytest") for name in changed) or "pytest" in changed:
        return None
    if any(entry.group == PLUGINS for name in changed & found.keys() for entry in found[name].entry_points):
        return None
    return frozenset(module for name in changed for module in _modules(name, found.get(name)))


def _needing(changed: set[str], found: Mapping[str, Distribution]) -> Iterator[str]:
    """Packages that require one of these, or one that does."""
    left = [*changed]
    seen = set(changed)
    while left:
        wanted = left.pop()
        for name, distribution in found.items():
            if name not in seen and wanted in map(_required, distribution.requires or ()):
                seen.add(name)
                left.append(name)
                yield name


def _modules(name: str, found: Distribution | None) -> Iterable[str]:
    """One that is gone is known by its name only."""
    files = found.files if found is not None else None
    if not files:
        return {name.replace("-", "_")}
    tops = {file.parts[0] for file in files if file.suffix in (".py", ".so", ".pyd") and file.parts[0] != ".."}
    return {top.partition(".")[0] for top in tops}


def _required(requirement: str) -> str:
    found = re.match(r"[\w.-]+", requirement)
    return _normal(found.group()) if found is not None else ""


def _name(mark: str) -> str:
    return _normal(mark.removesuffix(INFO).rpartition("-")[0])


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
