"""What one spare is to run, and how far it has come with it. No IO."""

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import count

from companion.core.board import file_of
from companion.messages import EVERYTHING, ItemFinished, Lane

_serials = count(1)


@dataclass(slots=True)
class Batch:
    """What one spare is to run. ``whole``: no narrower than files.

    ``files`` is empty for everything but ``left_out``, what other spares see to; a batch that ``walks`` looks for its
    files as pytest does instead of being told their paths. ``deselect`` are items that this run has shown already,
    ``known`` the files that held items before. ``unaffected`` are known items that this run leaves out; ``found``
    are those of them, and of ``deselect``, that are there. ``red``: an item, shown or not, was. ``importing`` is the
    test file that was last heard to be imported, ``place`` where the ``current`` item is defined, ``refusals``
    counts spares that were outdated when they got it.
    """

    lane: Lane
    arguments: tuple[str, ...]
    files: tuple[str, ...] = ()
    deselect: tuple[str, ...] = ()
    whole: bool = True
    known: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()
    walks: bool = False
    unaffected: tuple[str, ...] = ()
    serial: int = field(default_factory=lambda: next(_serials))
    collected: tuple[str, ...] | None = None
    found: tuple[str, ...] = ()
    done: set[str] = field(default_factory=set[str])
    shown: dict[str, None] = field(default_factory=dict[str, None])
    current: str = ""
    place: tuple[str, int] = ("", 1)
    moved: set[str] = field(default_factory=set[str])
    held: dict[str, list[ItemFinished]] = field(default_factory=dict[str, list[ItemFinished]])
    expected: set[str] = field(default_factory=set[str])
    open: Counter[str] = field(default_factory=Counter[str])
    repeat: bool = False
    red: bool = False
    refusals: int = 0
    importing: str = ""

    @property
    def options(self) -> tuple[str, ...]:
        """The arguments that are no paths."""
        return tuple(argument for argument in self.arguments if argument.startswith("-"))

    @property
    def only(self) -> tuple[str, ...]:
        """The files that its session keeps of those that it finds; empty: all of them."""
        return self.files if self.walks else ()

    def split(self, parts: Sequence[tuple[str, ...]]) -> list[Batch]:
        """A batch for each of these parts of its files, or of those that are known of everything; none has begun."""
        if self.files:
            return [self.only_of(part) for part in parts]
        return [self.without({file for part in parts[1:] for file in part}), *map(self.only_of, parts[1:])]

    def without(self, files: Collection[str]) -> Batch:
        """One for everything, but for these files."""
        known = tuple(file for file in self.known if file not in files)
        left_out = (*self.left_out, *sorted(files))
        return Batch(self.lane, self.arguments, (), whole=self.whole, known=known, left_out=left_out)

    def only_of(self, files: tuple[str, ...]) -> Batch:
        """One for these files of it; none of it has begun."""
        walks = self.walks or not self.files
        paths = () if walks else self._named(files)
        unaffected = self.unaffected_of(files)
        return Batch(self.lane, (*self.options, *paths), files, whole=self.whole, walks=walks, unaffected=unaffected)

    def unaffected_of(self, files: Collection[str]) -> tuple[str, ...]:
        """What this run leaves out of these files."""
        return tuple(node_id for node_id in self.unaffected if file_of(node_id) in files)

    def expect(self, items: tuple[str, ...], found: tuple[str, ...] = ()) -> None:
        """The session has collected these, and found others that it leaves out."""
        self.collected, self.found = tuple(dict.fromkeys(items)), found
        self.expected = set(items) - self.done
        self.open = Counter(map(file_of, self.expected))

    def finish(self, node_id: str) -> None:
        """This item has its outcome."""
        self.done.add(node_id)
        if node_id in self.expected:
            self.expected.discard(node_id)
            self.open[file_of(node_id)] -= 1

    def release(self, items: tuple[str, ...]) -> Batch:
        """Its session leaves these items to another one: what is to be run of them."""
        gone = set(items)
        files = tuple(dict.fromkeys(map(file_of, items)))
        self.collected = tuple(node_id for node_id in self.collected or () if node_id not in gone)
        self.expect(self.collected, tuple(node_id for node_id in self.found if file_of(node_id) not in files))
        self.known = tuple(file for file in self.known if file not in files)
        self.left_out = (*self.left_out, *(() if self.files else files))
        walks = self.walks or not self.files
        paths = () if walks else self._named(files)
        deselect = tuple(node_id for node_id in self.deselect if file_of(node_id) in files)
        self.files = tuple(file for file in self.files if file not in files)
        self.arguments = tuple(argument for argument in self.arguments if argument not in paths)
        self.deselect = tuple(node_id for node_id in self.deselect if file_of(node_id) not in files)
        own = self.unaffected_of(files)
        self.unaffected = tuple(node_id for node_id in self.unaffected if node_id not in set(own))
        return Batch(self.lane, (*self.options, *paths), files, deselect, self.whole, walks=walks, unaffected=own)

    def left(self, file: str) -> bool:
        """Whether an item of this file has not finished."""
        return self.open[file] > 0

    @property
    def suspect(self) -> str:
        """The file that is run or imported now, and to blame if that does not end; empty: nobody knows which."""
        alone = self.files[0] if len(self.files) == 1 else self.importing
        return file_of(self.current) or (alone if self.collected is None else "")

    @property
    def all_finished(self) -> bool:
        """Everything that was collected has its outcome; what the session still does changes none."""
        return self.collected is not None and not self.expected

    def owed(self) -> tuple[str, ...]:
        """Files of which something has not been shown, in their order; `EVERYTHING` where nobody knows which."""
        if self.collected is None:
            return self.files or (EVERYTHING,)
        heard = sorted(self.done - set(self.collected))  # what could not be collected
        unshown = [file_of(node_id) for node_id in (*self.collected, *heard) if node_id not in self.shown]
        return tuple(dict.fromkeys((*unshown, *sorted(self.moved))))

    def ended_files(self) -> Iterator[tuple[str, tuple[str, ...]]]:
        """Files with the items that they hold now, where all of that has been shown; nothing of a part of a file."""
        if not self.whole or self.collected is None:
            return
        by_file: dict[str, list[str]] = {file: [] for file in (*self.files, *self.known)}
        others = sorted(self.shown.keys() - set(self.collected))  # what could not be collected
        for node_id in (*self.found, *self.collected, *others):
            by_file.setdefault(file_of(node_id), []).append(node_id)
        kept = {*self.owed(), *self.moved}
        closed = tuple("" if id_ == "." else f"{id_}/" for id_ in others if not id_.endswith(".py"))
        for file, items in by_file.items():
            if file not in kept and (items or not file.startswith(closed)):
                yield file, tuple(dict.fromkeys(items))

    def but_for(self, file: str) -> Batch:
        """A batch for the process lane with all that this one was to run, but a file that cannot be imported."""
        others = self.without({file})
        others.lane, others.deselect, others.unaffected = "process", self.deselect, self.unaffected
        return others

    def rest(self, files: tuple[str, ...]) -> Batch:
        """A batch for the process lane with what this one owes of these files; moved ones run again whole."""
        if files == (EVERYTHING,):
            return Batch(
                "process",
                self.options,
                (),
                self.deselect,
                self.whole,
                self.known,
                self.left_out,
                unaffected=self.unaffected,
            )
        seen = (*self.deselect, *(node_id for node_id in self.collected or () if node_id in self.shown))
        partly = set(files) - self.moved
        deselect = tuple(node_id for node_id in seen if file_of(node_id) in partly)
        return Batch(
            "process",
            (*self.options, *self._named(files)),
            files,
            deselect,
            self.whole,
            unaffected=self.unaffected_of(files),
        )

    def _named(self, files: tuple[str, ...]) -> tuple[str, ...]:
        """These files as arguments: what was asked for of each, or all of it."""
        named = tuple(a for a in self.arguments if not a.startswith("-") and file_of(a) in files)
        return (*named, *(file for file in files if file not in set(map(file_of, named))))


def as_one(batches: Sequence[Batch]) -> Batch:
    """What these are to run, as one session in a process: none of them has begun."""
    if not batches:
        return Batch("process", ())
    files = tuple(dict.fromkeys(file for batch in batches for file in batch.files))
    named = tuple(word for batch in batches for word in batch.arguments if not word.startswith("-"))
    whole, walks = all(batch.whole for batch in batches), any(batch.walks for batch in batches)
    everything = [batch for batch in batches if not batch.files]
    if everything:
        known = tuple(dict.fromkeys((*everything[0].known, *files)))
        left_out = tuple(sorted(set(everything[0].left_out) - set(files)))
        return Batch("process", batches[0].options, (), whole=whole, known=known, left_out=left_out)
    unaffected = tuple(node_id for batch in batches for node_id in batch.unaffected)
    return Batch(
        "process",
        (*batches[0].options, *(() if walks else named)),
        files,
        whole=whole,
        walks=walks,
        unaffected=unaffected,
    )
