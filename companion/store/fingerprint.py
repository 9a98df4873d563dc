"""What tells one environment of a project from another: what was learned in one need not hold in the next."""

import contextlib
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path

MARKS = (".dist-info", ".egg-info", ".egg-link", ".pth")
"""Ends of what installing, upgrading or removing a package leaves in ``site-packages``."""

type Snapshot = tuple[tuple[str, str | tuple[str, ...]], ...]
"""See `companion.messages.Project`."""


@dataclass(frozen=True, slots=True)
class Packages:
    """An environment: its fingerprint, what stands for each package in it, and the folders of packages."""

    environment: str
    marks: Mapping[str, str]
    sites: tuple[str, ...]


def environment_fingerprint(snapshot: Snapshot, version: str) -> str:
    """16 hexadecimal digits for this interpreter, all that is installed for it, and this version of companion.

    Lists the folders of packages, and reads none of them. Those that are not here (an interpreter in a container) add
    nothing.
    """
    digest = blake2b(digest_size=8)
    for part in (version, *_told(snapshot), *_installed(snapshot)):
        digest.update(part.encode("utf-8", "surrogatepass") + b"\0")
    return digest.hexdigest()


def packages_stamp(snapshot: Snapshot) -> tuple[int, ...]:
    """Changes whenever a package comes or goes, and sometimes when none does: the times of the folders of packages.

    Microseconds, where the fingerprint takes a millisecond.
    """
    return tuple(map(_changed, _sites(snapshot)))


def packages_of(snapshot: Snapshot, environment: str) -> Packages:
    """What is installed in this environment now."""
    found: dict[str, str] = {}
    for folder in _sites(snapshot):
        for entry in _packages(folder):
            mark, _, time = entry.partition("\0")
            found[mark] = f"{found.get(mark, '')}{folder} {time} "
    return Packages(environment, found, tuple(_sites(snapshot)))


def _told(snapshot: Snapshot) -> Iterator[str]:
    for name, value in sorted(snapshot):
        values = (value,) if isinstance(value, str) else value
        yield from (name, str(len(values)), *values)


def _installed(snapshot: Snapshot) -> Iterator[str]:
    for folder in _sites(snapshot):
        yield from (folder, *sorted(_packages(folder)))


def _sites(snapshot: Snapshot) -> Iterator[str]:
    for name, value in snapshot:
        if name == "sites" and not isinstance(value, str):
            yield from value


def _changed(folder: str) -> int:
    with contextlib.suppress(OSError, ValueError):
        return Path(folder).stat().st_mtime_ns
    return 0


def _packages(folder: str) -> Iterator[str]:
    """Each package's mark with the time at which it was made."""
    with contextlib.suppress(OSError, ValueError), os.scandir(folder) as entries:
        for entry in entries:
            if entry.name.endswith(MARKS):
                with contextlib.suppress(OSError):  # removed just now
                    yield f"{entry.name}\0{entry.stat(follow_symlinks=False).st_mtime_ns}"
