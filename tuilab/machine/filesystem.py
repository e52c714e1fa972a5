"""What a path stands on: its mount, whether a network is behind it, room, and whether it takes a file."""

import os
import re
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePath

from tuilab.files import locks

_MOUNTINFO = Path("/proc/self/mountinfo")
_PROBE_BYTES = 4096

# fmt: off
NETWORK_TYPES = frozenset({
    "nfs", "nfs4", "cifs", "smb", "smb2", "smb3", "smbfs", "sshfs",
    "lustre", "gpfs", "beegfs", "beegfs_nodev", "afs", "openafs", "9p", "ceph",
    "cephfs", "glusterfs", "orangefs", "pvfs2", "panfs", "wekafs", "moosefs", "mfs",
    "lizardfs", "juicefs", "quobyte", "curvefs", "afpfs", "webdav", "davfs", "davfs2",
    "ncpfs", "coda", "ocfs2", "gfs2", "s3fs", "gcsfuse", "goofys", "rclone",
    "blobfuse", "blobfuse2", "cvmfs2", "dfs", "hdfs",
})
# fmt: on
"""File system types, without a leading ``fuse.``, whose files live on another machine."""


@dataclass(frozen=True)
class Mount:
    """One mounted file system.

    Attributes:
        point: the folder it is mounted at.
        type: as the system names it: ``ext4``, ``nfs4``, ``fuse.sshfs``.
        source: what is mounted: a device, or ``server:/export``. Not yet cleaned for a screen.
    """

    point: PurePath
    type: str
    source: str

    @property
    def network(self) -> bool:
        """Whether its files live on another machine."""
        return self.type.lower().removeprefix("fuse.") in NETWORK_TYPES


def nearest_existing(path: Path) -> Path:
    """Return ``path`` made absolute with its links resolved, or its nearest ancestor that exists."""
    path = Path(os.path.realpath(path))
    for candidate in (path, *path.parents):
        try:
            candidate.stat()
        except OSError:
            continue
        return candidate
    return Path(path.anchor)


def mount_of(path: Path, mountinfo: Path = _MOUNTINFO) -> Mount | None:
    """Return the mount that ``path`` (which need not exist yet) is or would be on; None if not known.

    Args:
        path: any path; links are followed.
        mountinfo: Linux's table; if it is not there, psutil's list of partitions is asked.
    """
    # Looking at the path first makes an automounter mount what belongs there.
    place = nearest_existing(path)
    try:
        mounts = list(_parse(mountinfo.read_bytes()))
    except OSError:
        mounts = _partitions()
    best: Mount | None = None
    for mount in mounts:
        # A later mount on the same point lies on top of an earlier one.
        if place.is_relative_to(mount.point) and (
            best is None or len(mount.point.parts) >= len(best.point.parts)
        ):
            best = mount
    return best


def free_bytes(path: Path) -> int | None:
    """Return the bytes this user may still write where ``path`` is or would be; None if not known.

    A quota that the file system does not report is not seen.
    """
    import psutil

    try:
        return psutil.disk_usage(str(nearest_existing(path))).free
    except OSError:
        return None


def write_problem(path: Path) -> str | None:
    """Try to write a file into ``path``, or into the nearest ancestor that exists; leave nothing behind.

    Permission bits do not tell (read-only mounts, quotas, NFS root squashing), so a few kilobytes are
    really written.

    Returns:
        None if it worked, else a clause that says what the system answered.
    """
    folder = nearest_existing(path)
    if not folder.is_dir():
        return f"{folder} is not a folder"
    try:
        with tempfile.TemporaryFile(dir=folder, prefix=".tuilab-probe-") as probe:
            probe.write(bytes(_PROBE_BYTES))
            probe.flush()
            os.fsync(probe.fileno())
    except OSError as error:
        return f"cannot write in {folder}: {error.strerror or type(error).__name__}"
    return None


def lock_problem(path: Path) -> str | None:
    """Return what the disk of ``path`` answers to ``flock``, instead of a lock; None if it locks.

    None as well where nothing can be written: ``write_problem`` says that.
    """
    try:
        with tempfile.NamedTemporaryFile(dir=nearest_existing(path), prefix=".tuilab-probe-") as probe:
            return locks.lock_problem(Path(probe.name))
    except OSError:
        return None


def _parse(table: bytes) -> Iterator[Mount]:
    for line in table.splitlines():
        fields = line.split(b" ")
        # proc(5): id parent device root point options [optional fields...] - type source options
        try:
            dash = fields.index(b"-", 6)
            point, kind, source = fields[4], fields[dash + 1], fields[dash + 2]
        except (ValueError, IndexError):
            continue
        yield Mount(PurePath(_decode(point)), _decode(kind), _decode(source))


def _decode(field: bytes) -> str:
    """Undo the kernel's octal escapes (``\\040`` is a space)."""
    return os.fsdecode(re.sub(rb"\\([0-3][0-7]{2})", lambda match: bytes([int(match[1], 8)]), field))


def _partitions() -> list[Mount]:
    import psutil

    return [Mount(PurePath(p.mountpoint), p.fstype, p.device) for p in psutil.disk_partitions(all=True)]
