"""What git knows of the project: which files differ from a revision, and what they held there. Changes nothing.

Nothing is run that a repository could name by itself: no external diff, no text conversion, no file system monitor.
"""

import os
import subprocess
from collections.abc import Iterator, Sequence

from companion.errors import CompanionError

PATIENCE = 30.0
"""Seconds that git may take for one answer."""
GIT = ("git", "-c", "core.fsmonitor=false", "-c", "core.quotePath=false")
ELSEWHERE = frozenset({
    "GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX", "GIT_COMMON_DIR", "GIT_OBJECT_DIRECTORY",
    "GIT_EXTERNAL_DIFF",
})  # fmt: skip
"""Variables that a hook sets, and that would have us look at something else than the project's folder."""


class GitError(CompanionError):
    """There is no git, no repository, or no such revision."""


def commit_of(root: str, revision: str) -> str:
    """The commit that this revision names now. Raises GitError with one sentence."""
    try:
        _git(root, "rev-parse", "--git-dir")
    except GitError as error:
        raise GitError(f"{root} is not in a git repository: --since needs one ({error})") from None
    try:
        found = _git(root, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}")
    except GitError:
        raise GitError(f"{revision} is no revision that git knows here: name a branch, a tag or a commit") from None
    return found.decode().strip()


def differing(root: str, commit: str) -> tuple[str, ...]:
    """Files of the project that are not now what they were then; new ones too, but for ignored ones.

    A renamed file is two. Raises GitError.
    """
    options = ("--name-only", "--no-renames", "--no-ext-diff", "--no-textconv", "--relative", "-z")
    changed = _git(root, "diff", *options, commit, "--", ".")
    untracked = _git(root, "ls-files", "--others", "--exclude-standard", "-z", "--", ".")
    return tuple(sorted({os.fsdecode(name) for name in (changed + untracked).split(b"\0") if name}))


def contents(root: str, commit: str, paths: Sequence[str]) -> dict[str, bytes]:
    """What these files of the project held then; those that were not there are not in it. Raises GitError."""
    asked = [path for path in paths if "\n" not in path]
    question = b"".join(b"%s:./%s\n" % (commit.encode(), os.fsencode(path)) for path in asked)
    answer = _git(root, "cat-file", "--batch", question=question) if asked else b""
    found = zip(asked, _blobs(answer), strict=False)
    return {path: data for path, data in found if data is not None}


def _blobs(answer: bytes) -> Iterator[bytes | None]:
    at = 0
    while at < len(answer):
        end = answer.index(b"\n", at)
        head = answer[at:end].split(b" ")
        at = end + 1
        if head[-1] == b"missing" or len(head) < 3:
            yield None
            continue
        size = int(head[-1])
        yield answer[at : at + size] if head[-2] == b"blob" else None
        at += size + 1


def _git(root: str, *words: str, question: bytes = b"") -> bytes:
    environment = {name: value for name, value in os.environ.items() if name not in ELSEWHERE}
    environment |= {"GIT_OPTIONAL_LOCKS": "0", "LC_ALL": "C"}
    try:
        done = subprocess.run(
            [*GIT, *words], cwd=root, env=environment, input=question, capture_output=True, timeout=PATIENCE,
            check=False,
        )  # fmt: skip
    except (OSError, ValueError, subprocess.SubprocessError) as error:
        raise GitError(f"git does not answer ({error})") from None
    if done.returncode:
        said = done.stderr.decode("utf-8", "replace").strip().splitlines()
        raise GitError(said[0] if said else f"git {words[0]} ended with {done.returncode}")
    return done.stdout
