"""The subcommands that are fronts: each joins a root's engine and shows it one way."""
# ruff: noqa: PLC0415 - a command imports what it alone needs, when it runs: nobody waits for rich to get JSON

import asyncio
import os
import sys
import time
from dataclasses import dataclass, replace
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from companion.front.exits import Exit
from companion.front.port import Engine, Join
from companion.front.session import conclude, follow
from companion.messages import Scope

if TYPE_CHECKING:
    from companion.front.faces import Face
    from companion.front.live import Terminal

type Shape = Literal["text", "json"]


@dataclass(frozen=True, slots=True)
class Coverage:
    """What `coverage` is asked for: files to write, each item's lines, tests that reach outside."""

    lcov: Path | None = None
    data: Path | None = None
    by_item: bool = False
    external: bool = False


def watch(root: Path, join: Join, *, shape: Shape, pytest_args: tuple[str, ...]) -> int:
    """Show what happens until the person leaves; the exit code."""
    return conclude(lambda: _watch(join(root), root, shape, pytest_args))


def test(root: Path, join: Join, *, shape: Shape, scope: Scope, pytest_args: tuple[str, ...], since: str) -> int:
    """Run once; pytest's exit code. Nothing runs with a configuration that cannot be used."""
    what = scope, pytest_args
    return conclude(lambda: _test(join(root), root, shape, what, since), interrupted=Exit.STOPPED)


def affected(root: Path, join: Join, *, shape: Shape, named: tuple[str, ...], explain: bool, since: str) -> int:
    """Show what would run, and why; nothing does."""
    return conclude(lambda: _affected(join(root), root, shape, (named, explain, since)))


def debug(root: Path, join: Join, *, shape: Shape, item: str) -> int:
    """Run one test under a debugger; pytest's exit code."""
    return conclude(lambda: _debug(join(root), root, shape, item), interrupted=Exit.STOPPED)


def coverage(root: Path, join: Join, *, shape: Shape, named: tuple[str, ...], options: Coverage) -> int:
    """Show which lines tests execute, and write that to the files that are asked for."""
    return conclude(lambda: _coverage(join(root), root, shape, named, options))


def doctor(root: Path, join: Join, *, shape: Shape) -> int:
    """Show how the engine is; 1 if it is not well."""
    return conclude(lambda: _doctor(join(root), root, shape))


async def _watch(client: Engine, root: Path, shape: Shape, pytest_args: tuple[str, ...]) -> int:
    if shape == "json":
        from companion.front.jsonlines import JsonLines

        return await follow(
            client, sys.stdout, JsonLines(client, sys.stdout, sys.stderr).show, pytest_args=pytest_args
        )
    from companion.front.live import is_live

    if not is_live(sys.stdout):
        from companion.front.plain import Plain

        return await follow(client, sys.stdout, Plain(client, str(root), sys.stdout).show, pytest_args=pytest_args)
    starting = asyncio.ensure_future(client.start())
    await asyncio.to_thread(import_module, "companion.front.watch")  # the engine starts meanwhile
    from companion.front.watch import Watch

    return await Watch(client, root, _terminal(), environment=os.environ, pytest_args=pytest_args).run(starting)


async def _test(client: Engine, root: Path, shape: Shape, what: tuple[Scope, tuple[str, ...]], since: str) -> int:
    from companion.front.oneshot import OneShot
    from companion.front.settings import check

    check(root)
    commit = _commit(root, since)
    return await OneShot(client, _face(client, root, shape, what[1]), *what, commit).run()


async def _affected(client: Engine, root: Path, shape: Shape, what: tuple[tuple[str, ...], bool, str]) -> int:
    from companion.front.affected import Affected, as_json, as_text

    named, explain, since = what
    items = tuple(name for name in named if "::" in name)
    told = await Affected(client=client, items=items, commit=_commit(root, since), explain=explain).run()
    if shape == "json":
        sys.stdout.write("".join(f"{line}\n" for line in as_json(told, named)))
    else:
        from companion.front.live import console

        console(sys.stdout).print(as_text(told, named))
    return Exit.GREEN


async def _coverage(client: Engine, root: Path, shape: Shape, named: tuple[str, ...], options: Coverage) -> int:
    from companion.front import coverage_config, coverage_data
    from companion.front.coverage import Conversation, report
    from companion.front.coverage_shown import Progress, as_json, as_text
    from companion.front.live import console
    from companion.front.settings import check

    check(root)
    coverage_data.check(lcov_file=options.lcov, data_file=options.data)
    excluded = coverage_config.excluded(root)
    with Progress(sys.stderr) as progress:
        known = await Conversation(client, progress.show, options.by_item, options.external).run()
    told = report(root, known, named, excluded)
    coverage_data.save(told, root, lcov_file=options.lcov, data_file=options.data, items=options.by_item)
    if shape == "json":
        sys.stdout.write("".join(f"{line}\n" for line in as_json(told, items=options.by_item)))
    else:
        console(sys.stdout).print(as_text(told, items=options.by_item))
    return Exit.GREEN


def _commit(root: Path, revision: str) -> str:
    """What people call so now; empty for nothing. Raises UsageError."""
    from companion.errors import UsageError
    from companion.runtime.git import GitError, commit_of

    try:
        return commit_of(str(root), revision) if revision else ""
    except GitError as error:
        raise UsageError(str(error)) from None


async def _debug(client: Engine, root: Path, shape: Shape, item: str) -> int:
    from companion.front.debugging import Debug
    from companion.front.settings import check

    check(root)
    return await Debug(client, item, sys.stdout, as_json=shape == "json").run()


async def _doctor(client: Engine, root: Path, shape: Shape) -> int:
    from companion.front.doctor import as_json, as_text, diagnose, exit_code
    from companion.front.settings import checked

    diagnosis, ready = await diagnose(client)
    diagnosis = replace(diagnosis, checks=(*diagnosis.checks, checked(root)))
    if shape == "json":
        sys.stdout.write(as_json(diagnosis, ready) + "\n")
    else:
        from companion.front.live import console

        console(sys.stdout).print(as_text(diagnosis, ready))
    sys.stdout.flush()
    return exit_code(diagnosis)


def _face(client: Engine, root: Path, shape: Shape, pytest_args: tuple[str, ...]) -> Face:
    if shape == "json":
        from companion.front.faces import JsonFace
        from companion.front.jsonlines import JsonLines

        return JsonFace(client, JsonLines(client, sys.stdout, sys.stderr), by_itself=bool(pytest_args))
    from companion.front.summary import TextFace

    return TextFace(client, root, _terminal(), pytest_args)


def _terminal() -> Terminal:
    from companion.front.live import Terminal

    keys = sys.stdin.fileno() if sys.stdin is not None and sys.stdin.isatty() else None
    return Terminal(sys.stdout, keys, time.monotonic, lambda: time.strftime("%H:%M:%S"))
