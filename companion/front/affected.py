"""`companion affected`: which items would run now, and why; what the others, or one of them, stand on."""

import asyncio
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from companion.errors import EngineUnavailableError, UsageError
from companion.front.grounds import EXTERNAL, explained, facts
from companion.front.jsonlines import shape
from companion.front.port import Engine
from companion.front.words import count, inline, one_line
from companion.messages import (
    AffectedItems,
    Explanation,
    Message,
    RequestAffected,
    RequestExplanation,
    Selected,
)

PATIENCE = 90.0
"""Seconds that an engine may take to answer: a new one has a runner to start first."""
type Told = tuple[AffectedItems, tuple[Explanation, ...]]
"""What would run, and what was asked of items; an answer about items says nothing of what would run."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Affected:
    """One conversation: about these ``items``, else about what would run."""

    client: Engine
    items: tuple[str, ...] = ()
    commit: str = ""
    explain: bool = False

    async def run(self) -> Told:
        """The answers. Raises EngineUnavailableError, and UsageError for what is no item; closes the client."""
        follow: asyncio.Task[None] | None = None
        try:
            async with asyncio.timeout(PATIENCE):
                await self.client.start()
                follow = asyncio.get_running_loop().create_task(self._follow())
                return await self._ask()
        except TimeoutError as error:
            raise EngineUnavailableError(f"the engine has not answered within {PATIENCE:.0f} seconds") from error
        finally:
            await self.client.close()
            if follow is not None:
                await asyncio.gather(follow, return_exceptions=True)

    async def _ask(self) -> Told:
        explanations = [await self._one(partial(RequestExplanation, item=item)) for item in self.items]
        told = tuple(found for found in explanations if isinstance(found, Explanation))
        if self.items:
            return AffectedItems(0, (), 0), told
        found = await self._one(lambda n: RequestAffected(n, self.commit, self.explain))
        if not isinstance(found, AffectedItems):
            raise EngineUnavailableError(f"the engine answered a request with {found}: it is not this version")
        return found, told

    async def _one(self, make: Callable[[int], Message]) -> Message:
        answer = await self.client.request(make)
        if isinstance(answer, Explanation) and answer.problem.startswith(answer.item):
            raise UsageError(answer.problem)
        if isinstance(answer, AffectedItems | Explanation) and answer.problem:
            raise EngineUnavailableError(answer.problem)
        return answer

    async def _follow(self) -> None:
        async for _ in self.client.events():
            pass


def as_json(told: Told, named: Sequence[str] = ()) -> Iterator[str]:
    """``selected`` of generation 0, for nothing runs, then ``explained`` for files, or for the items asked about."""
    affected, explanations = told
    if not explanations:
        affected = below(affected, named)
        yield _line(shape(Selected(0, affected.items, affected.skipped)) or {})
        for row in affected.unaffected:
            yield _line(
                {"event": "explained", "path": row.path, "skipped": row.items, "dependencies": row.dependencies}
            )
    for one in explanations:
        yield _line(explained(one))


def as_text(told: Told, named: Sequence[str] = ()) -> RenderableType:
    """A table, or what an item stands on."""
    affected, explanations = told
    if explanations:
        return Group(*(part for one in explanations for part in (*_item(one), Text())))
    affected = below(affected, named)
    parts: list[RenderableType] = [_items(affected), Text()] if affected.items else []
    if affected.unaffected:
        parts += [_unaffected(affected), Text()]
    return Group(*parts, _verdict(affected))


def below(affected: AffectedItems, named: Sequence[str]) -> AffectedItems:
    """What lies in these files and folders; all of it if none is named."""
    if not named:
        return affected

    def inside(name: str) -> bool:
        return any(name == one or name.startswith((f"{one}::", f"{one.rstrip('/')}/")) for one in named)

    items = tuple(item for item in affected.items if inside(item.id))
    rows = tuple(row for row in affected.unaffected if inside(row.path))
    return AffectedItems(affected.request, items, affected.skipped, rows, affected.problem)


def _items(affected: AffectedItems) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim")
    for name in ("item", "", "why"):
        table.add_column(name, overflow="fold", no_wrap=name == "item")
    for item in affected.items:
        table.add_row(
            Text(inline(item.id)), Text(EXTERNAL if item.external else "", "yellow"), Text(one_line(item.why))
        )
    return table


def _unaffected(affected: AffectedItems) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim")
    for name in ("skipped", "in", "because"):
        table.add_column(name, justify="right" if name == "skipped" else "left", overflow="fold")
    for row in affected.unaffected:
        why = f"unchanged: {count(row.dependencies, 'dependency', 'dependencies')}"
        table.add_row(Text(f"{row.items:,}"), Text(inline(row.path)), Text(why))
    return table


def _verdict(affected: AffectedItems) -> Text:
    skipped = f"{count(affected.skipped, 'item')} unchanged"
    if not affected.items:
        return Text(f"✓ nothing to run, {skipped}", "bold green")
    outside = sum(item.external for item in affected.items)
    marks = f", {outside:,} of them {EXTERNAL} external" if outside else ""
    return Text(f"{count(len(affected.items), 'item')} to run{marks}, {skipped}", "bold")


def _item(one: Explanation) -> Iterator[RenderableType]:
    yield Text(inline(one.item), "bold")
    for name, words in facts(one):
        grid = Table.grid(padding=(0, 2))
        grid.add_column(width=10)
        grid.add_column(overflow="fold")
        grid.add_row(Text(name, "dim"), Text(words))
        yield grid


def _line(value: dict[str, object]) -> str:
    return json.dumps(value, separators=(",", ":"))
