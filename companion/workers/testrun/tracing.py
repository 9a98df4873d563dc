"""What a session executes and meets, told to the runner by owner: see `companion.messages.tracing`.

This module also runs in the project's own Python (3.10 or later).
"""

import contextlib
import hashlib
from collections.abc import Callable, Generator, Iterable
from types import CodeType, FrameType
from typing import Any, Literal, Union

from companion.messages import LinesRun, Loaded, Message, Traced
from companion.workers.testrun.patches import Patches
from companion.workers.testrun.tracing_codes import Codes, bitmaps, encoded
from companion.workers.testrun.tracing_lookups import Lookups, looking, named_module
from companion.workers.testrun.tracing_monitor import Monitor
from companion.workers.testrun.tracing_notes import Notes
from companion.workers.testrun.tracing_owners import Kind, Owner, Owners
from companion.workers.testrun.tracing_profile import Profile


class Tracing:
    """Of one session, between `begin` and `undo`; ``locate`` tells a file's path in the project, or nothing."""

    def __init__(
        self,
        send: "Callable[[Message], None]",
        *,
        generation: int,
        depth: "Literal['codes', 'lines']",
        root: str,
        locate: "Callable[[str], str]",
        is_project: "Callable[[str], bool]",
    ) -> None:
        self._send, self._generation, self._locate = send, generation, locate
        self.owners, self.codes = Owners(), Codes()
        self.notes = Notes(root, is_project, self._note)
        looked = looking(self.notes.looked, self._named)
        self._meters: tuple[Union[Monitor, Profile], ...] = (
            Monitor(self.codes, self.owners, looked, lines=depth == "lines"),
            Profile(self.codes, self.owners, looked),
        )
        self._meter: Union[Monitor, Profile] = self._meters[0]
        self._patches = Patches()
        self._ahead = ""

    def begin(self) -> None:
        """Nothing of the project has been imported."""
        self._meter = next((meter for meter in self._meters if meter.begin()), self._meters[-1])
        Lookups(self._note, self._has_noted, self.notes.started).begin(self._patches)

    def undo(self) -> None:
        """Leave nothing behind."""
        self._patches.undo()
        self._meter.end()
        self.owners.forget()
        self.codes.forget()

    def made(self, code: CodeType, path: str, source: "Union[bytes, None]") -> None:
        """This code, which is about to be executed perhaps, was made of this text of this file, or nobody knows."""
        located = self._locate(path)
        if not located:
            return
        text = hashlib.blake2b(source, digest_size=16).hexdigest() if source is not None else ""
        codes, first, lines, is_news = self.codes.number(code, located, text)
        self._meter.follow(codes)
        if is_news:
            self._send(Loaded(self._generation, located, text, first, lines))

    def executed(self, arguments: "tuple[Any, ...]") -> None:
        """Python is about to execute this code, whoever made it."""
        code = arguments[0]
        if not isinstance(code, CodeType) or code.co_name != "<module>" or self.codes.is_known(code):
            return
        if not self._ahead or self._locate(code.co_filename) != self._ahead:
            self.made(code, code.co_filename, None)

    @contextlib.contextmanager
    def importing(self, path: str) -> "Generator[None]":
        """What a file begins with is executed ahead of the rest."""
        self._ahead = self._locate(path)
        owner = self.owners.importing(self._ahead)
        self.owners.push(owner)
        try:
            yield
        finally:
            self._ahead = ""
            self.owners.drop(owner)

    @contextlib.contextmanager
    def within(self, kind: Kind, name: str) -> "Generator[None]":
        """All that is executed meanwhile is this owner's."""
        owner = self.owners.shared(kind, name)
        self.push(owner)
        try:
            yield
        finally:
            self.drop(owner)

    def push(self, owner: Owner) -> None:
        """It begins."""
        self._meter.renew()
        self.owners.push(owner)

    def drop(self, owner: Owner) -> None:
        """It ends."""
        self._look()
        self.owners.drop(owner)

    def begin_item(self, node_id: str) -> None:
        """It begins."""
        self._meter.renew()
        self.owners.begin(Owner("item", node_id))
        self._look()

    def end_item(self, further: "Iterable[int]", uses: "Iterable[Owner]") -> None:
        """Tell of what it shares with others, as far as that is news, and of itself."""
        self._look()
        item = self.owners.base
        self._meter.renew()
        self.owners.end()
        if item.kind != "item":
            return
        item.codes.update(dict.fromkeys(further, 1))
        for owner in uses:
            item.uses.add(owner.name)
            item.is_broken |= owner.is_broken
        self.owners.touched.pop(id(item), None)
        self.tell_shared()
        self._tell(item)

    def tell_shared(self) -> None:
        """What is news of owners that are no items."""
        touched, self.owners.touched = self.owners.touched, {}
        for owner in touched.values():
            if owner.size != owner.told and owner.kind != "item":
                self._tell(owner)

    def number_of(self, code: object) -> Union[int, None]:
        """Of a function's code, if it is the project's."""
        return self.codes.number_of(code)

    def _look(self) -> None:
        if not self._meter.is_intact:
            self.owners.break_all()

    def _note(self, note: str) -> None:
        self.owners.current.notes.add(note)

    def _has_noted(self, note: str) -> bool:
        return note in self.owners.current.notes

    def _named(self, frame: FrameType) -> None:
        """What has been imported already is not executed again, but used."""
        path = self._locate(getattr(named_module(frame), "__file__", None) or "<none>")
        if path:
            self.owners.current.uses.add(path)

    def _tell(self, owner: Owner) -> None:
        owner.told = owner.size
        if owner.is_broken:
            return
        for file, bits in sorted(bitmaps(set(owner.lines)).items()):
            path, text = self.codes.files[file]
            self._send(LinesRun(self._generation, owner.name, path, text, bits))
        self._send(
            Traced(
                self._generation,
                owner.kind,
                owner.name,
                encoded(list(owner.codes)),
                tuple(sorted(owner.uses)),
                tuple(sorted(owner.notes)),
            )
        )
