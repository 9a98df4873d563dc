"""A file's text as selection sees it. Pure; the longest file in the library takes some tens of milliseconds."""

import ast

from companion.core.impact.assembly import Assembly
from companion.core.impact.chunks import Chunk, Cutter, cutter
from companion.core.impact.definitions import documented
from companion.core.impact.imports import ImportRef, parsed, refs_of
from companion.core.impact.parts import MODULE, NameImport, Source
from companion.core.impact.scope import Scope, bound_by, origins_of


def analyse(text: str) -> Source | None:
    """None for what does not parse."""
    tree = parsed(text)
    if tree is None:
        return None
    cut = cutter(text, tree)
    statements, doc = documented(tree)
    chunks = list(cut.chunks(statements))
    assembly = Assembly(_scope(chunks), chunks)
    if doc:
        assembly.docs.append(doc)
        assembly.module.pieces += [repr(doc)] if any(map(_reads_docs, chunks)) else []
    parts = assembly.assemble(last=max(1, len(text.splitlines())))
    return Source(parts, assembly.classes, _imports(cut, chunks), _bound(cut), tuple(assembly.spans))


def keys_at(source: Source, line: int) -> tuple[str, ...]:
    """The parts that code belongs to which begins at this line (from 1; 0 is the module's own code)."""
    around = [span for span in source.spans if span.first <= line <= span.last]
    heads = [span for span in around if line <= span.head]
    inner = max((span.first for span in around if span not in heads), default=0)
    narrow = [] if heads else [span for span in around if span.first == inner]
    return tuple(dict.fromkeys(span.key for span in heads or narrow)) or (MODULE,)


def _scope(chunks: list[Chunk]) -> Scope:
    scope = Scope()
    for chunk in chunks:
        scope.counts.update(chunk.reading.binds)
        for inner in chunk.all():
            for reading in (inner.reading, inner.body):
                scope.counts.update(reading.globals if reading else ())
        if isinstance(chunk.node, (ast.Import, ast.ImportFrom)):
            scope.origins |= origins_of(chunk.node)
            scope.strings |= isinstance(chunk.node, ast.ImportFrom) and chunk.node.module == "__future__"
    return scope


def _reads_docs(chunk: Chunk) -> bool:
    readings = (reading for inner in chunk.all() for reading in (inner.reading, inner.body))
    return any("__doc__" in reading.names for reading in readings if reading)


def _imports(cut: Cutter, chunks: list[Chunk]) -> tuple[ImportRef, ...]:
    found: dict[ImportRef, None] = {}
    readings = [reading for chunk in chunks for inner in chunk.all() for reading in (inner.reading, inner.body)]
    for suspects in ([*cut.suspects, *cut.imported], *(reading.suspects for reading in readings if reading)):
        for node in suspects:
            found.update(dict.fromkeys(refs_of(node)))
    return tuple(found)


def _bound(cut: Cutter) -> tuple[NameImport, ...]:
    return tuple(dict.fromkeys(found for node in cut.imported for found in bound_by(node)))
