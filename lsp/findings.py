"""What the board says, place by place: one `Finding` is one diagnostic. Pure; one-based lines, no LSP types.

Items that fail at the same place with the same message have one cause, so they are one finding with their number.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Literal

from companion.core.board import Board, file_of
from companion.messages import ItemFinished, Proposal

type Source = Literal["companion-test", "companion"]

TESTS: Source = "companion-test"
"""What tests say."""
PROPOSALS: Source = "companion"
"""What the refactorer proposes."""

type Data = str | tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Related:
    """A further place, and what is there."""

    path: str
    line: int
    generation: int
    message: str


@dataclass(frozen=True, slots=True)
class Finding:
    """``line`` to ``end_line``, both included, as generation ``generation`` saw the file.

    ``data`` is the node id, the node ids of several items, or the proposal's id.
    """

    path: str
    line: int
    end_line: int
    generation: int
    source: Source
    code: str
    message: str
    related: tuple[Related, ...]
    data: Data
    red: bool = True
    """False: what a test says that failed, and then passed with nothing changed."""


type Findings = dict[str, tuple[Finding, ...]]
"""By path, in a stable order; no path without one."""


def findings(board: Board, *, most_related: int) -> Findings:
    """Everything on the board that is to be shown in files; at most ``most_related`` further places each."""
    by_path: defaultdict[str, list[Finding]] = defaultdict(list)
    for found in (*_failures((*board.red(), *board.flaky()), most_related), *_proposals(board.proposals.values())):
        by_path[found.path].append(found)
    return {path: tuple(sorted(all_, key=_order)) for path, all_ in by_path.items()}


def evidence(proposal: Proposal) -> str:
    """What the tests said of a proposal, in a few words."""
    tests = f"{proposal.items} {'test passes' if proposal.items == 1 else 'tests pass'}"
    match proposal.verdict:
        case "verified":
            return tests
        case "weak":
            return f"{tests}, {proposal.executed_lines} of {proposal.changed_lines} changed lines run"
        case "unverified":
            return "not verified"
        case "rejected":
            return "tests fail with it"


def name_of(node_id: str) -> str:
    """The last part of a node id, parameters included; a file's name for a file that cannot be collected."""
    path, separator, inside = node_id.partition("::")
    if not separator:
        return path.rpartition("/")[2]
    qualified, bracket, parameters = inside.partition("[")
    return qualified.rpartition("::")[2] + bracket + parameters


def _failures(red: Iterable[ItemFinished], most_related: int) -> Iterable[Finding]:
    groups: defaultdict[tuple[str, int, str, str], list[ItemFinished]] = defaultdict(list)
    for item in red:
        groups[item.path or file_of(item.id), max(1, item.line), item.message, item.state].append(item)
    for (path, line, _, state), items in groups.items():
        describe = _one if len(items) == 1 else _many
        yield replace(describe(items, path, line, most_related), red=state != "flaky")


def _one(items: list[ItemFinished], path: str, line: int, most_related: int) -> Finding:
    item = items[0]
    frames = [frame for frame in item.frames if (frame.path, frame.line) != (path, line)]
    cause = _cause(items)[:most_related]
    least = len(frames) - most_related + len(cause)
    related = tuple(
        Related(frame.path, max(1, frame.line), item.generation, frame.text.strip() or "called from here")
        for frame in frames[max(0, least) :]
    )
    first = _said(item) or f"{name_of(item.id)} {item.outcome}"
    message = "\n".join((first, *(report for report in item.reports if " failed: " in report)))
    return Finding(path, line, line, item.generation, TESTS, name_of(item.id), message, (*cause, *related), item.id)


def _many(items: list[ItemFinished], path: str, line: int, most_related: int) -> Finding:
    names = {name_of(item.id).partition("[")[0] for item in items}
    return Finding(
        path=path,
        line=line,
        end_line=line,
        generation=max(item.generation for item in items),
        source=TESTS,
        code=names.pop() if len(names) == 1 else "",
        message=f"{_said(items[0]) or 'failed'} ({len(items)} tests)",
        related=(*_cause(items), *map(_whereabouts, items))[:most_related],
        data=tuple(item.id for item in items),
    )


def _cause(items: Iterable[ItemFinished]) -> tuple[Related, ...]:
    """Where the first of them of which that is known differs from its last green run."""
    known = ((item, item.cause) for item in items if item.cause is not None)
    return tuple(
        Related(cause.path, max(1, cause.line), item.generation, f"cause: {cause.text}") for item, cause in known
    )[:1]


def _said(item: ItemFinished) -> str:
    return f"{item.state}: {item.message}" if item.state else item.message


def _whereabouts(item: ItemFinished) -> Related:
    """The item's own line, as far as its traceback shows it."""
    path = file_of(item.id)
    line = next((frame.line for frame in item.frames if frame.path == path), 1)
    return Related(path, max(1, line), item.generation, item.id)


def _proposals(proposals: Iterable[Proposal]) -> Iterable[Finding]:
    for one in proposals:
        if one.verdict == "rejected":
            continue
        line, message = max(1, one.line), f"{one.title} ({evidence(one)})"
        last = max(line, one.end_line)
        yield Finding(one.path, line, last, one.generation, PROPOSALS, one.rule, message, (), one.id)


def _order(finding: Finding) -> tuple[int, str, str]:
    return finding.line, finding.source, str(finding.data)
