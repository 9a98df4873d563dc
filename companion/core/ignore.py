"""Names that are no project's own files, whatever its ignore files say: tools' folders, editors' droppings."""

import re

FOLDERS = frozenset({
    ".git", ".hg", ".svn", ".jj", ".companion", "node_modules", "__pycache__", ".mypy_cache", ".ruff_cache",
    ".pytest_cache", ".hypothesis", ".tox", ".nox", ".idea", ".vs", ".direnv", ".ipynb_checkpoints",
})  # fmt: skip
"""Folders that are neither listed nor watched, at any depth."""

RULE_FILES = frozenset({".gitignore", "pyvenv.cfg"})
"""Files whose change decides anew what is ignored."""

EXTENSIONS = (".so", ".pyd")
"""Endings of modules that were compiled."""

VIRTUAL_ENVIRONMENT = "pyvenv.cfg"
"""The file that makes its folder a virtual environment."""

_DROPPINGS = re.compile(
    r"""
      .*\.sw[a-z]                   # vim: the swap file
    | 4913                          # vim: is this folder writable?
    | .*~                           # vim, Emacs, nano: the backup
    | \.\#.*                        # Emacs: the lock
    | \#.*\#                        # Emacs: the automatic save
    | .*___jb_(tmp|old)___          # PyCharm: both halves of a safe write
    | .*\.tmp                       # written aside, then renamed
    | .*\.tmp\.\d+(\.[0-9a-z]+)?    # the same, with process and random number
    | \.goutputstream-.*            # GLib: gedit, GNOME Builder
    | \.nfs[0-9a-f]+                # NFS: deleted while open
    | .*\.py[co]                    # byte code
    | \.coverage(\..*)?             # coverage's data, which every run of the tests writes
    | \.DS_Store | Thumbs\.db
    """,
    re.VERBOSE,
)


def is_noise(name: str, *, folder: bool) -> bool:
    """Whether an entry of this name is never looked at; ``name`` is the last part of a path.

    A name that is not valid Unicode counts too: no message could carry it.
    """
    if folder and name in FOLDERS:
        return True
    if not name.isascii() and not _is_unicode(name):
        return True
    return not folder and _DROPPINGS.fullmatch(name) is not None


def is_executed(name: str) -> bool:
    """Whether Python may load this file, or set variables from it, whatever git thinks of it: generated modules,
    compiled extensions, ``.env``."""
    return name.endswith((".py", *EXTENSIONS)) or name == ".env" or name.startswith(".env.")


def is_text_of_interest(name: str) -> bool:
    """Whether this file's text is worth keeping at any size: Python source, and what configures its tests."""
    return name.endswith((".py", ".pyi")) or name in {"pyproject.toml", "pytest.ini", "tox.ini", "setup.cfg"}


def _is_unicode(name: str) -> bool:
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True
