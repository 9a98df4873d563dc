"""The engine's log: bounded, and a crash finds it."""

import faulthandler
import logging
import os
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from runtime_kit import nothing_left

from companion.runtime.logs import KEPT, EngineLog


@contextmanager
def log_of(path: Path, largest: int = 1_000) -> Generator[tuple[logging.Logger, int]]:
    """A logger, and a descriptor that stands for the process's own output."""
    logger, output = logging.getLogger("companion.test"), os.open(os.devnull, os.O_WRONLY)
    logger.propagate = False
    handler = EngineLog(path, largest, descriptors=(output,))
    logger.addHandler(handler)
    try:
        yield logger, output
    finally:
        logger.removeHandler(handler)
        handler.close()
        os.close(output)


def files(path: Path) -> list[str]:
    return sorted(p.name for p in path.parent.iterdir())


def test_it_goes_on_where_the_last_engine_stopped(tmp_path: Path) -> None:
    path = tmp_path / "log"
    path.write_text("before\n")
    with nothing_left(), log_of(path) as (logger, _):
        logger.warning("now \udc80")
    before, now = path.read_text().splitlines()
    assert before == "before"
    assert now.endswith("WARNING now \\udc80")


def test_it_never_grows_beyond_its_bound(tmp_path: Path) -> None:
    path = tmp_path / "log"
    with nothing_left(), log_of(path) as (logger, _):
        for number in range(1_000):
            logger.warning("a line of some length, number %s", number)
    assert files(path) == ["log", *(f"log.{number}" for number in range(1, KEPT + 1))]
    assert all(found.stat().st_size <= 1_000 for found in tmp_path.iterdir())
    assert path.read_text().endswith("number 999\n")


def test_what_the_process_itself_writes_is_there_and_counts(tmp_path: Path) -> None:
    path = tmp_path / "log"
    with log_of(path) as (logger, output):
        logger.warning("one")
        os.write(output, b"x" * 2_000 + b"\n")
        logger.warning("two")
        os.write(output, b"after\n")
    assert "x" * 2_000 in (tmp_path / "log.1").read_text()
    two, after = path.read_text().splitlines()
    assert two.endswith("two")
    assert after == "after"


def test_a_crash_report_is_in_the_newest_file(tmp_path: Path) -> None:
    path = tmp_path / "log"
    with log_of(path) as (logger, output):
        for number in range(100):
            logger.warning("a line of some length, number %s", number)
        faulthandler.dump_traceback(output)
    assert "test_a_crash_report_is_in_the_newest_file" in path.read_text()
