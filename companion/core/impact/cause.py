"""Where a red run first differs from the item's last green one: by what the changed definitions did in both. Pure.

Law: of equal stories nothing is said but that a changed line was executed. What a story left out for being too much
says nothing.
"""

import ast
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from companion.core.impact.comparison import Comparison, Statement, changed_line
from companion.core.impact.variables import LINE, is_variables, variables_of
from companion.core.impact.wording import OTHER, WAS, bound, changed, first_of, shown, truth
from companion.core.text import split_lines
from companion.messages import Cause, Moment

DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


@dataclass(frozen=True, slots=True)
class Story:
    """What watched code did; ``whole`` if nothing was left out for being too much."""

    moments: tuple[Moment, ...] = ()
    whole: bool = True


def data_cause(path: str, before: str | None, now: str | None) -> Cause:
    """Of a file that is no Python, and that the item reads; equal texts: of one that is no text."""
    if before is None or now is None:
        return Cause(path, 1, f"the file {'was not there' if before is None else 'was there'} {WAS}")
    if is_variables(path):
        return _variable_cause(path, before, now)
    if before == now:
        return Cause(path, 1, OTHER)
    line, was, here = changed_line(before, now)
    return Cause(path, line, changed(was, here))


def _variable_cause(path: str, before: str, now: str) -> Cause:
    """Values may be secrets: people are told the name."""
    then, here = variables_of(before).parts, variables_of(now).parts
    name = next((name for name in (*here, *then) if here.get(name) != then.get(name)), "")
    if not name:
        return Cause(path, 1, OTHER)
    lines = enumerate(map(LINE.match, split_lines(now)), 1)
    line = next((at for at, match in lines if match is not None and match.group(1) == name), 1)
    return Cause(path, line, f"{name} was {'another' if name in then else 'not set'} {WAS}")


def first_difference(before: Story, now: Story, files: Mapping[str, Comparison]) -> Cause | None:
    """By two stories of an item, as it was green and as it is red; ``files`` are those that changed."""
    return _Reading(before, now, files).cause()


@dataclass(frozen=True, slots=True)
class _Step:
    """A moment, and where it is in terms of both texts; `None` where the other text has no such statement.

    ``number`` is that of its own statement.
    """

    moment: Moment
    number: int | None
    function: int | None
    place: int | None

    @property
    def key(self) -> tuple[object, ...]:
        """What it has in common with the same step of the other story."""
        return self.moment.kind, self.moment.path, self.function, self.place

    def joins(self, other: _Step) -> bool:
        """Whether this is only a further line of the same statement."""
        return (
            self.moment.kind == other.moment.kind == "line"
            and (self.moment.path, self.moment.function) == (other.moment.path, other.moment.function)
            and self.number is not None
            and self.number == other.number
        )


