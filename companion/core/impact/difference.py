"""What differs between two states of one file. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass

from companion.core.impact.parts import MAIN, MODULE, Part, Source

ALL = "__all__"


@dataclass(frozen=True, slots=True)
class Difference:
    """What changed; false where nothing did.

    ``bodies``: keys of functions that do something else now, or are gone; new ones are told by their names.
    ``names``: of the module that came, went, or are bound to something else. ``members``: ``(class, name, always)``
    of what came, went or changed in ``plain`` classes; ``always``: though nobody mentions it. ``classes``: class
    statements that came, went or changed: who meets the class is affected. ``module``: everybody who imports it;
    ``main``: who runs it as a program.
    """

    bodies: frozenset[str] = frozenset()
    names: frozenset[str] = frozenset()
    members: frozenset[tuple[str, str, bool]] = frozenset()
    classes: frozenset[str] = frozenset()
    module: bool = False
    main: bool = False

    def __bool__(self) -> bool:
        return self != Difference()


def difference(old: Source | None, new: Source | None) -> Difference:
    """None for a file that is not there: all of the other one is what differs."""
    before, after = old.parts if old else {}, new.parts if new else {}
    pairs = [(before.get(key), after.get(key)) for key in before | after]
    changed = [pair for pair in pairs if _differs(*pair)]
    return Difference(
        frozenset(_bodies(changed, added=old is None)),
        frozenset(name for one, other in changed for name in _names(one, other)),
        frozenset(found for one, other in changed for found in _members(one, other)),
        frozenset(part.key for pair in changed for part in pair if part and part.kind == "class"),
        _touched(changed, MODULE) or bool(_risks(after) - _risks(before)),
        _touched(changed, MAIN),
    )


type _Pair = tuple[Part | None, Part | None]


def _differs(one: Part | None, other: Part | None) -> bool:
    if one is None or other is None:
        return True
    return (one.fingerprint, one.kind, one.binds) != (other.fingerprint, other.kind, other.binds)


def _bodies(changed: list[_Pair], *, added: bool) -> Iterator[str]:
    for one, other in changed:
        if one and one.kind == "body":
            yield one.key
        elif other and other.kind == "body" and added:
            yield other.key


def _names(one: Part | None, other: Part | None) -> Iterator[str]:
    parts = [part for part in (one, other) if part and part.kind in {"binding", "class"}]
    if len(parts) == 2 and all(part.kind == "class" for part in parts):
        return  # the same name, bound to a class that differs
    for part in parts:
        yield from part.binds
    listed = [part.mentions.words if part and part.key == ALL else frozenset[str]() for part in (one, other)]
    yield from listed[0] ^ listed[1]


def _members(one: Part | None, other: Part | None) -> Iterator[tuple[str, str, bool]]:
    parts = [part for part in (one, other) if part and part.kind == "member"]
    always = any(part.always for part in parts)
    for part in parts:
        yield from ((part.key.rpartition(".")[0], name, always) for name in part.binds)


def _touched(changed: list[_Pair], key: str) -> bool:
    return any(part.key == key for pair in changed for part in pair if part)


def _risks(parts: dict[str, Part]) -> frozenset[int]:
    return frozenset(risk for part in parts.values() for risk in part.risks)
