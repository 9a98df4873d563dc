"""What a run will run is told before anything else of it: what comes earlier waits until that is known."""

from collections.abc import Callable, Iterable

from companion.core.board import file_of
from companion.messages import Message, Selected, SelectedItem
from companion.workers.running.batch import Batch

type LeftOut = tuple[int, int]
"""Items that no change affects, and those of other shards."""
NOTHING: LeftOut = 0, 0


class Announcing:
    """Of one run. ``awaited`` are the batches whose collecting is waited for, ``later`` those that begin afterwards.

    A file stands for the items that are not known of it.
    """

    def __init__(
        self,
        generation: int,
        *,
        awaited: Iterable[Batch],
        later: Iterable[Batch],
        reasons: dict[str, str],
        left_out: LeftOut,
        emit: Callable[[Message], None],
    ) -> None:
        self._generation, self._reasons, self._left_out, self._emit = generation, reasons, left_out, emit
        self._awaited = {batch.serial for batch in awaited}
        self._selected = dict.fromkeys(file for batch in later for file in batch.files)
        self._held: list[Message] | None = []

    @property
    def number(self) -> int:
        """How many items run, as far as is known."""
        return len(self._selected)

    @property
    def has_news(self) -> bool:
        """Whether there is anything to tell."""
        return bool(self._selected or self._held)

    def emit(self, message: Message) -> None:
        """This message, as soon as it is known what will run."""
        if self._held is None:
            self._emit(message)
        else:
            self._held.append(message)

    def collected(self, batch: Batch, ids: Iterable[str]) -> None:
        """This batch runs these items, or files whose items are not known."""
        for file in batch.files:
            self._selected.pop(file, None)
        self._selected.update(dict.fromkeys(ids))
        if batch.serial in self._awaited:
            self.settled(batch)

    def anew(self, node_id: str, files: Iterable[str]) -> None:
        """This item is collected once more; ``files`` stand for it until then."""
        self._selected.pop(node_id, None)
        self._selected.update(dict.fromkeys(files))

    def succeeded(self, batch: Batch, successors: Iterable[Batch]) -> None:
        """These take over from this batch."""
        if batch.serial in self._awaited:
            self._awaited |= {successor.serial for successor in successors}

    def settled(self, batch: Batch) -> None:
        """This batch is waited for no longer."""
        self._awaited.discard(batch.serial)
        if not self._awaited:
            self._tell()

    def end(self) -> None:
        """The run is over: tell what there is to tell."""
        self._awaited.clear()
        self._tell()

    def _tell(self) -> None:
        if self._held is None:
            return
        items = tuple(SelectedItem(i, self._why(i)) for i in self._selected)
        self._emit(Selected(self._generation, items, *self._left_out))
        held, self._held = self._held, None
        for message in held:
            self._emit(message)

    def _why(self, node_id: str) -> str:
        """An item's own reason, or its file's, or that of all."""
        known = (self._reasons.get(name) for name in (node_id, file_of(node_id), ""))
        return next((why for why in known if why is not None), "")
