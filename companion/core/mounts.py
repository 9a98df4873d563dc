"""Which file systems never say that a file changed: those whose files someone else changes, behind the kernel's back.

Linux's notification sees what this kernel writes. A host's editor writing through WSL, Docker Desktop or a network
share is not seen, and no error tells so.
"""

import re

_SILENT = frozenset({
    "9p", "drvfs", "virtiofs", "vboxsf", "prl_fs", "fakeowner", "fuse",
    "nfs", "nfs4", "cifs", "smb3", "smbfs", "afs", "ceph", "lustre", "glusterfs",
})  # fmt: skip
_ESCAPE = re.compile(r"\\([0-7]{3})")


def is_silent(file_system: str) -> bool:
    """Whether changes on this type of file system (as the mount table names it) may go unannounced."""
    return file_system in _SILENT or file_system.startswith("fuse.")


def file_system_of(path: str, mountinfo: str) -> str:
    """Type of the file system that holds ``path`` (absolute, resolved), by the text of ``/proc/self/mountinfo``.

    Empty if no line covers the path. Of several mounts on one point the last one counts: it hides the others.
    """
    best, found = -1, ""
    for line in mountinfo.splitlines():
        head, separator, tail = line.partition(" - ")
        fields = head.split(" ")
        if not separator or len(fields) < 5:
            continue
        point = _ESCAPE.sub(lambda match: chr(int(match[1], 8)), fields[4])
        if _covers(point, path) and len(point) >= best:
            best, found = len(point), tail.split(" ")[0]
    return found


def _covers(point: str, path: str) -> bool:
    return path == point or path.startswith(point.rstrip("/") + "/")
