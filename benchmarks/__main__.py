"""``python -m benchmarks [NAME...] [--share PART]``: run all benchmarks, or those named, and keep their tables."""

import argparse
import importlib
import sys
import time
from collections.abc import Callable, Sequence
from typing import cast

from benchmarks.effort import Effort
from benchmarks.report import Report, keep

MODULES = {
    "channel": "benchmarks.channel.bench",
    "save": "benchmarks.save",
    "packages": "benchmarks.packages",
    "lanes": "benchmarks.lanes",
    "heavy": "benchmarks.heavy",
    "burst": "benchmarks.burst",
    "limit": "benchmarks.limit",
    "full": "benchmarks.full",
    "start": "benchmarks.start",
    "memory": "benchmarks.memory",
    "idle": "benchmarks.idle",
    "soak": "benchmarks.soak",
    "parallel": "benchmarks.parallel",
    "loop": "benchmarks.loop",
    "parity": "benchmarks.parity",
    "foreseen": "benchmarks.foreseen",
    "concurrent": "benchmarks.concurrent",
    "trace": "benchmarks.trace",
    "selecting": "benchmarks.selecting",
    "mutation": "benchmarks.mutation.bench",
    "cause": "benchmarks.mutation.causes",
}


def main(words: Sequence[str] | None = None) -> int:
    """Run what was asked for; 1 if a budget did not hold."""
    parser = argparse.ArgumentParser(prog="scripts/bench", description="Measures companion against its peers.")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"{', '.join(MODULES)} (default: all)")
    parser.add_argument("--share", type=float, default=1.0, help="part of the rounds to run (0.1: a quick look)")
    arguments = parser.parse_args(words)
    unknown = [name for name in arguments.names if name not in MODULES]
    if unknown:
        parser.error(f"no benchmark is called {unknown[0]}: there are {', '.join(MODULES)}")
    effort = Effort(arguments.share)
    reports = [_run(name, effort) for name in arguments.names or MODULES]
    missed = [f"{r.name}: {a.what}: asked {a.limit}, seen {a.seen}" for r in reports for a in r.asked if not a.held]
    for line in missed:
        print(f"not held: {line}")
    return 1 if missed else 0


def _run(name: str, effort: Effort) -> Report:
    start = time.monotonic()
    print(f"{name} ...", file=sys.stderr, flush=True)
    run = cast("Callable[[Effort], Report]", importlib.import_module(MODULES[name]).run)
    report = run(effort)
    keep(report, effort)
    print(f"{name}: {time.monotonic() - start:.0f} s", file=sys.stderr, flush=True)
    return report


if __name__ == "__main__":
    sys.exit(main())
