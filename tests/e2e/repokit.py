"""A git repository of a test's own."""

import os
import subprocess
from pathlib import Path

NOBODY = ("-c", "user.name=nobody", "-c", "user.email=nobody@example.invalid", "-c", "commit.gpgsign=false")


def git(root: Path, *words: str) -> str:
    """What git says."""
    environment = {**os.environ, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
    done = subprocess.run(
        ["git", *NOBODY, *words], cwd=root, env=environment, capture_output=True, text=True, check=True, timeout=60
    )
    return done.stdout


def commit(root: Path, message: str = "a change") -> str:
    """Commit everything; the commit's name."""
    if not (root / ".git").exists():
        git(root, "init", "-q", "-b", "main")
    git(root, "add", "-A")
    git(root, "commit", "-qm", message)
    return git(root, "rev-parse", "HEAD").strip()
