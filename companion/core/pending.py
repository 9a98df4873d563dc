"""What waits to be run, merged so that there is never more than one of it. Pure."""

import re
from dataclasses import dataclass, replace

from companion.messages import EVERYTHING, UNSEEN, FileChange, RequestRun, RunTests, Scope

HARMLESS = re.compile(
    r"-[vqsxl]+|-r\w+|-n\w+|-W.+"
    r"|--(?:verbose|quiet|exitfirst|showlocals|full-trace|no-header|no-summary|maxfail|tb|color|durations|capture"
    r"|show-capture|log-[\w-]+|numprocesses|disable-warnings|strict-\w+|ff|failed-first|nf|new-first)(?:=.*)?"
)
"""Arguments for pytest that leave no test out."""
WITH_VALUE = frozenset({"-r", "-n", "-W", "--maxfail", "--tb", "--color", "--durations", "--capture"})
"""Those that may stand before a word of their own."""
SHARD = "--companion-shard="
"""An argument of companion's own among those for pytest: run a part of the tests, ``1/3`` for the first third."""
LISTING = frozenset({"--collect-only", "--co"})
"""Arguments for pytest with which nothing runs: what would run is told."""
SUMMABLE = frozenset({"items", "paths"})
"""Scopes of which one run can carry out several requests."""


@dataclass(frozen=True, slots=True)
class Pending:
    """Changes by path (oldest base, newest content), paths that a cancelled run left, and what people asked for.

    ``owed`` are paths that a run could not get to though nobody cancelled it; they start no run, but are part of the
    next one. ``urgent`` is whether the requests are newer than the changes: the newest goes first.
    """

    changes: tuple[FileChange, ...] = ()
    rerun: tuple[str, ...] = ()
    owed: tuple[str, ...] = ()
    requests: tuple[RequestRun, ...] = ()
    urgent: bool = False

    def __bool__(self) -> bool:
        return bool(self.changes or self.rerun or self.requests)

    @classmethod
    def of(cls, order: RunTests, request: RequestRun | None, unfinished: tuple[str, ...] | None) -> Pending:
        """What has to wait again because this order was not carried out; None: nothing is known to be done."""
        if unfinished == ():
            return cls()
        if request is not None:
            return cls(requests=(request if unfinished is None else _rest(request, unfinished),))
        return cls(order.changes, order.rerun) if unfinished is None else cls(rerun=_union((), unfinished))

    def changed(self, changes: tuple[FileChange, ...]) -> Pending:
        """These files changed too."""
        merged = {change.path: change for change in self.changes}
        for change in changes:
            earlier = merged.get(change.path)
            merged[change.path] = change if earlier is None else _joined(earlier, change)
        return replace(self, changes=tuple(merged.values()), urgent=False)

    def unfinished(self, paths: tuple[str, ...]) -> Pending:
        """A cancelled run did not get to these."""
        return replace(self, rerun=_union(self.rerun, paths))

    def owing(self, paths: tuple[str, ...]) -> Pending:
        """A run that nobody cancelled did not get to these."""
        return replace(self, owed=_union(self.owed, paths))

    def due(self) -> Pending:
        """What is owed is to be run now."""
        return replace(self, rerun=_union(self.rerun, self.owed), owed=())

    def put_off(self) -> Pending:
        """What waits to be run, but for requests, is owed: it starts no run."""
        return replace(self, changes=(), rerun=(), owed=(EVERYTHING if EVERYTHING in self.rerun else UNSEEN,))

    def requested(self, request: RequestRun) -> Pending:
        """A person asks; requests of one kind become one."""
        return replace(self, requests=_joined_requests((*self.requests, request)), urgent=True)

    def merged(self, older: Pending) -> Pending:
        """This and an older one."""
        joined = older.changed(self.changes).unfinished(self.rerun).owing(self.owed)
        requests = _joined_requests((*older.requests, *self.requests))
        return replace(joined, requests=requests, urgent=self.urgent if self else older.urgent)

    def holds(self, request: RequestRun) -> bool:
        """Whether what this request asks for still waits."""
        if is_change_run(request):
            return bool(self.changes or self.rerun)
        return any(_kind(waiting) == _kind(request) for waiting in self.requests)

    def taken(
        self, generation: int, pytest_args: tuple[str, ...], *, agreed: tuple[str, ...] = ()
    ) -> tuple[RunTests, RequestRun | None, Pending]:
        """The order to give now, the request that it carries out, and what goes on waiting.

        ``pytest_args`` are for a run of changes; a request runs with its own. ``agreed`` are those that everybody
        wants: where everything waits, and somebody asks for all with these, one run does both.
        """
        if self.requests and (self.urgent or not (self.changes or self.rerun)):
            request, *rest = self.requests
            order = RunTests(generation, request.scope, (), request.arguments, request.pytest_args)
            waiting = replace(self, requests=tuple(rest), urgent=self.urgent and bool(rest))
            whole = not {EVERYTHING, UNSEEN}.isdisjoint(self.rerun)
            if request.scope == "all" and request.pytest_args == agreed and whole:
                return replace(order, changes=self.changes), request, waiting.put_off()
            return order, request, waiting
        now, owed = (self, self.owed) if narrows(pytest_args) else (self.due(), ())
        scope: Scope = "all" if EVERYTHING in now.rerun else "changed"
        order = RunTests(generation, scope, now.changes, now.rerun, pytest_args)
        return order, None, Pending(owed=owed, requests=self.requests)


