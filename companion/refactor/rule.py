"""What a rule is, and the one visit in which all of them look at a text.

A rule's class is its specification, its documentation and its tests in one: the docstring says what it does and why
that is the same program, ``VALID`` and ``INVALID`` show it, ``preconditions`` name what it wants to be sure of, and
``POISON`` holds what no static look can tell, for the project's tests to reject.
"""

import ast
import textwrap
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar

from companion.core.diff import diff
from companion.refactor.finding import Candidate, Declined, Defect, Finding
from companion.refactor.gates import Meaning, rewritten
from companion.refactor.site import Site, Touched, sites
from companion.refactor.tree import Broken, Tree, parse
from companion.refactor.writing.excerpt import first_line, last_line
from companion.refactor.writing.splice import Edit

type Pairs = tuple[tuple[str, str], ...]
"""Texts before and after, indented as the class is; `unindented` gives the text."""


@dataclass(frozen=True, slots=True)
class Precondition:
    """One thing that a rule wants to be sure of; ``because`` completes "declined because"."""

    name: str
    because: str


@dataclass(frozen=True, slots=True)
class Rewrite:
    """What a rule wants to put in place of its site's statement, said twice.

    ``meaning`` says it of the compiler's tree, ``render`` of libcst's, with comments and spaces. A gate compares the
    two, so that a slip of either is never offered. ``about`` is the statement that the proposal is shown at.
    """

    title: str
    about: ast.stmt
    meaning: Meaning
    render: Edit


def unindented(case: str) -> str:
    """The text of a case, which starts in the line below its quotes."""
    return textwrap.dedent(case).removeprefix("\n")


class Rule(ABC):
    """One kind of refactoring, the only one in its module. Without state: one object looks at all texts.

    ``id`` is the module's name with dashes. ``VALID`` are texts in which it proposes nothing, among them one at least
    for each precondition; ``INVALID`` are pairs of a text and what its only proposal makes of it; ``POISON`` are such
    pairs where the proposal changes what the text does to ``RESULT``, which only running it can tell.
    """

    id: ClassVar[str]
    title: ClassVar[str]
    looks_at: ClassVar[tuple[type[ast.stmt], ...]]
    preconditions: ClassVar[tuple[Precondition, ...]]
    VALID: ClassVar[tuple[str, ...]]
    INVALID: ClassVar[Pairs]
    POISON: ClassVar[Pairs]

    @abstractmethod
    def examine(self, site: Site) -> Iterator[Rewrite | Precondition]:
        """What to do about one statement of the types in ``looks_at``: nothing, or say which precondition fails.

        Pure. An exception is a defect, and is contained.
        """

    def propose(self, tree: Tree, touched: Touched) -> Iterator[Finding]:
        """What this rule alone has to say; see `propose`."""
        return propose((self,), tree, touched)


def look(rules: Sequence[Rule], text: str, touched: Touched) -> Iterator[Finding]:
    """What the rules have to say of a text; nothing if it is no Python."""
    tree = parse(text)
    return iter(()) if isinstance(tree, Broken) else propose(rules, tree, touched)


def propose(rules: Iterable[Rule], tree: Tree, touched: Touched) -> Iterator[Finding]:
    """What the rules have to say of the definitions that ``touched`` concerns, in the order of the text.

    One visit for all rules. Each candidate starts from this very text: of two that overlap only one can be applied.
    """
    listening: dict[type[ast.stmt], list[Rule]] = {}
    for rule in rules:
        for kind in rule.looks_at:
            listening.setdefault(kind, []).append(rule)
    broken: set[str] = set()
    for site in sites(tree, touched):
        for rule in listening.get(type(site.node), ()):
            if rule.id not in broken and not site.ignores(rule.id):
                findings = _contained(rule, site)
                broken.update(finding.rule for finding in findings if isinstance(finding, Defect))
                yield from findings


def _contained(rule: Rule, site: Site) -> Sequence[Finding]:
    try:
        return [_finding(rule, site, answer) for answer in rule.examine(site)]
    except Exception as error:  # noqa: BLE001 - whatever a rule does wrong must not stop the others
        return [Defect(rule.id, site.node.lineno, f"{type(error).__name__}: {error}")]


def _finding(rule: Rule, site: Site, answer: Rewrite | Precondition) -> Finding:
    if isinstance(answer, Precondition):
        return Declined(rule.id, site.node.lineno, answer.because)
    text = rewritten(site, answer.meaning, answer.render)
    if isinstance(text, Broken):
        return Declined(rule.id, answer.about.lineno, text.message)
    old = site.tree.text
    return Candidate(rule.id, answer.title, first_line(answer.about), last_line(answer.about), text, diff(old, text))
