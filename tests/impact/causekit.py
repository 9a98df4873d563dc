"""Stories of two texts of a module, as watched code tells them, and what they say of the difference."""

import contextlib
from collections.abc import Callable, Mapping, Sequence

from companion.core.impact.cause import Story, first_difference
from companion.core.impact.comparison import Comparison, compared
from companion.core.impact.watching import watched
from companion.messages import Cause, Message, ValuesRun, Watched
from companion.workers.testrun.tracing_values import Watching

PATH = "app.py"


def story(text: str, spans: Sequence[Watched], use: Callable[[Mapping[str, object]], object]) -> Story:
    """What this module does when it is imported and then used."""
    said: list[Message] = []
    watching = Watching(said.append, generation=1, watched=spans, locate=lambda path: path)
    watching.begin()
    try:
        code = compile(text, PATH, "exec")
        watching.made(code, PATH, text)
        names: dict[str, object] = {"__name__": "app"}
        with contextlib.suppress(Exception):
            exec(code, names)  # noqa: S102 - a text of the tests
            use(names)
        watching.finish()
    finally:
        watching.undo()
    (told,) = [message for message in said if isinstance(message, ValuesRun)] or [ValuesRun(1, "", (), True)]
    return Story(told.moments, told.whole)


def stories(before: str, now: str, use: str) -> tuple[Story, Story, Mapping[str, Comparison]]:
    """Of both; ``use`` is an expression over the module's names."""
    comparison = compared(before, now)
    assert comparison is not None
    old, new = watched(PATH, comparison)
    sides = [
        story(text, spans, lambda names: eval(use, dict(names)))  # noqa: S307 - a text of the tests
        for text, spans in ((before, old), (now, new))
    ]
    return sides[0], sides[1], {PATH: comparison}


def cause_of(before: str, now: str, use: str) -> Cause | None:
    return first_difference(*stories(before, now, use))
