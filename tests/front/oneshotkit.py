"""A one-shot run with an engine that plays a script."""

from collections.abc import Sequence

from frontkit import item

from companion.front.scripted import Answer
from companion.messages import EngineEvent, Message, RequestRun, RunAccepted

RED = item("t.py::a", "failed", "assert 0")
GREEN = item("t.py::b")


def answering(*runs: Sequence[EngineEvent]) -> Answer:
    """Each run asked for is accepted with the generation of its first event, in this order."""
    left = list(runs)

    def answer(message: Message) -> Sequence[EngineEvent]:
        if not isinstance(message, RequestRun) or not left:
            return ()
        events = left.pop(0)
        return (RunAccepted(message.request, 2), *events)

    return answer
