"""What makes a red of this run a surprise, or none: what its item was before, and how it was run. No IO."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Literal

from companion.core.board import RED, file_of
from companion.core.rerun import GREEN, HUNG, Red
from companion.messages import ItemFinished, RunTests
from companion.workers.running.batch import Batch
from companion.workers.running.sources import SuiteFacts
from companion.workers.running.spreading import divisible

type Colour = Literal["green", "red", "unknown"]


class Reds:
    """The reds of a run as they are shown, and each item's colour from run to run."""

    def __init__(self) -> None:
        self._colours: dict[str, dict[str, Colour]] = {}
        """Of each file that is known to hold items."""
        self._reds: dict[str, tuple[Red, ItemFinished]] = {}
        self._affected = self._plain = False

    def began(self, order: RunTests, batches: Sequence[Batch]) -> None:
        """A run begins. What it was to run because of a change, or could not get to before, may be red for that."""
        self._reds.clear()
        self._affected = order.scope == "changed"
        alone = batches[0] if len(batches) == 1 else None
        self._plain = alone is not None and not alone.files and not alone.left_out and not order.pytest_args

    def divided(self) -> None:
        """The run is not what plain pytest would do after all."""
        self._plain = False
        self._reds = {node_id: (replace(red, plain=False), seen) for node_id, (red, seen) in self._reds.items()}

    def seen(self, message: ItemFinished) -> None:
        """An item's result is shown."""
        colours: dict[str, Colour] = self._colours.setdefault(file_of(message.id), {})
        before: Colour = colours.pop(message.id, "unknown")
        if message.outcome in RED:
            red = Red(message.id, message.lane, plain=self._plain, before=before, affected=self._affected)
            if not is_given_up(message):
                self._reds[message.id] = red, message
            colours[message.id] = "red"
        else:
            self._reds.pop(message.id, None)
            if message.outcome in GREEN and not message.state:
                colours[message.id] = "green"

    def whole(self, file: str, items: Sequence[str]) -> None:
        """A file has run whole: it holds these items, and no others any more."""
        colours: dict[str, Colour] = self._colours.pop(file, {})
        kept: dict[str, Colour] = {node_id: colours[node_id] for node_id in items if node_id in colours}
        if kept:
            self._colours[file] = kept

    @property
    def files(self) -> tuple[str, ...]:
        """Files with items that were red when they ran last."""
        return tuple(sorted(file for file, colours in self._colours.items() if "red" in colours.values()))

    def take(self, arguments: Sequence[str], facts: SuiteFacts) -> Sequence[tuple[Red, ItemFinished]]:
        """Those of the run, once; files and folders that cannot be collected are no items.

        What one session writes of the whole (a coverage) no other one is to write again: only an interpreter's word
        is looked into then.
        """
        part = divisible(arguments) and not facts.undivided
        reds = [entry for node_id, entry in self._reds.items() if node_id != file_of(node_id)]
        self._reds.clear()
        return [(red, seen) for red, seen in reds if part or red.lane == "interpreter"]


def is_given_up(message: ItemFinished) -> bool:
    """It hung, or took its process along: the next one would wait or die as well."""
    died = not message.frames and message.report == message.message
    return message.outcome in RED and (HUNG in message.message or died)
