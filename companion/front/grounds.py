"""What an item stands on, in words and as JSON."""

from collections.abc import Iterator

from companion.front.words import count, inline, one_line
from companion.messages import Explanation

EXTERNAL = "↗"
"""The mark of an item that reaches outside of its process."""
SHOWN = 12
"""Names of a kind that an item's explanation shows, of more the number."""


def explained(one: Explanation) -> dict[str, object]:
    """An item's explanation as a JSON object; kinds of which there is nothing are left out."""
    about: dict[str, object] = {
        "event": "explained",
        "id": one.item,
        "why": one.why,
        "dependencies": one.dependencies,
    }
    about |= {"external": one.external, "opaque": one.opaque}
    return about | {ground.kind.replace(" ", "_"): list(ground.names) for ground in one.grounds}


def facts(one: Explanation) -> Iterator[tuple[str, str]]:
    """What to say of an item, each with its heading."""
    yield "to run", one_line(one.why) or "no: nothing that it stands on has changed"
    if one.opaque:
        yield "opaque", "not all that it does can be seen: it runs whenever anything changes"
    elif one.external:
        yield f"external {EXTERNAL}", "it reaches outside of its process: it runs on save only"
    for ground in one.grounds:
        more = len(ground.names) - SHOWN
        yield (
            ground.kind,
            ", ".join((*map(inline, ground.names[:SHOWN]), *([f"and {more:,} more"] if more > 0 else []))),
        )
    yield "in all", count(one.dependencies, "dependency", "dependencies")


def brief(one: Explanation) -> str:
    """One line: ``calls 14, imports 6, reads data.json``."""
    said = (f"{ground.kind} {inline(_few(ground.names))}" for ground in one.grounds)
    return ", ".join(said) or "nothing that can change"


def _few(names: tuple[str, ...]) -> str:
    return names[0] if len(names) == 1 else f"{len(names):,}"