def is_change_run(request: RequestRun) -> bool:
    """Whether the request is carried out by running changes, or everything, and not by an order of its own."""
    return request.scope == "changed" or (request.scope == "all" and not narrows(request.pytest_args))


def answers(order: RunTests, carried: RequestRun | None, request: RequestRun) -> bool:
    """Whether the end of this order answers the request; ``carried`` is what the order carries out, if not changes.

    Nobody is answered by a run with somebody else's arguments. One without any is as good for who asks what changed.
    """
    if carried is not None:
        return _kind(carried) == _kind(request)
    wide = request.scope == "changed" and not order.pytest_args
    return is_change_run(request) and (wide or order.pytest_args == request.pytest_args)


def narrows(pytest_args: tuple[str, ...]) -> bool:
    """Whether these arguments may leave out tests: all may that are not known to be harmless."""
    before = ""
    for word in pytest_args:
        if HARMLESS.fullmatch(word) is None and word not in WITH_VALUE and before not in WITH_VALUE:
            return True
        before = word if before not in WITH_VALUE else ""
    return False


def lists(pytest_args: tuple[str, ...]) -> bool:
    """Whether tests are only to be listed."""
    return not LISTING.isdisjoint(pytest_args)


def _kind(request: RequestRun) -> tuple[object, ...]:
    """Requests of one kind differ in what they name only, so that one run can answer them all."""
    names = request.arguments if request.scope not in SUMMABLE else ()
    return (request.scope, request.pytest_args, names)


def _joined_requests(requests: tuple[RequestRun, ...]) -> tuple[RequestRun, ...]:
    joined: dict[tuple[object, ...], RequestRun] = {}
    for request in requests:
        earlier = joined.pop(_kind(request), None)
        if earlier is not None and request.scope in SUMMABLE:
            request = replace(request, arguments=_union(earlier.arguments, request.arguments))  # noqa: PLW2901
        joined[_kind(request)] = request
    return tuple(joined.values())


def _rest(request: RequestRun, unfinished: tuple[str, ...]) -> RequestRun:
    """What a cancelled request did not get to."""
    if EVERYTHING in unfinished or request.scope not in SUMMABLE:
        return request
    if request.scope == "paths":
        return replace(request, arguments=unfinished)
    left = tuple(node_id for node_id in request.arguments if node_id.partition("::")[0] in unfinished)
    return replace(request, arguments=left or request.arguments)


def _union(first: tuple[str, ...], second: tuple[str, ...]) -> tuple[str, ...]:
    both = tuple(dict.fromkeys((*first, *second)))
    return (EVERYTHING,) if EVERYTHING in both else both


def _joined(earlier: FileChange, later: FileChange) -> FileChange:
    """Two changes of one file as one; the edits are dropped, for nobody who runs tests needs them."""
    if later.kind == "deleted":
        return replace(later, base=earlier.base, edits=())
    return replace(later, kind="modified" if earlier.base else "created", base=earlier.base, edits=())
