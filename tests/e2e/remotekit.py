"""A command that sees the project under another root, as one of a container does, on this machine alone.

In a mount namespace of its own the project is at another place and at its own there is nothing, nor is there a trace
of companion. What the command starts leads a session of its own: to kill the command does not reach it.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from enginekit import CHECKOUT

COMMAND = """\
#!/bin/sh
exec unshare {options} sh -c '
mount --bind "{root}" "{there}" || exit 9
mount -t tmpfs none "{checkout}" && mount -t tmpfs none "{above}" || exit 9
cd / && PYTHONPATH="{site}" exec setsid --wait "{python}" "$@"' far "$@"
"""


class Remote:
    """The command's script, and where it has the project."""

    def __init__(self, root: Path, folder: Path, site: Path, options: str) -> None:
        self.root = str(folder / "there" / "app")
        self.script = folder / "far"
        Path(self.root).mkdir(parents=True, exist_ok=True)
        self.script.write_text(
            COMMAND.format(
                options=options, root=root, there=self.root, site=site, checkout=CHECKOUT, above=root.parent,
                python=os.path.realpath(sys.executable),
            )
        )  # fmt: skip
        self.script.chmod(0o755)

    def configure(self, root: Path, more: str = "") -> None:
        """Have companion use it in this project."""
        path = root / "pyproject.toml"
        path.write_text(
            f'{path.read_text("utf-8") if path.exists() else ""}\n[tool.companion]\npython = "{self.script}"\n'
            f'path-map = {{ "." = "{self.root}" }}\n{more}\n'
        )


def copy_pytest(site: Path) -> None:
    """pytest alone into a folder to import from."""
    ours = Path(pytest.__file__).parents[1]
    for name in ("pytest", "_pytest", "pluggy", "iniconfig", "packaging", "pygments"):
        for package in (ours / name, *ours.glob(f"{name}-*.dist-info")):
            shutil.copytree(package, site / package.name)
    shutil.copy(ours / "py.py", site)


def remote(root: Path, folder: Path, site: Path) -> Remote:
    """Skips the test where this machine permits no mounts, not even in a namespace of one's own."""
    reason = ""
    for options in ("--mount", "--map-root-user --mount"):
        made = Remote(root, folder, site, options)
        try:
            tried = subprocess.run([made.script, "-c", ""], capture_output=True, text=True, check=False)
        except OSError as error:
            reason = str(error)
        else:
            reason = tried.stderr
            if tried.returncode == 0:
                return made
    pytest.skip(f"no other root can be made here: {reason.strip()}")
