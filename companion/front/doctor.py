"""`companion doctor`: what the engine says of itself, and whether it is well."""

import asyncio
import json
from collections.abc import Callable

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from companion.errors import EngineUnavailableError
from companion.front.exits import Exit
from companion.front.port import Engine
from companion.front.words import inline, one_line, size
from companion.messages import (
    AgentInfo,
    CheckResult,
    Diagnosis,
    EngineEvent,
    LaneRow,
    Message,
    Miss,
    Ready,
    RequestDiagnosis,
)

PATIENCE = 30.0
"""Seconds that an engine may take to answer: a new one has its self-test to do first."""
GETTING_READY = 10.0
"""Seconds that it may then take to start its agents; doctor goes on without."""
STYLES = {"ok": "green", "warning": "yellow", "error": "bold red"}


async def diagnose(client: Engine) -> tuple[Diagnosis, Ready | None]:
    """The engine's answer, and what it knows of the project. Raises EngineUnavailableError; closes the client."""
    news = asyncio.Event()
    follow: asyncio.Task[None] | None = None
    try:
        async with asyncio.timeout(PATIENCE):
            await client.start()
            follow = asyncio.get_running_loop().create_task(_follow(client, lambda _: news.set()))
            answer = await client.request(RequestDiagnosis)
        answer = await _warm(client, answer, news)
    except TimeoutError as error:
        raise EngineUnavailableError(f"the engine has not answered within {PATIENCE:.0f} seconds") from error
    finally:
        await client.close()
        if follow is not None:
            await asyncio.gather(follow, return_exceptions=True)
    if not isinstance(answer, Diagnosis):
        raise EngineUnavailableError(f"the engine answered a request with {answer}: it is not this version")
    return answer, client.board.ready


def exit_code(diagnosis: Diagnosis) -> int:
    """1 if any check failed."""
    return Exit.RED if any(check.health == "error" for check in diagnosis.checks) else Exit.GREEN


def as_json(diagnosis: Diagnosis, ready: Ready | None) -> str:
    """One JSON object; ``lanes`` is null where the project is not known yet."""
    value = {
        "root": diagnosis.root,
        "python": diagnosis.python,
        "engine_pid": diagnosis.engine_pid,
        "memory": diagnosis.memory,
        "lanes": {"interpreter": ready.interpreter, "process": ready.process} if ready else None,
        "external": diagnosis.external,
        "lane_reasons": [_fields(row) for row in diagnosis.lanes],
        "selection": {
            "skips": diagnosis.skips,
            "missed": diagnosis.missed,
            "misses": [_fields(miss) for miss in diagnosis.misses],
        },
        "agents": [_fields(agent) for agent in diagnosis.agents],
        "checks": [_fields(check) for check in diagnosis.checks],
    }
    return json.dumps(value, indent=2)


def as_text(diagnosis: Diagnosis, ready: Ready | None) -> RenderableType:
    """Facts, agents, checks."""
    bad = sum(check.health == "error" for check in diagnosis.checks)
    checks = len(diagnosis.checks)
    verdict = Text(f"✗ {bad} of {checks} checks failed", "bold red") if bad else Text("✓ all well", "bold green")
    tables = [_facts(diagnosis, ready), *([_lane_reasons(diagnosis)] if diagnosis.lanes else [])]
    tables += [_agents(diagnosis), _checks(diagnosis)]
    return Group(*(part for table in tables for part in (table, Text())), verdict)


async def _follow(client: Engine, take: Callable[[EngineEvent], None]) -> None:
    async for event in client.events():
        take(event)


async def _warm(client: Engine, answer: Message, news: asyncio.Event) -> Message:
    """The answer of an engine that has started all it starts; the latest one if that takes too long."""
    try:
        async with asyncio.timeout(GETTING_READY):
            while isinstance(answer, Diagnosis) and not _complete(answer):
                news.clear()
                await news.wait()
                answer = await client.request(RequestDiagnosis)
    except TimeoutError:
        pass  # what is known is shown
    return answer


def _complete(diagnosis: Diagnosis) -> bool:
    starting = any(agent.state == "starting" for agent in diagnosis.agents)
    return bool(diagnosis.python and diagnosis.checks) and not starting


def _facts(diagnosis: Diagnosis, ready: Ready | None) -> Table:
    table = Table.grid(padding=(0, 2))
    lanes = _lanes(ready) if ready is not None else "the project is not known yet"
    facts = [
        ("root", inline(diagnosis.root)),
        ("python", inline(diagnosis.python)),
        ("engine", ", ".join(filter(None, (f"pid {diagnosis.engine_pid}", size(diagnosis.memory))))),
        ("tests", lanes),
        *(
            [("external", f"{diagnosis.external:,} ↗ reach outside: they run on save only")]
            if diagnosis.external
            else []
        ),
        *([("selection", _recall(diagnosis))] if diagnosis.skips else []),
    ]
    for name, value in facts:
        table.add_row(Text(name, "dim"), Text(value, overflow="fold"))
    return table


def _recall(diagnosis: Diagnosis) -> str:
    """Rounded down: 100 % means that nothing was missed."""
    tenths = 1000 * (diagnosis.skips - diagnosis.missed) // diagnosis.skips
    share = f"{tenths // 10}" if tenths % 10 == 0 else f"{tenths / 10:.1f}"
    missed = f", {diagnosis.missed:,} missed" if diagnosis.missed else ""
    return f"recall {share} % over the last {diagnosis.skips:,} {'skip' if diagnosis.skips == 1 else 'skips'}{missed}"


def _lanes(ready: Ready) -> str:
    lanes = f"{ready.interpreter:,} in the interpreter lane, {ready.process:,} in the process lane"
    return f"{ready.items:,} known; ran last: {lanes}" if ready.items else "none known yet"


def _lane_reasons(diagnosis: Diagnosis) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim")
    for name in ("runs next in", "files", "because", "such as"):
        table.add_column(name, justify="right" if name == "files" else "left")
    for row in diagnosis.lanes:
        why = row.reason or "comes out as in a process"
        table.add_row(*(Text(one_line(cell)) for cell in (row.lane, f"{row.files:,}", why, row.example)))
    return table


def _agents(diagnosis: Diagnosis) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim")
    for name in ("agent", "interpreter", "state", "restarts", "memory", "detail"):
        table.add_column(name, justify="right" if name in {"interpreter", "restarts", "memory"} else "left")
    for agent in diagnosis.agents:
        number = str(agent.interpreter) if agent.interpreter >= 0 else ""
        cells = (agent.name, number, agent.state, str(agent.restarts), size(agent.memory), one_line(agent.detail))
        table.add_row(*(Text(cell) for cell in cells))
    return table


def _checks(diagnosis: Diagnosis) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim")
    for name in ("check", "result", "detail"):
        table.add_column(name)
    for check in diagnosis.checks:
        table.add_row(Text(check.name), Text(check.health, STYLES[check.health]), Text(one_line(check.detail)))
    return table


def _fields(value: AgentInfo | CheckResult | LaneRow | Miss) -> dict[str, object]:
    return {name: getattr(value, name) for name in value.__match_args__}
