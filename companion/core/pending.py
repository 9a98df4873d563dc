"""What waits to be run, merged so that there is never more than one of it. Pure."""

from dataclasses import dataclass, replace

from companion.messages import EVERYTHING, FileChange, RequestRun, RunTests, Scope


@dataclass(frozen=True, slots=True)
class Pending:
    """Changes by path (oldest base, newest content), paths that a cancelled run left, and what a person asked for."""

    changes: tuple[FileChange, ...] = ()
    rerun: tuple[str, ...] = ()
    request: RequestRun | None = None

    def __bool__(self) -> bool:
        return bool(self.changes or self.rerun or self.request)

    @classmethod
    def of(cls, order: RunTests) -> Pending:
        """What has to wait again because this order was not carried out."""
        if order.scope == "changed":
            return cls(order.changes, order.rerun)
        if order.scope == "all":
            return cls(rerun=(EVERYTHING,))
        return cls(request=RequestRun(0, order.scope, order.rerun, order.pytest_args))

    def changed(self, changes: tuple[FileChange, ...]) -> Pending:
        """These files changed too."""
        merged = {change.path: change for change in self.changes}
        for change in changes:
            earlier = merged.get(change.path)
            merged[change.path] = change if earlier is None else _joined(earlier, change)
        return replace(self, changes=tuple(merged.values()))

    def unfinished(self, paths: tuple[str, ...]) -> Pending:
        """A cancelled run did not get to these."""
        rerun = tuple(dict.fromkeys((*self.rerun, *paths)))
        return replace(self, rerun=(EVERYTHING,) if EVERYTHING in rerun else rerun)

    def requested(self, request: RequestRun) -> Pending:
        """A person asks; the latest request wins."""
        return replace(self, request=request)

    def merged(self, other: Pending) -> Pending:
        """This and an older one."""
        joined = replace(other, request=self.request or other.request).changed(self.changes)
        return joined.unfinished(self.rerun)

    def taken(self, generation: int, pytest_args: tuple[str, ...]) -> tuple[RunTests, Pending]:
        """The order to give now, and what goes on waiting. A request comes first."""
        request = self.request
        if request is None:
            scope: Scope = "all" if EVERYTHING in self.rerun and not self.changes else "changed"
            return RunTests(generation, scope, self.changes, self.rerun, pytest_args), Pending()
        args = request.pytest_args or pytest_args
        order = RunTests(generation, request.scope, (), request.arguments, args)
        if request.scope == "all":
            return replace(order, changes=self.changes), Pending()
        return order, replace(self, request=None)


def _joined(earlier: FileChange, later: FileChange) -> FileChange:
    """Two changes of one file as one; the edits are dropped, for nobody who runs tests needs them."""
    kind = later.kind if earlier.kind != "created" or later.kind == "deleted" else "created"
    return replace(later, kind=kind, base=earlier.base, edits=())
