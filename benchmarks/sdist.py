"""Source distributions of real packages, downloaded with pip."""

import subprocess
import tarfile
from pathlib import Path

from benchmarks.sandbox import CHECKOUT

PATIENCE = 300.0
"""Seconds that a download may take."""
PIPS = (("python3", "-m", "pip"), ("python", "-m", "pip"), (str(CHECKOUT / "scripts" / "uv"), "tool", "run", "pip"))


def download(name: str, version: str, folder: Path) -> Path | None:
    """The package's source distribution in this folder, by the first pip that can; None if none can."""
    options = ("--quiet", "--no-deps", "--no-binary", name, "--dest", str(folder))
    for pip in PIPS:
        try:
            subprocess.run(
                [*pip, "download", *options, f"{name}=={version}"], capture_output=True, check=True, timeout=PATIENCE
            )
        except OSError, subprocess.SubprocessError:
            continue
        return folder / f"{name.replace('-', '_')}-{version}.tar.gz"
    return None


def unpack(archive: Path, folder: Path) -> Path:
    """Its only folder, in this one."""
    with tarfile.open(archive) as tar:
        tar.extractall(folder, filter="data")
    return folder / archive.name.removesuffix(".tar.gz")
