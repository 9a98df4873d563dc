"""A Python file as selection sees it: parts, each with a fingerprint, and what it mentions. Plain values. Pure.

A part is what can change by itself: the body of a function, a name that the module binds, a class, and all that is
left of the module's top level. `companion.core.impact.source` reads them from a text, `difference` compares them.
"""

from dataclasses import dataclass, field
from typing import Literal

from companion.core.impact.imports import ImportRef

type Kind = Literal["body", "binding", "class", "member", "main", "module"]
"""What a part is.

- ``body``: what a function or method does when it is called, with all functions inside; its key is the qualified
  name and ``()``: ``Cart.total()``, a second one of that name ``Cart.total()#2``.
- ``binding``: a statement of the top level that does nothing but bind names: a function's header (defaults,
  decorators that only mark it), a constant, an import that is known to work. Key: ``total``.
- ``class``: a class statement but for the members that are parts of their own: bases, keywords, decorators, and all
  its statements where it is not ``plain``. Key: ``Cart``.
- ``member``: what a ``plain`` class binds a name to: a method's header, a constant. Key: ``Cart.total``.
- ``main``: what is below ``if __name__ == "__main__":``.
- ``module``: all other statements of the top level, in their order.
"""

type ClassKind = Literal["plain", "whole", "open"]
"""How a class takes a change of its members: ``plain``: who mentions the member notices; ``whole`` (dataclasses,
enums, named tuples): who meets the class in any way; ``open`` (decorators, metaclasses or bases that nobody knows):
anybody who imports it."""

MODULE = "<module>"
MAIN = "<main>"


@dataclass(frozen=True, slots=True)
class Mentions:
    """What code speaks of, as far as its text tells.

    ``names``: of variables. ``words``: attributes, names of parameters, and identifiers in short strings (``"app.x"``
    gives ``app`` and ``x``). ``prefixes``: beginnings of attributes that are computed (``getattr(self, f"on_{x}")``).
    ``computes``: attributes are looked up by names that no text shows; ``enumerates``: by listing all (``vars``).
    """

    names: frozenset[str] = frozenset()
    words: frozenset[str] = frozenset()
    prefixes: frozenset[str] = frozenset()
    computes: bool = False
    enumerates: bool = False


@dataclass(frozen=True, slots=True)
class Part:
    """``fingerprint`` is a number of 63 bits, independent of positions, comments, formatting, and docstrings that
    nobody reads.

    ``binds`` are names that it binds in its module (a member: its own name; a class: its own). ``risks`` are hashes
    of expressions that are evaluated at import and might raise: a change that brings a new one is a change of the
    module. ``lazy`` are names and words whose result a body keeps beyond its call (``self._x = self._x or
    self.compute()``); ``kept``: a decorator keeps a body's results. ``always``: names that are meant by protocol and
    that nobody mentions (``__eq__``, ``pytestmark``, ``setup_method``) are among ``binds``. ``first`` and ``last``
    are its lines.
    """

    key: str
    kind: Kind
    fingerprint: int
    binds: tuple[str, ...] = ()
    mentions: Mentions = Mentions()
    risks: frozenset[int] = frozenset()
    lazy: frozenset[str] = frozenset()
    kept: bool = False
    always: bool = False
    first: int = 1
    last: int = 1


@dataclass(frozen=True, slots=True)
class ClassShape:
    """``bases`` as written, dotted and without what is in brackets; those that are no names make a class ``open``.

    Bases of the module itself and of other modules are not looked at: who cannot resolve one has to take the class
    for ``open``, and a class is no better than its bases. ``abstract`` are the members that it declares to be so:
    where such a member comes or goes in a subclass, whoever makes an instance notices.
    """

    kind: ClassKind
    bases: tuple[str, ...]
    abstract: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class NameImport:
    """``from <ref> import name as alias`` binds ``alias``; ``name`` is ``*`` for all (as is ``alias`` then), empty
    where a module is bound. ``import a.b`` gives two, both of the alias ``a``: the modules ``a`` and ``a.b``."""

    ref: ImportRef
    name: str
    alias: str


@dataclass(frozen=True, slots=True)
class Span:
    """Lines that belong to a part. What begins after ``head`` and is in a narrower span too belongs only to that."""

    first: int
    head: int
    last: int
    key: str


@dataclass(frozen=True, slots=True)
class Source:
    """A file that parses. ``parts`` by key; ``imports`` as `imports_of` gives them, in whatever order; ``bound`` what
    those of the top level bind; ``spans`` where the parts are."""

    parts: dict[str, Part]
    classes: dict[str, ClassShape] = field(default_factory=dict[str, ClassShape])
    imports: tuple[ImportRef, ...] = ()
    bound: tuple[NameImport, ...] = ()
    spans: tuple[Span, ...] = ()
