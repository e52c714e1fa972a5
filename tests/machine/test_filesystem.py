import os
from pathlib import Path, PurePath

import pytest

from tuilab.machine import filesystem
from tuilab.machine.filesystem import Mount, free_bytes, mount_of, nearest_existing, write_problem


def table(tmp_path: Path, *mounts: tuple[str, str, str]) -> Path:
    """A mountinfo with ``(point, type, source)`` lines after a local root, some with optional fields."""
    lines = ["27 1 254:0 / / rw,relatime - ext4 /dev/vda rw"]
    for number, (point, kind, source) in enumerate(mounts):
        optional = "shared:5 master:1 " * (number % 2)
        lines.append(f"{30 + number} 27 0:{number} / {point} rw,relatime {optional}- {kind} {source} rw")
    file = tmp_path / "mountinfo"
    file.write_bytes(os.fsencode("\n".join(["garbage", "", *lines]) + "\n"))
    return file


def test_the_longest_mount_above_a_path_decides(tmp_path: Path) -> None:
    home = tmp_path / "home" / "ada"
    home.mkdir(parents=True)
    mounts = table(tmp_path, (f"{home.parent}", "nfs4", "server:/home"), (f"{home}x", "cifs", "//other/x"))
    assert mount_of(home, mounts) == Mount(PurePath(home.parent), "nfs4", "server:/home")
    assert mount_of(tmp_path, mounts) == Mount(PurePath("/"), "ext4", "/dev/vda")


def test_a_later_mount_on_the_same_point_lies_on_top(tmp_path: Path) -> None:
    mounts = table(tmp_path, (f"{tmp_path}", "autofs", "map"), (f"{tmp_path}", "nfs", "server:/x"))
    found = mount_of(tmp_path, mounts)
    assert found is not None and found.type == "nfs" and found.network


def test_octal_escapes_in_mount_points_are_decoded(tmp_path: Path) -> None:
    odd = tmp_path / "a b\tc\\d"
    odd.mkdir()
    escaped = str(odd).replace("\\", "\\134").replace(" ", "\\040").replace("\t", "\\011")
    found = mount_of(odd / "not" / "yet", table(tmp_path, (escaped, "fuse.sshfs", "ada@host:/my\\040files")))
    assert found == Mount(PurePath(odd), "fuse.sshfs", "ada@host:/my files")


def test_links_are_followed_to_the_file_system_behind_them(tmp_path: Path) -> None:
    (tmp_path / "far").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "far")
    found = mount_of(
        tmp_path / "link" / "new", table(tmp_path, (f"{tmp_path}/far", "lustre", "mds:/scratch"))
    )
    assert found is not None and found.network


@pytest.mark.parametrize(
    "kind",
    [
        "nfs",
        "nfs4",
        "cifs",
        "smb3",
        "fuse.sshfs",
        "lustre",
        "gpfs",
        "beegfs",
        "afs",
        "9p",
        "ceph",
        "fuse.glusterfs",
    ],
)
def test_network_types_are_known(kind: str) -> None:
    assert Mount(PurePath("/"), kind, "x").network


@pytest.mark.parametrize(
    "kind", ["ext4", "xfs", "btrfs", "zfs", "tmpfs", "overlay", "fuseblk", "fuse.gocryptfs", "apfs"]
)
def test_local_types_are_not_taken_for_network_ones(kind: str) -> None:
    assert not Mount(PurePath("/"), kind, "x").network


def test_without_mountinfo_the_partitions_are_asked(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(filesystem, "_partitions", lambda: [Mount(PurePath("/"), "smbfs", "//server/x")])
    found = mount_of(tmp_path, tmp_path / "no-such-table")
    assert found is not None and found.network


def test_psutils_partitions_cover_this_machine() -> None:
    assert any(mount.point == PurePath("/") for mount in filesystem._partitions())


def test_a_path_that_is_not_there_yet_is_judged_by_its_nearest_ancestor(tmp_path: Path) -> None:
    assert nearest_existing(tmp_path / "a" / "b") == Path(os.path.realpath(tmp_path))
    assert write_problem(tmp_path / "a" / "b") is None
    free = free_bytes(tmp_path / "a" / "b")
    assert free is not None and free > 0
    assert list(tmp_path.iterdir()) == []


def test_a_file_where_a_folder_is_wanted_is_a_problem(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert write_problem(tmp_path / "file") == f"{tmp_path / 'file'} is not a folder"


def test_what_the_system_answers_to_a_refused_write_is_told(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(filesystem.os, "fsync", full)
    assert write_problem(tmp_path) == f"cannot write in {tmp_path}: No space left on device"


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_without_write_permission_is_a_problem(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    try:
        assert "Permission denied" in str(write_problem(tmp_path))
    finally:
        tmp_path.chmod(0o700)
