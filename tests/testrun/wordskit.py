"""Plain pytest's own short summary (``-rA``): the words of each item."""

import os
import re
import subprocess
from pathlib import Path

LINE = re.compile(
    r"^((?:SUB)?[A-Z]+(?:\(.*?\)|\[.*?\](?: \(.*?\))?)?)(?: at setup of)? (\S+::\S+|\S+\.\w+)(?: - (.*))?$"
)
OUTCOMES = {
    "PASSED": "passed", "FAILED": "failed", "SKIPPED": "skipped", "XFAIL": "xfailed", "XPASS": "xpassed",
    "ERROR": "error",
}  # fmt: skip
RANK = ("PASSED", "SKIPPED", "XFAIL", "XPASS", "FAILED", "ERROR")

Words = dict[str, dict[str, str]]
"""By item: what is said of it, and the message of each."""


def plain_words(python: str, root: Path, environment: dict[str, str], *arguments: str) -> Words:
    """By ``python -m pytest``."""
    command = [python, "-m", "pytest", "-q", "-rA", "--tb=no", "--no-fold-skipped", "-p", "no:cacheprovider"]
    command += ["--continue-on-collection-errors", *arguments]
    there = {**os.environ, **environment, "COLUMNS": "1000"}
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False, env=there)
    assert done.returncode in (0, 1), done.stdout + done.stderr
    found: Words = {}
    for word, node_id, message in (match.groups() for match in map(LINE.match, done.stdout.splitlines()) if match):
        found.setdefault(node_id, {})[word] = message or ""
    return found


def outcome_of(words: dict[str, str]) -> str:
    """What companion makes of these: an item has failed if anything of it has, and is an error without a call."""
    kinds = sorted((word for word in words if word in RANK), key=RANK.index)
    failed = [word for word in words if word.startswith("SUBFAILED")] or len(kinds) > 1
    return "failed" if failed else OUTCOMES[kinds[-1]]
