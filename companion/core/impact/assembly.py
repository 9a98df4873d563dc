"""A module's chunks become its parts: what only binds names is told from what does more. Pure."""

import ast
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from companion.core.impact.chunks import Chunk, first_line, head_line, is_main
from companion.core.impact.classes import OPEN, Classified, Member, classify
from companion.core.impact.headers import binds_of, decorator, is_protocol, keeps, simple
from companion.core.impact.memo import lazy_of
from companion.core.impact.own_names import own_names
from companion.core.impact.parts import MAIN, MODULE, ClassShape, Kind, Part, Span
from companion.core.impact.purity import ImpureError, Judge, risk_number
from companion.core.impact.reading import Reading, number
from companion.core.impact.scope import Scope
from companion.core.impact.uses import reached, uses_of


@dataclass(slots=True)
class Assembly:
    """``position`` counts the statements that do something: what reads a value is told by where it stands among
    them, as they may change it."""

    scope: Scope
    chunks: list[Chunk]
    parts: dict[str, Part] = field(default_factory=dict[str, Part])
    classes: dict[str, ClassShape] = field(default_factory=dict[str, ClassShape])
    spans: list[Span] = field(default_factory=list[Span])
    docs: list[str] = field(default_factory=list[str])
    module: Reading = field(default_factory=lambda: Reading(top=True))
    main: Reading = field(default_factory=lambda: Reading(top=True))
    position: int = 0
    _binds: set[str] = field(default_factory=set[str])
    _risks: set[int] = field(default_factory=set[int])

    def assemble(self, last: int) -> dict[str, Part]:
        """The parts by key; ``last`` is the last line of the file."""
        uses = uses_of(self.chunks)
        for chunk in self.chunks:
            if is_main(chunk.node):
                self._skeleton(chunk, self.main, MAIN)
                continue
            if not self._binding(chunk):
                self._statement(chunk, uses)
            self.scope.above |= chunk.reading.binds
        self._rest(MODULE, "module", self.module, last)
        if self.main.pieces:
            self._rest(MAIN, "main", self.main, last)
        if self.docs:
            fingerprint = number("\n".join(map(repr, self.docs)))
            self.parts["__doc__"] = Part("__doc__", "binding", fingerprint, ("__doc__",))
        return self.parts

    def _rest(self, key: str, kind: Kind, reading: Reading, last: int) -> None:
        binds = tuple(sorted(self._binds)) if kind == "module" else ()
        risks = frozenset(self._risks) if kind == "module" else frozenset[int]()
        self.parts[key] = Part(key, kind, reading.fingerprint(), binds, reading.mentions(), risks, last=last)

    def _binding(self, chunk: Chunk) -> bool:
        """Whether the statement only binds names, which is noted then."""
        node, binds = chunk.node, chunk.reading.binds
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
            self.docs.append(node.value.value)
            return True
        if not binds or any(self.scope.counts[name] != 1 or is_protocol(name) for name in binds):
            return False
        if isinstance(node, ast.ClassDef):
            return self._class(chunk, node)
        judge = Judge(self.scope)
        try:
            marks = simple(chunk, judge)
        except ImpureError, RecursionError:
            return False
        if isinstance(node, ast.Assign):
            self._alias(node)
        names = binds_of(chunk)
        self._part(names[0], "binding", names, [chunk.reading], [judge], (first_line(node), node.end_lineno or 1))
        self._place(chunk, names[0])
        self.docs += [chunk.doc] if chunk.doc else []
        self._body(chunk, marks)
        return True

    def _alias(self, node: ast.Assign) -> None:
        """``slow = pytest.mark.slow`` marks as that does."""
        value = node.value.func if isinstance(node.value, ast.Call) else node.value
        origin = self.scope.resolve(value)
        if len(node.targets) == 1 and isinstance(node.targets[0], ast.Name) and origin.startswith("pytest.mark."):
            self.scope.origins[node.targets[0].id] = origin

    def _class(self, chunk: Chunk, node: ast.ClassDef) -> bool:
        found = classify(chunk, node, self.scope)
        if found.shape.kind == "open":
            return False
        lines = (first_line(node), node.end_lineno or 1)
        key, names = chunk.key, (chunk.key,)
        self._place(chunk, key)
        if found.shape.kind == "whole":
            whole = Reading(top=True)
            self._shapes(found, key)
            self._inside(chunk, whole, key)
            self._part(key, "class", names, [whole], _judges(found), lines)
            return True
        statement = Reading(top=True)
        self._plain(chunk, found, statement, key)
        self._part(key, "class", names, [statement], _judges(found, members=False), lines)
        return True

    def _plain(self, chunk: Chunk, found: Classified, statement: Reading, key: str) -> None:
        self._shapes(found, key)
        statement.absorb(chunk.reading)
        self.docs += [chunk.doc] if chunk.doc else []
        for name, member in found.members.items():
            self._member(key, name, member)
        for inner in chunk.members:
            if inner.key in found.inner:
                self._place(inner, key)
                self._inside(inner, statement, key)
            elif isinstance(inner.node, ast.Expr):
                self.docs += inner.reading.docs

    def _member(self, owner: str, name: str, member: Member) -> None:
        names = tuple(dict.fromkeys(name for chunk in member.chunks for name in binds_of(chunk)))
        nodes = [chunk.node for chunk in member.chunks]
        lines = (min(map(first_line, nodes)), max(node.end_lineno or 1 for node in nodes))
        key = f"{owner}.{name}"
        readings = [chunk.reading for chunk in member.chunks]
        self._part(key, "member", names, readings, member.judges, lines, always=member.always)
        for chunk in member.chunks:
            self._place(chunk, key)
            self.docs += [chunk.doc] if chunk.doc else []
            self._body(chunk, self._marks(chunk))

    def _inside(self, chunk: Chunk, into: Reading, key: str) -> None:
        """A class as a whole."""
        into.absorb(chunk.reading)
        self._document(chunk, into, loud=True)
        for member in chunk.members:
            self._skeleton(member, into, key, loud=True)

    def _skeleton(self, chunk: Chunk, into: Reading, key: str, *, loud: bool = False) -> None:
        """All of a statement but for the bodies of functions goes ``into`` it; ``loud``: docstrings too."""
        marks = self._marks(chunk)
        into.absorb(chunk.reading)
        self.docs += chunk.reading.docs
        self._place(chunk, key)
        loud = loud or isinstance(chunk.node, ast.ClassDef) or not all(marks)
        self._document(chunk, into, loud=loud)
        self._body(chunk, marks)
        if isinstance(chunk.node, ast.ClassDef):
            self.classes.setdefault(chunk.key, OPEN)
        for member in chunk.members:
            self._skeleton(member, into, key, loud=isinstance(chunk.node, ast.ClassDef))

    def _document(self, chunk: Chunk, into: Reading, *, loud: bool) -> None:
        if chunk.doc and loud:
            into.pieces.append(repr(chunk.doc))
        elif chunk.doc:
            self.docs.append(chunk.doc)

    def _statement(self, chunk: Chunk, uses: dict[str, set[str]]) -> None:
        """It does more than to bind names."""
        self.position += 1
        before = Reading(top=True)
        self._skeleton(chunk, before, MODULE)
        self.module.absorb(before)
        self._binds |= chunk.reading.binds
        unbound = {name for name in before.names if not self.scope.is_bound(name)}
        late = {name for name in reached(before.names, uses) if self.scope.counts[name]} - self.scope.above
        self._risks |= {risk_number(f"late {name}", self.position) for name in unbound | late}

    def _part(
        self, key: str, kind: Kind, names: Iterable[str], readings: Iterable[Reading], judges: Iterable[Judge],
        lines: tuple[int, int], *, always: bool = False,
    ) -> None:  # fmt: skip
        together = Reading(top=True)
        for reading in readings:
            together.absorb(reading)
        risks = {text for judge in judges for text in judge.risks}
        if any(judge.reads for judge in judges):
            together.pieces.append(f"@{self.position}")
        self.parts[key] = Part(
            key, kind, together.fingerprint(), tuple(names), together.mentions(),
            frozenset(risk_number(text, self.position) for text in risks),
            always=always, first=lines[0], last=lines[1],
        )  # fmt: skip

    def _body(self, chunk: Chunk, marks: list[str]) -> None:
        node, reading = chunk.node, chunk.body
        if reading is None or not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            return
        self.docs += reading.docs
        lazy = lazy_of(node, reading)
        mentions = reading.mentions()
        own = frozenset[str]() if reading.globals else own_names(node)
        mentions = replace(mentions, names=mentions.names - own)
        self.parts[chunk.key] = Part(
            chunk.key, "body", reading.fingerprint(), (), mentions, frozenset(), lazy, keeps(marks),
            first=first_line(node), last=node.end_lineno or 1,
        )  # fmt: skip
        self.spans.append(Span(first_line(node), head_line(node), node.end_lineno or node.lineno, chunk.key))

    def _marks(self, chunk: Chunk) -> list[str]:
        """The qualified names of a function's decorators, empty for those that nobody knows."""
        marks: list[str] = []
        local = {inner.name for inner in [chunk.node] if isinstance(inner, (ast.FunctionDef, ast.AsyncFunctionDef))}
        for node in getattr(chunk.node, "decorator_list", ()):
            try:
                marks.append(decorator(node, Judge(self.scope, local)))
            except ImpureError, RecursionError:
                marks.append("")
        return marks

    def _shapes(self, found: Classified, key: str) -> None:
        self.classes[key] = found.shape
        for name, inner in found.inner.items():
            self._shapes(inner, name)

    def _place(self, chunk: Chunk, key: str) -> None:
        """The lines of a statement, without the body of a function."""
        node, head = chunk.node, head_line(chunk.node)
        last = head if chunk.body else node.end_lineno or node.lineno
        self.spans.append(Span(first_line(node), head, last, key))


def _judges(found: Classified, *, members: bool = True) -> list[Judge]:
    """Of the class statement and of the classes in it."""
    judges = [found.judge]
    if members:
        judges += [judge for member in found.members.values() for judge in member.judges]
    return judges + [judge for inner in found.inner.values() for judge in _judges(inner)]
