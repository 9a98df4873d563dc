"""Never two engines for one root, whatever has become of the first."""

import asyncio
import os
import signal
from collections.abc import Callable
from pathlib import Path

import pytest
from enginekit import Front, save

from companion.errors import EngineUnavailableError
from companion.front.client import Client
from companion.messages import CaughtUp, Disconnected
from companion.runtime.life import holder_of
from companion.runtime.place import place_of

Project = Callable[[str], Path]
Join = Callable[[Path], Front]


async def knock(root: Path) -> None:
    """As a front that is not very patient."""
    client = Client(root, front="knock", answer=0.5)
    try:
        await client.start()
    finally:
        await client.close()


def test_suspended_engine_is_not_taken_for_dead(project: Project, join: Join) -> None:
    root = project("shop")
    front = join(root)
    front.verdict()
    os.kill(front.engine, signal.SIGSTOP)
    try:
        with pytest.raises(EngineUnavailableError, match=f"process {front.engine}.*kill -CONT {front.engine}"):
            asyncio.run(knock(root))
    finally:
        os.kill(front.engine, signal.SIGCONT)
    save(root / "src/shop/discounts.py", "amount > self.minimum", "amount >= self.minimum")
    assert front.verdict().failed == 0
    asyncio.run(knock(root))
    second = join(root)
    assert second.engine == front.engine


def test_what_a_crash_says_is_in_the_log(project: Project, join: Join) -> None:
    root = project("green")
    front = join(root)
    front.verdict()
    os.kill(front.engine, signal.SIGABRT)
    front.until(Disconnected)
    front.until(CaughtUp)
    log = place_of(root).log.read_text("utf-8")
    assert "Fatal Python error: Aborted" in log
    assert log.count("INFO serving") == 2


def test_suspended_engine_that_is_killed_is_replaced(project: Project, join: Join) -> None:
    """As its message says."""
    root = project("green")
    front = join(root)
    front.verdict()
    life, dead = place_of(root).life, front.engine
    assert holder_of(life) == dead
    os.kill(dead, signal.SIGSTOP)
    os.kill(dead, signal.SIGKILL)
    front.until(Disconnected)
    front.until(CaughtUp)
    assert holder_of(life) == front.engine != dead
