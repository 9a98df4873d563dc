"""A file's parts as bytes, for the store: deflated JSON, which anybody may have damaged and nobody has to trust."""

import zlib
from typing import Any

from companion.core.impact.imports import ImportRef
from companion.core.impact.parts import ClassShape, Mentions, NameImport, Part, Source, Span
from companion.store.documents import packed_document, unpacked_document

FAULTS = (ValueError, TypeError, KeyError, AttributeError, zlib.error, RecursionError)


def packed_source(source: Source) -> bytes:
    """See `unpacked_source`."""
    document = {
        "parts": [_part(part) for part in source.parts.values()],
        "classes": [[name, of.kind, of.bases, sorted(of.abstract)] for name, of in source.classes.items()],
        "imports": [_ref(ref) for ref in source.imports],
        "bound": [[_ref(bound.ref), bound.name, bound.alias] for bound in source.bound],
        "spans": [[span.first, span.head, span.last, span.key] for span in source.spans],
    }
    return zlib.compress(packed_document(document).encode("ascii"), 1)


def unpacked_source(data: bytes) -> Source | None:
    """The inverse of `packed_source`; None for anything else."""
    try:
        document: Any = unpacked_document(zlib.decompress(data))
        parts = [_as_part(*values) for values in document["parts"]]
        return Source(
            parts={part.key: part for part in parts},
            classes={str(name): _as_shape(*of) for name, *of in document["classes"]},
            imports=tuple(_as_ref(*values) for values in document["imports"]),
            bound=tuple(NameImport(_as_ref(*ref), str(name), str(alias)) for ref, name, alias in document["bound"]),
            spans=tuple(
                Span(int(first), int(head), int(last), str(key)) for first, head, last, key in document["spans"]
            ),
        )
    except FAULTS:
        return None


def _ref(ref: ImportRef) -> list[Any]:
    return [ref.module, ref.level, ref.names]


def _as_ref(module: str, level: int, names: list[str]) -> ImportRef:
    return ImportRef(module, level, tuple(names))


def _as_shape(kind: Any, bases: list[str], abstract: list[str]) -> ClassShape:
    return ClassShape(kind, tuple(bases), frozenset(abstract))


def _part(part: Part) -> list[Any]:
    of = part.mentions
    mentions = [sorted(of.names), sorted(of.words), sorted(of.prefixes), of.computes, of.enumerates]
    own = [part.key, part.kind, part.fingerprint, part.binds, mentions]
    return [*own, sorted(part.risks), sorted(part.lazy), part.kept, part.always, part.first, part.last]


def _as_part(key: str, kind: Any, fingerprint: int, binds: list[str], mentions: list[Any], *rest: Any) -> Part:
    names, words, prefixes, computes, enumerates = mentions
    risks, lazy, kept, always, first, last = rest
    return Part(
        key, kind, fingerprint, tuple(binds),
        Mentions(frozenset(names), frozenset(words), frozenset(prefixes), bool(computes), bool(enumerates)),
        frozenset(risks), frozenset(lazy), bool(kept), bool(always), int(first), int(last),
    )  # fmt: skip
