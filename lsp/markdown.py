"""What is known of a test, for people who read Markdown."""

import re
from collections.abc import Sequence

from companion.front.grounds import EXTERNAL, brief, facts
from companion.front.words import because, duration, inline, one_line
from companion.messages import Explanation, ItemFinished

SPECIAL = re.compile(r"([\\`*_{}\[\]()<>#+\-.!|~&$])")


def explanation(one: Explanation, result: ItemFinished | None) -> str:
    """All that an item stands on."""
    heading = f"**{escaped(inline(one.item))}**" + (f" · {_outcome(result)}" if result is not None else "")
    return "\n".join((heading, "", *(f"- {name}: {escaped(words)}" for name, words in facts(one))))


def summary(results: Sequence[ItemFinished], why: str, one: Explanation | None) -> str:
    """A test's state, why it ran last, and what it stands on; several items of one function are counted."""
    lines = [_outcome(results[0]) if len(results) == 1 else _outcomes(results)]
    lines += [f"ran because it {escaped(one_line(why))}"] if why else []
    cause = next((result.cause for result in results if result.cause is not None), None)
    lines += [f"cause: {escaped(because(cause))}"] if cause is not None else []
    lines += [f"stands on: {escaped(brief(one))}"] if one is not None and not one.problem else []
    return "  \n".join(lines)


def escaped(text: str) -> str:
    """Text that means itself."""
    return SPECIAL.sub(r"\\\1", text)


def _outcome(result: ItemFinished) -> str:
    mark = f" {EXTERNAL} external" if result.external else ""
    return f"{result.state or result.outcome} in {duration(result.seconds)}{mark}"


def _outcomes(results: Sequence[ItemFinished]) -> str:
    counts: dict[str, int] = {}
    for result in results:
        counts[result.outcome] = counts.get(result.outcome, 0) + 1
    return f"{', '.join(f'{number} {name}' for name, number in counts.items())} in {_total(results)}"


def _total(results: Sequence[ItemFinished]) -> str:
    return duration(sum(result.seconds for result in results))