@dataclass(slots=True)
class _Reading:
    """Both stories side by side. ``suspect`` is the changed statement that was executed last."""

    before: Story
    now: Story
    files: Mapping[str, Comparison]
    suspect: Cause | None = None
    _last: _Step | None = None
    """What both did last."""
    _lines: dict[tuple[str, int | None], _Step] = field(default_factory=dict["tuple[str, int | None]", "_Step"])
    """The line that each function is at."""

    def cause(self) -> Cause | None:
        old, new = list(self._steps(self.before, is_now=False)), list(self._steps(self.now, is_now=True))
        i = j = 0
        while i < len(old) or j < len(new):
            one, other = (old[i] if i < len(old) else None), (new[j] if j < len(new) else None)
            if one is not None and other is not None and one.key == other.key:
                found = self._values(one, other)
                if found is not None and (self.suspect is not None or self._is_touched(other)):
                    return self._preferred(found, other)  # before that, it cannot be for what changed
                self._passed(other)
                i, j = i + 1, j + 1
            elif other is not None and other.place is None:
                self._came(other)
                j += 1
            elif one is not None and one.place is None:
                self._went(one)
                i += 1
            elif (one is None and not self.before.whole) or (other is None and not self.now.whole):
                break
            else:
                return self._way(one, other) or self._executed(new[j:])
        return self.suspect

    def _steps(self, story: Story, *, is_now: bool) -> Iterator[_Step]:
        last: _Step | None = None
        for moment in story.moments:
            step = self._step(moment, is_now=is_now)
            if step is not None and (last is None or not step.joins(last)):
                yield step
            last = step or last

    def _step(self, moment: Moment, *, is_now: bool) -> _Step | None:
        """None for what is of no file that changed."""
        comparison = self.files.get(moment.path)
        if comparison is None:
            return None
        text = comparison.now if is_now else comparison.before
        number = text.owner.get(moment.line)
        function = text.owner.get(moment.function) if moment.function else -1
        place, within = number, function
        if not is_now:
            place = None if number is None else comparison.inverse.get(number)
            within = -1 if not moment.function else None if function is None else comparison.inverse.get(function)
        elif number is not None and number not in comparison.pairs:
            place = None
        return _Step(moment, number, within, place)

    # --- one step --------------------------------------------------------------------------------------------

    def _passed(self, step: _Step) -> None:
        """Both did this."""
        self._last = step
        if step.moment.kind == "line":
            self._lines[step.moment.path, step.function] = step
            if self._is_touched(step):
                self.suspect = self._as_text(step)

    def _came(self, step: _Step) -> None:
        """Only now there is such a statement."""
        if step.number is None:
            return
        comparison = self.files[step.moment.path]
        line = comparison.named(step.number)
        self.suspect = Cause(step.moment.path, line, changed("", comparison.now.shown(line)))

    def _went(self, step: _Step) -> None:
        """There is no such statement any more."""
        if step.number is None:
            return
        comparison = self.files[step.moment.path]
        first = comparison.gone_with(step.number)
        was = comparison.before.shown(comparison.before.statements[first].first)
        self.suspect = Cause(step.moment.path, comparison.place(first), changed(was, ""))

    def _values(self, one: _Step, other: _Step) -> Cause | None:
        """Where they did the same, but with other values."""
        then, now = dict(one.moment.values), dict(other.moment.values)
        if then == now:
            return None
        if other.moment.kind == "return":
            return self._at(other, f"returned {shown(then.get(''))} {WAS}, {shown(now.get(''))} here")
        if other.moment.kind == "raise":
            return self._at(other, f"raised {then.get('', '')} {WAS}, {now.get('', '')} here")
        if self._is_touched(other) and self._is_definition(other):
            return self._as_text(other)  # says more than what the name holds
        name = next(name for name in (*now, *then) if then.get(name) != now.get(name))
        return self._at(other, bound(name, then.get(name), now.get(name)))

    def _way(self, one: _Step | None, other: _Step | None) -> Cause | None:
        """They went different ways, after what they did last."""
        found = self._told(one, other)
        if found is None:
            return self.suspect
        step = self._turn(one, other)
        return self.suspect if step is None else self._preferred(found, step)

    def _executed(self, steps: Iterable[_Step]) -> Cause | None:
        """They went different ways before anything that changed: the changed statement that is executed last."""
        for step in steps:
            if step.place is None:
                self._came(step)
            elif step.moment.kind == "line":
                self._passed(step)
        return self.suspect

    def _turn(self, one: _Step | None, other: _Step | None) -> _Step | None:
        """The line that it went on from."""
        step = other or one
        return None if step is None else self._lines.get((step.moment.path, step.function), self._last)

    def _told(self, one: _Step | None, other: _Step | None) -> Cause | None:
        if other is not None and other.moment.kind == "raise":
            return self._at(other, f"raises {first_of(other.moment)[1]} here")
        if other is None:
            return None  # it ended elsewhere
        binding = next((step for step in (one, other) if step is not None and step.moment.kind == "bound"), None)
        if binding is not None:
            return self._at(binding, self._bound(binding, is_now=binding is other), is_now=binding is other)
        turn = self._turn(one, other)
        if turn is not None and turn.moment.kind == "line":
            return self._at(turn, self._condition(turn, one, other))
        return self._at(other, f"was not executed {WAS}")

    def _condition(self, turn: _Step, one: _Step | None, other: _Step) -> str:
        """What a branch says of its condition."""
        statement = self.files[turn.moment.path].now.statements[turn.place] if turn.place is not None else None
        if one is not None and statement is not None and isinstance(statement.node, (ast.If, ast.While)):
            is_true = self._is_in(statement, other)
            if is_true != self._is_in(statement, one):
                return f"the condition was {truth(not is_true)} {WAS}, {truth(is_true)} here"
        if one is None:
            return f"what follows was not executed {WAS}"
        return f"went another way {WAS}"

    def _bound(self, step: _Step, *, is_now: bool) -> str:
        """Of what only one of them did to names."""
        statements = self.files[step.moment.path].now.statements
        if step.place is not None and isinstance(statements[step.place].node, (ast.For, ast.AsyncFor)):
            return f"the loop {'goes on' if is_now else 'ends'} here, not {WAS}"
        name, value = first_of(step.moment)
        return bound(name, None, value) if is_now else bound(name, value, None)

    def _is_in(self, statement: Statement, step: _Step) -> bool:
        """Whether this is the first thing that is done where the condition is true."""
        body: list[ast.stmt] = getattr(statement.node, "body", [])
        if step.place is None or not body:
            return False
        line = self.files[step.moment.path].now.statements[step.place].first
        return body[0].lineno <= line <= (body[-1].end_lineno or body[-1].lineno)

    # --- what is told of it ----------------------------------------------------------------------------------

    def _preferred(self, found: Cause, step: _Step) -> Cause | None:
        """What was changed is to blame: this, or what was executed before. Other things differ for other reasons: the
        time, a temporary folder."""
        return (self._as_gone(step) or found) if self._is_touched(step) else self.suspect

    def _is_touched(self, step: _Step) -> bool:
        return step.place is not None and step.place in self.files[step.moment.path].touched

    def _is_definition(self, step: _Step) -> bool:
        statements = self.files[step.moment.path].now.statements
        return step.place is not None and isinstance(statements[step.place].node, DEFINITIONS)

    def _as_gone(self, step: _Step) -> Cause | None:
        """A statement in the place of which there is nothing."""
        comparison = self.files[step.moment.path]
        if step.place is None or step.place not in comparison.pairs:
            return None
        one, other = comparison.now.statements[step.place], comparison.before.statements[comparison.pairs[step.place]]
        if not isinstance(one.node, ast.Pass) or isinstance(other.node, ast.Pass):
            return None
        return Cause(step.moment.path, one.first, changed(comparison.before.shown(other.first), ""))

    def _as_text(self, step: _Step) -> Cause | None:
        """That a statement says something else."""
        gone = self._as_gone(step)
        comparison = self.files[step.moment.path]
        if gone is not None or step.place is None:
            return gone
        line, was = comparison.differing(step.place)
        return Cause(step.moment.path, line, changed(was, comparison.now.shown(line)))

    def _at(self, step: _Step, text: str, *, is_now: bool = True) -> Cause:
        comparison = self.files[step.moment.path]
        if is_now and step.moment.kind != "call" and not self._is_touched(step):
            return Cause(step.moment.path, step.moment.line, text)
        line = step.moment.line if step.place is None else comparison.named(step.place)
        return Cause(step.moment.path, line, text)
