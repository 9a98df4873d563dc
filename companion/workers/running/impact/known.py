"""The graph that selection asks, for one project: `companion.store.records`, and the import closures of `Sources`."""

import ast
import stat
import zlib
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from companion.core.impact.configuration import CONFIGURATION, settings_of
from companion.core.impact.history import SESSION
from companion.core.impact.parts import NameImport, Source
from companion.core.impact.source import analyse
from companion.core.impact.texts import UNKNOWN
from companion.core.impact.variables import is_variables, variables_of
from companion.core.text import UndecodableError, content_hash, decode_source
from companion.store.records import Records
from companion.store.shapes import packed_source, unpacked_source
from companion.workers.running.sources import Sources

COMPUTING = "*computes"
"""The word by which files are found that look names up in other ways than by writing them down."""
STAR = "*"
MOST = 512
"""Sources that are kept in memory."""
LARGEST = 1_000_000
"""Bytes above which a file's text is not kept."""
TOTAL = 64_000_000
"""Bytes of all texts that are kept, deflated."""
OTHERS = stat.S_IRGRP | stat.S_IROTH


class Known:
    """See `companion.core.impact.graph.Graph`."""

    def __init__(self, root: str, records: Records, sources: Sources) -> None:
        self._root, self._records, self._sources = root, records, sources
        self._cache: dict[str, Source | None] = {}
        self._latest = "", b""
        self._private: dict[str, bytes] = {}
        """Texts that are nobody else's business, deflated: they end with this process."""
        self._room = TOTAL - records.text_bytes()

    def source(self, path: str) -> Source | None:
        """See `Graph`."""
        if path not in self._cache:
            while len(self._cache) >= MOST:
                del self._cache[next(iter(self._cache))]
            self._cache[path] = self._kept(path)
        return self._cache[path]

    def executing(self, path: str, key: str) -> Mapping[str, int]:
        """See `Graph`."""
        return self._records.executing(path, key)

    def importing(self, path: str, key: str) -> Iterable[str]:
        """See `Graph`."""
        return self._records.importing(path, key)

    def importers(self, path: str) -> frozenset[str]:
        """See `Graph`."""
        return frozenset(self._records.tests()) if path == SESSION else self._records.importers(path)

    def mentioning(self, word: str) -> Iterable[str]:
        """See `Graph`."""
        return self._records.mentioning(word)

    def computing(self) -> Iterable[str]:
        """See `Graph`."""
        return self._records.mentioning(COMPUTING)

    def target(self, path: str, bound: NameImport) -> Iterable[str]:
        """See `Graph`."""
        return self._sources.resolve(path, bound.ref)

    # --- what changes -------------------------------------------------------------------------------------

    def hash(self, path: str) -> str:
        """Of what this file held when it was told last; empty if it was not there, or nobody has asked for it."""
        kept = self._records.file(path)
        return kept[0] if kept is not None else ""

    def tell(self, path: str, content: str, source: Source | None) -> None:
        """It holds this now."""
        data = None if source is None else packed_source(source)
        words = set(words_of(source)) if source is not None else ()
        self._records.keep_file(path, content, data, words, self._text(path, content))
        self._cache[path] = source

    def before(self, path: str) -> bytes:
        """What this file held when it was told last, deflated; empty if that was not kept."""
        return self._private.get(path) or self._records.text(path) or UNKNOWN

    def at(self, path: str, content: str) -> Source | None:
        """The source with this content hash, as far as it can still be had; one that nobody knew is known from now
        on."""
        known = self.hash(path)
        if known == content:
            return self.source(path)
        found, source = self.read(path)
        if found != content or source is None:
            return None
        if not known:
            self.tell(path, content, source)
        return source

    def meet(self, path: str) -> None:
        """A file that nobody has told of is known from now on as it is now."""
        if not self.hash(path):
            content, source = self.read(path)
            if content:
                self.tell(path, content, source)

    def read(self, path: str) -> tuple[str, Source | None]:
        """What the disk holds: the content hash (empty if there is no such file), and the source if it parses."""
        try:
            data = Path(self._root, path).read_bytes()
        except OSError, ValueError:
            return "", None
        content = content_hash(data)
        self._latest = (content, data) if len(data) <= LARGEST else ("", b"")
        return content, parsed(path, data)

    def fault(self, path: str) -> tuple[str, int]:
        """Why this file does not parse, in one line, and the line where."""
        try:
            ast.parse(Path(self._root, path).read_bytes())
        except SyntaxError as error:
            return f"{type(error).__name__}: {error.msg}", error.lineno or 1
        except (OSError, ValueError, RecursionError, MemoryError) as error:
            return f"{type(error).__name__}: {error}", 1
        return "it cannot be read as Python", 1

    def _text(self, path: str, content: str) -> bytes | None:
        """What was read last is what is told of."""
        known, data = self._latest
        self._private.pop(path, None)
        if known != content or not content:
            return None
        deflated = zlib.compress(data, 1)
        if self._is_private(path):
            if len(self._private) < MOST:
                self._private[path] = deflated
            return None
        self._room += len(self._records.text(path) or b"")
        if len(deflated) > self._room:
            return None
        self._room -= len(deflated)
        return deflated

    def _is_private(self, path: str) -> bool:
        """It may hold secrets, or is closed to others though the project is not."""
        try:
            file, root = Path(self._root, path).stat().st_mode, Path(self._root).stat().st_mode
        except OSError, ValueError:
            return True
        return is_variables(path) or bool(root & ~file & OTHERS)

    def _kept(self, path: str) -> Source | None:
        kept = self._records.file(path)
        return unpacked_source(kept[1]) if kept is not None and kept[1] is not None else None


def parsed(path: str, data: bytes) -> Source | None:
    """The source that this file is if it holds these bytes; None for one without, or that does not parse."""
    if is_variables(path):
        return variables_of(data.decode("utf-8", "replace"))
    if path in CONFIGURATION:
        return settings_of(path, data.decode("utf-8", "replace"))
    if not path.endswith(".py"):
        return None
    try:
        return analyse(decode_source(data)[0])
    except UndecodableError:
        return None


def words_of(source: Source) -> Iterator[str]:
    """The words that a file is found by."""
    for part in source.parts.values():
        of = part.mentions
        yield from (*of.names, *of.words)
        if of.computes or of.enumerates or of.prefixes:
            yield COMPUTING
    for bound in source.bound:
        yield bound.name or bound.alias
    for ref in source.imports:
        if not ref.level:
            yield imported(ref.module.partition(".")[0])


def imported(module: str) -> str:
    """The word by which files are found that import something of this top-level module."""
    return f"import {module}"
