"""One file in two states, and what differs between them."""

from collections.abc import Iterable
from textwrap import dedent

from companion.core.impact.difference import Difference, difference
from companion.core.impact.parts import Part, Source
from companion.core.impact.source import analyse


def source(text: str) -> Source:
    found = analyse(dedent(text))
    assert found is not None
    return found


def part(text: str, key: str) -> Part:
    return source(text).parts[key]


def check(old: str, new: str, *expected: str) -> None:
    """What differs is just this, whichever of them comes first but for what may fail to be imported.

    ``f()`` is a body, ``x`` a name, ``C.x`` a member, ``C.x!`` one that nobody has to mention, ``class C``,
    ``<module>``, ``<main>``.
    """
    assert told(difference(source(old), source(new))) == set(expected)


def told(found: Difference) -> set[str]:
    said = set(found.bodies) | set(found.names) | {f"class {name}" for name in found.classes}
    said |= {f"{owner}.{name}{'!' * always}" for owner, name, always in found.members}
    return said | set(_if("<module>", found.module)) | set(_if("<main>", found.main))


def _if(name: str, holds: object) -> Iterable[str]:
    return [name] if holds else []
