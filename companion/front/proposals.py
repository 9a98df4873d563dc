"""Proposals with their evidence and diffs, as lines for people."""

from rich.text import Text

from companion.core.board import Board
from companion.front.report import rule
from companion.front.words import clean, count, inline, one_line
from companion.messages import Proposal

EVIDENCE = {
    "verified": ("verified", "green"),
    "weak": ("weak: some changed lines are not executed by any test", "yellow"),
    "rejected": ("rejected: tests fail with it", "red"),
    "unverified": ("not verified yet", "dim"),
}
STYLES = {"@": "cyan", "+": "green", "-": "red"}


def proposals(board: Board, width: int) -> list[Text]:
    """All proposals known, by place."""
    ordered = sorted(board.proposals.values(), key=lambda p: (p.path, p.line, p.id))
    lines = [rule(count(len(ordered), "proposal"), width)]
    for proposal in ordered:
        lines += [Text(), *described(proposal)]
    return lines


def described(proposal: Proposal) -> list[Text]:
    """One proposal: what, where, evidence, diff."""
    words, style = EVIDENCE[proposal.verdict]
    title = one_line(proposal.title or proposal.rule)
    place = inline(f"{proposal.path}:{proposal.line}")
    head = Text.assemble(("● ", "blue"), (title, "bold"), (f"  {one_line(proposal.rule)}", "dim"))
    proof = Text.assemble(("  " + words, style), (_extent(proposal), "dim"))
    return [head, Text(f"  {place}", "cyan"), proof, *_diff(proposal.diff)]


def _extent(proposal: Proposal) -> str:
    if proposal.verdict == "unverified":
        return ""
    executed = f"{proposal.executed_lines} of {count(proposal.changed_lines, 'changed line')} executed"
    return f" · {count(proposal.items, 'test')} ran, {executed}"


def _diff(diff: str) -> list[Text]:
    """The hunks: which file they belong to has been said."""
    lines = clean(diff).splitlines()
    start = next((i for i, line in enumerate(lines) if line.startswith("@@")), 0)
    return [Text(f"  {line}".rstrip(), STYLES.get(line[:1], "")) for line in lines[start:]]
