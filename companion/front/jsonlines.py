"""Each event as its documented JSON object (DESIGN, "What the front ends share"), one a line.

What was known before the front joined comes first, then ``ready``, then news.
"""

import json
from typing import TextIO

from companion.front.port import Engine
from companion.messages import (
    CaughtUp,
    Change,
    Disconnected,
    EngineEvent,
    ItemFinished,
    ItemsGone,
    Proposal,
    Ready,
    RunFinished,
    Selected,
    SelectedItem,
    Status,
    Welcome,
)  # fmt: skip


class JsonLines:
    """Writes events to ``out`` and flushes after each; what has no shape is left out.

    A lost engine goes to ``log`` in words. Raises BrokenPipeError when the reader is gone.
    """

    def __init__(self, client: Engine, out: TextIO, log: TextIO) -> None:
        self._client = client
        self._out = out
        self._log = log
        self._caught_up = False

    def show(self, event: EngineEvent) -> None:
        """Take in the next event."""
        match event:
            case Welcome():
                self._caught_up = False
            case CaughtUp():
                self._caught_up = True
                if self._client.board.ready is not None:
                    self.write(self._client.board.ready)
            case Disconnected():
                print(f"companion: the engine is gone ({event.reason}); another starts", file=self._log)
            case Ready() if not self._caught_up:
                pass  # said when everything known has been said
            case _:
                self.write(event)

    def write(self, event: EngineEvent, **more: object) -> None:
        """This event's line, whatever came before, with ``more`` fields."""
        value = shape(event)
        if value is not None:
            value |= more
            self._out.write(json.dumps(value, separators=(",", ":")) + "\n")
            self._out.flush()


def shape(event: EngineEvent) -> dict[str, object] | None:
    """The event's JSON object, fields in their documented order; None if it has none."""
    match event:
        case Ready():
            lanes = {"interpreter": event.interpreter, "process": event.process}
            return {"event": "ready", "root": event.root, "items": event.items, "lanes": lanes}
        case Change():
            return _named("change", event, "generation", "files", "trigger")
        case Selected():
            items = [_selected(item) for item in event.items]
            more = {"elsewhere": event.elsewhere} if event.elsewhere else {}
            return _named("selected", event, "generation") | {"items": items, "skipped": event.skipped} | more
        case ItemFinished():
            return _item(event)
        case ItemsGone():
            return _named("gone", event, "generation", "ids")
        case RunFinished():
            return _run(event)
        case Proposal():
            return _named("proposal", event, "generation", "id", "rule", "path", "line", "verdict", "items",
                          "changed_lines", "executed_lines", "diff")  # fmt: skip
        case Status():
            return _named("status", event, "health", "message")
        case _:
            return None


def _selected(item: SelectedItem) -> dict[str, object]:
    value: dict[str, object] = {"id": item.id, "why": item.why}
    return value | ({"external": True} if item.external else {})


def _item(event: ItemFinished) -> dict[str, object]:
    """``reports`` is there only where an item had several that differ, ``state`` where it has one,
    ``external`` where it is, ``cause`` where that is known."""
    value = _named("item", event, "generation", "id", "outcome", "seconds", "lane", "message", "path", "line")
    value |= {"state": event.state} if event.state else {}
    value |= {"external": True} if event.external else {}
    if event.cause is not None:
        value["cause"] = {"path": event.cause.path, "line": event.cause.line, "text": event.cause.text}
    return value | ({"reports": event.reports} if event.reports else {})


def _run(event: RunFinished) -> dict[str, object]:
    """``problem`` is there only where nothing could be run."""
    value = _named("run", event, "generation", "selected", "passed", "failed", "errors", "skipped", "xfailed",
                   "xpassed", "deselected", "seconds", "cancelled")  # fmt: skip
    return value | ({"problem": event.problem} if event.problem else {})


def _named(name: str, event: EngineEvent, *fields: str) -> dict[str, object]:
    return {"event": name, **{field: getattr(event, field) for field in fields}}
