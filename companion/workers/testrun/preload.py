"""Importing and computing ahead what the next session will need, without anything of the project.

This module also runs in the project's own Python (3.10 or later) with pytest 7 or later.
"""

import contextlib
import fnmatch
import importlib
import os
import platform
import sys
import tempfile
from typing import Any

from companion.workers.testrun.output import capturing


def preload(modules: "tuple[str, ...]") -> None:
    """Load pytest's plugins through its rewriting hook, then what the last session imported."""
    with capturing():
        with contextlib.suppress(Exception, SystemExit):
            _rehearse()
        for name in modules:
            if name in sys.builtin_module_names:  # nothing to gain, and an interpreter refuses some of them
                continue
            with contextlib.suppress(Exception, SystemExit):
                importlib.import_module(name)


def _rehearse() -> None:
    """Configure pytest for an empty folder, and fill caches that its header and its collecting use."""
    pytest_config: Any = importlib.import_module("_pytest.config")
    empty = tempfile.gettempdir()
    arguments = [
        "-p",
        "no:faulthandler",
        "-p",
        "no:hypothesispytest",
        "--noconftest",
        "--capture=sys",
        "-c",
        os.devnull,
    ]
    config = pytest_config._prepareconfig([*arguments, "--rootdir", empty, empty], [])
    platform.python_version()
    for _, distribution in config.pluginmanager.list_plugin_distinfo():
        _ = distribution.version
    for pattern in (*config.getini("norecursedirs"), *config.getini("python_files")):
        fnmatch.fnmatch("", pattern)
    config._ensure_unconfigure()
