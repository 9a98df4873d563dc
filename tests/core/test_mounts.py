import pytest

from companion.core.mounts import file_system_of, is_silent

TABLE = r"""
22 1 259:1 / / rw,relatime shared:1 - ext4 /dev/root rw
25 22 0:21 / /proc rw,nosuid - proc proc rw
36 22 0:30 / /mnt/c rw,noatime - 9p drvfs rw,dirsync,aname=drvfs;path=C:\
40 22 0:35 / /home/ann/My\040Share rw shared:3 master:1 - cifs //host/share rw
41 22 0:36 / /home/ann rw - btrfs /dev/sda2 rw
50 22 0:40 / /data rw - ext4 /dev/sdb1 rw
51 50 0:41 / /data rw - virtiofs work rw
"""


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/", "ext4"),
        ("/srv/project", "ext4"),
        ("/mnt/c", "9p"),
        ("/mnt/c/Users/ann/project", "9p"),
        ("/mnt/cd", "ext4"),
        ("/home/ann/project", "btrfs"),
        ("/home/ann/My Share/project", "cifs"),
        ("/data/project", "virtiofs"),  # the later mount hides the earlier
    ],
)
def test_file_system_of(path: str, kind: str) -> None:
    assert file_system_of(path, TABLE) == kind


@pytest.mark.parametrize("text", ["", "nonsense\n", "1 2 3 - ext4\n"])
def test_a_table_that_says_nothing(text: str) -> None:
    assert file_system_of("/srv", text) == ""


@pytest.mark.parametrize("kind", ["9p", "drvfs", "fuse", "fuse.sshfs", "virtiofs", "nfs", "nfs4", "cifs"])
def test_silent(kind: str) -> None:
    assert is_silent(kind)


@pytest.mark.parametrize("kind", ["", "ext4", "btrfs", "xfs", "overlay", "tmpfs", "fuseblk", "zfs"])
def test_not_silent(kind: str) -> None:
    assert not is_silent(kind)
