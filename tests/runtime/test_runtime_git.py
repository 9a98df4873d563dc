"""What git says of a project that may be a part of its repository."""

import os
import subprocess
from pathlib import Path

import pytest

from companion.runtime.git import GitError, commit_of, contents, differing

HOME = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}


def git(root: Path, *words: str) -> None:
    command = ["git", "-c", "user.name=nobody", "-c", "user.email=nobody@example.invalid", *words]
    subprocess.run(command, cwd=root, env={**os.environ, **HOME}, check=True, capture_output=True, timeout=60)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A project in a folder of its repository."""
    project = tmp_path / "repository" / "project"
    (project / "app").mkdir(parents=True)
    (project / "app/a.py").write_text("A = 1\n")
    (project / "app/ü b.py").write_bytes(b"B = 1\r\n")
    (project / ".gitignore").write_text("ignored\n")
    (project.parent / "outside.py").write_text("")
    git(project.parent, "init", "-q")
    git(project.parent, "add", "-A")
    git(project.parent, "commit", "-qm", "first")
    return project


def test_what_differs_and_what_it_was(root: Path) -> None:
    commit = commit_of(str(root), "HEAD")
    assert differing(str(root), commit) == ()
    (root / "app/a.py").rename(root / "app/c.py")
    (root / "app/ü b.py").write_text("B = 2\n")
    (root / "new.py").write_text("")
    (root / "ignored").write_text("")
    (root.parent / "outside.py").write_text("x = 1\n")
    git(root, "add", "app/c.py")
    paths = differing(str(root), commit)
    assert paths == ("app/a.py", "app/c.py", "app/ü b.py", "new.py")
    assert contents(str(root), commit, paths) == {"app/a.py": b"A = 1\n", "app/ü b.py": b"B = 1\r\n"}
    assert contents(str(root), commit, ["app", "no\nsuch.py", "app/a.py"]) == {"app/a.py": b"A = 1\n"}


def test_a_hook_s_variables_do_not_lead_elsewhere(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_DIR", str(root / "nowhere"))
    monkeypatch.setenv("GIT_INDEX_FILE", str(root / "nowhere"))
    assert len(commit_of(str(root), "HEAD")) == 40


def test_nothing_that_the_repository_names_is_run(root: Path) -> None:
    trap = root.parent / "trap"
    trap.write_text(f"#!/bin/sh\ntouch {root}/sprung\n")
    trap.chmod(0o755)
    git(root, "config", "core.fsmonitor", str(trap))
    git(root, "config", "diff.external", str(trap))
    (root / "app/a.py").write_text("A = 2\n")
    (root / "sprung").unlink(missing_ok=True)
    assert differing(str(root), commit_of(str(root), "HEAD")) == ("app/a.py",)
    assert not (root / "sprung").exists()


@pytest.mark.parametrize("revision", ["nowhere", "--all", "", "HEAD:app", "a b"])
def test_no_such_revision(root: Path, revision: str) -> None:
    with pytest.raises(GitError, match="is no revision that git knows here"):
        commit_of(str(root), revision)


def test_no_repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    with pytest.raises(GitError, match="is not in a git repository"):
        commit_of(str(tmp_path), "HEAD")


def test_no_git(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(GitError, match="git does not answer"):
        differing(str(root), "HEAD")
