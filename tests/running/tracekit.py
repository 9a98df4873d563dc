"""What a session would tell of files that it compiles: made by hand, numbered as Python's compiler does."""

from array import array
from collections.abc import Iterable, Iterator, Mapping
from types import CodeType
from typing import Literal

from companion.core.impact.parts import Source
from companion.core.impact.source import analyse
from companion.core.text import content_hash
from companion.messages import Loaded, Traced
from companion.store.records import PartKey
from companion.workers.running.impact.traces import Seen, SessionTrace

type Kind = Literal["item", "fixture", "import", "collect", "session"]


class Telling:
    """Of one session over these files: texts by path. Code is named ``app.py:Cart.total``, ``app.py:<module>``."""

    def __init__(self, texts: Mapping[str, str]) -> None:
        self._numbers: dict[str, int] = {}
        self._next = 0
        self.loads = [self._load(path, text) for path, text in texts.items()]

    def _load(self, path: str, text: str) -> Loaded:
        codes = list(_codes(compile(text, path, "exec", dont_inherit=True)))
        for number, code in enumerate(codes, self._next):
            self._numbers[f"{path}:{code.co_qualname}"] = number
        lines = tuple(0 if code.co_name == "<module>" else code.co_firstlineno for code in codes)
        first, self._next = self._next, self._next + len(codes)
        return Loaded(1, path, content_hash(text.encode()), first, lines)

    def told(
        self, kind: Kind, owner: str, executed: str = "", uses: tuple[str, ...] = (), notes: tuple[str, ...] = ()
    ) -> Traced:
        """That this owner has executed this code."""
        numbers = array("I", sorted(self._numbers[name] for name in executed.split()))
        return Traced(1, kind, owner, numbers.tobytes(), uses, notes)


class Session:
    """What becomes of it."""

    def __init__(self, texts: Mapping[str, str], unknown: tuple[str, ...] = ()) -> None:
        self._telling = Telling(texts)
        self._sources = {p: analyse(text) for p, text in texts.items() if p not in unknown}
        self._hashes = {load.path: load.hash for load in self._telling.loads}
        self.trace = SessionTrace(self._at)
        for load in self._telling.loads:
            self.trace.loaded(load)

    def shared(
        self, kind: Kind, owner: str, executed: str = "", uses: tuple[str, ...] = (), notes: tuple[str, ...] = ()
    ) -> None:
        """Told before the items that it concerns."""
        self.trace.traced(self._telling.told(kind, owner, executed, uses, notes))

    def item(self, node_id: str, executed: str = "", uses: tuple[str, ...] = (), notes: tuple[str, ...] = ()) -> Seen:
        """An item has run: what counts for it."""
        message = self._telling.told("item", node_id, executed, uses, notes)
        seen = self.trace.item(message, node_id.partition("::")[0])
        self.trace.traced(message)
        return seen

    def _at(self, path: str, content: str) -> Source | None:
        return self._sources.get(path) if self._hashes[path] == content else None


def parts_of(seen: Seen | Iterable[PartKey]) -> set[str]:
    """``path:key`` of all that counts, but for the headers of functions: they go with the bodies."""
    parts = seen.parts if isinstance(seen, Seen) else seen
    found = {f"{path}:{key}" for path, key, _ in parts}
    return {part for part in found if f"{part}()" not in found}


def _codes(code: CodeType) -> Iterator[CodeType]:
    yield code
    for inner in code.co_consts:
        if isinstance(inner, CodeType):
            yield from _codes(inner)
