"""The cache of frozen features: exact, checked, limited, and written once by however many."""

import os
import stat
import subprocess
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tuilab.errors import RunError, UsageError
from tuilab.files import paths
from tuilab.sources import feature_cache, leftovers
from tuilab.sources.feature_cache import FeatureKey

ROOT = Path(__file__).resolve().parents[2]
KEY = FeatureKey("w1", "d1", "training", "block5_pool", "unit", "float32")
FEATURES = np.random.default_rng(1).normal(size=(10, 2, 3)).astype(np.float32)


def put(key: FeatureKey = KEY, features: np.ndarray = FEATURES) -> Path:
    with feature_cache.storing(key, len(features), features.shape[1:], features.dtype.name) as writing:
        for n in range(0, len(features), 4):
            writing.append(features[n : n + 4])
    return paths.features() / key.name


def test_what_is_loaded_is_what_was_stored_to_the_bit_and_cannot_be_written() -> None:
    put()
    loaded = feature_cache.load(KEY, 10)
    assert loaded is not None
    np.testing.assert_array_equal(loaded, FEATURES)
    assert isinstance(loaded, np.memmap) and not loaded.flags.writeable


def test_fewer_images_are_the_first_of_more() -> None:
    put()
    loaded = feature_cache.load(KEY, 4)
    assert loaded is not None
    np.testing.assert_array_equal(loaded, FEATURES[:4])
    assert feature_cache.load(KEY, 11) is None and not feature_cache.holds(KEY, 11)
    assert feature_cache.holds(KEY, 10)


@pytest.mark.parametrize(
    "changed",
    [
        {"weights": "w2"},
        {"images": "d2"},
        {"part": "test"},
        {"layer": "block4_pool"},
        {"pixels": "imagenet"},
        {"precision": "mixed_float16"},
        {"switches": "TF_ENABLE_ONEDNN_OPTS=0"},
    ],
    ids=lambda changed: next(iter(changed)),
)
def test_features_of_anything_else_are_not_taken(changed: dict[str, str]) -> None:
    put()
    assert feature_cache.load(replace(KEY, **changed), 10) is None  # type: ignore[arg-type]
    assert feature_cache.load(KEY, 10) is not None


@pytest.mark.parametrize("name", ["features.npy", "manifest.json"])
@pytest.mark.parametrize("harm", ["flip", "cut", "empty"])
def test_what_is_damaged_is_deleted_and_can_be_stored_again(name: str, harm: str) -> None:
    path = put() / name
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes({"flip": content, "cut": content[:-5], "empty": b""}[harm])
    assert feature_cache.load(KEY, 10) is None
    assert not path.parent.exists()
    put()
    assert feature_cache.load(KEY, 10) is not None


def test_features_that_were_kept_before_switches_were_looked_at_are_found() -> None:
    assert KEY.name == "ccbd4cb85628f16c1ea9a4d0fb0a3d7d"
    manifest = put() / "manifest.json"
    manifest.write_text(manifest.read_text().replace('"switches":"",', "").replace(',"switches":""', ""))
    assert "switches" not in manifest.read_text()
    assert feature_cache.load(KEY, 10) is not None


def test_a_manifest_of_another_key_under_this_name_is_not_taken() -> None:
    folder = put(replace(KEY, weights="w2"))
    folder.rename(paths.features() / KEY.name)
    assert feature_cache.load(KEY, 10) is None


def test_pickled_arrays_are_not_read() -> None:
    folder = put()
    np.save(folder / "features.npy", np.array([{}] * 10, object), allow_pickle=True)
    assert feature_cache.load(KEY, 10) is None


def test_an_error_while_it_is_written_leaves_nothing() -> None:
    with (
        pytest.raises(OSError, match="full"),
        feature_cache.storing(KEY, 10, (2, 3), "float32") as writing,
    ):
        writing.append(FEATURES[:4])
        raise OSError(28, "full")
    assert list(paths.features().iterdir()) == []


@pytest.mark.parametrize("umask", [0o000, 0o777])
def test_it_is_private_whatever_the_umask(umask: int) -> None:
    before = os.umask(umask)
    try:
        folder = put()
    finally:
        os.umask(before)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {0o600}


@pytest.mark.skipif(os.geteuid() != 0, reason="giving a folder away needs root")
def test_a_cache_of_another_person_is_refused() -> None:
    put()
    os.chown(paths.features(), 65534, 65534)
    for use in (lambda: feature_cache.load(KEY, 10), put):
        with pytest.raises(RunError, match="is refused: it belongs to"):
            use()


def test_the_longest_unused_goes_first() -> None:
    size = put().joinpath("features.npy").stat().st_size
    for n, layer in enumerate(("block3_pool", "block4_pool")):
        os.utime(put(replace(KEY, layer=layer)), (n, n))
    assert feature_cache.load(replace(KEY, layer="block3_pool"), 10) is not None, "used again just now"
    assert feature_cache.make_room(size, 3 * size) == size
    assert [entry.key.layer for entry in feature_cache.entries()] == ["block5_pool", "block3_pool"]
    assert feature_cache.make_room(0, 3 * size) == 0
    freed, left = feature_cache.clear()
    assert 2 * size < freed < 2 * size + 2000 and not left and feature_cache.entries() == []


def test_a_cache_on_another_disk_is_cleared_behind_its_link(tmp_path: Path) -> None:
    size = put().joinpath("features.npy").stat().st_size
    elsewhere = tmp_path / "disk"
    paths.features().rename(elsewhere)
    paths.features().symlink_to(elsewhere)
    assert len(feature_cache.entries()) == 1
    freed, left = feature_cache.clear()
    assert freed >= size and not left and list(elsewhere.iterdir()) == []
    assert paths.features().is_symlink() and feature_cache.clear() == (0, {})


def test_only_what_is_gone_is_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    folder = put()

    def refuse(path: Path) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(leftovers.shutil, "rmtree", refuse)
    assert feature_cache.make_room(1, 0) == 0
    assert feature_cache.clear() == (0, {folder: "Operation not permitted"})


WRITING = """
import os, sys
from tuilab.sources import feature_cache, leftovers
from tuilab.sources.feature_cache import FeatureKey
key = FeatureKey("w", "d", "test", "l", "unit", "float32")
with feature_cache.storing(key, 2, (3,), "float32") as writing:
    writing.write(b"x" * 1000)
    writing._file.flush()
    print("begun", flush=True)
    sys.stdin.read()
"""


def test_what_a_killed_worker_was_writing_is_swept_and_what_is_written_now_is_not() -> None:
    with subprocess.Popen([sys.executable, "-c", WRITING], stdin=-1, stdout=-1, cwd=ROOT) as writer:
        assert writer.stdout and writer.stdout.readline() == b"begun\n"
        (draft,) = paths.features().iterdir()
        os.utime(draft, (0, 0))  # however long it takes
        assert feature_cache.sweep() == 0 and feature_cache.clear() == (0, {}) and draft.exists()
        writer.kill()
    assert feature_cache.sweep() > 1000
    assert list(paths.features().iterdir()) == []


def test_a_draft_without_a_lock_is_swept_when_it_is_old() -> None:
    put()
    new, old = (paths.features() / f".draft-{name}" for name in ("new", "old"))
    for draft in (new, old):
        draft.mkdir()
    os.utime(old, (0, 0))
    feature_cache.sweep()
    assert new.exists() and not old.exists() and len(feature_cache.entries()) == 1


def test_a_pipe_in_the_place_of_a_file_of_the_cache_is_not_waited_for() -> None:
    for name in ("manifest.json", "features.npy"):
        path = put() / name
        path.unlink()
        os.mkfifo(path)
        if name == "manifest.json":
            assert feature_cache.entries() == [] and not feature_cache.holds(KEY, 10)
        assert feature_cache.load(KEY, 10) is None
        put()
        assert feature_cache.load(KEY, 10) is not None


def test_whoever_reads_goes_on_reading_what_is_deleted() -> None:
    put()
    loaded = feature_cache.load(KEY, 10)
    feature_cache.clear()
    assert loaded is not None
    np.testing.assert_array_equal(loaded, FEATURES)


def test_of_several_that_want_the_same_one_computes() -> None:
    computed: list[int] = []

    def work(n: int) -> None:
        with feature_cache.computing(KEY, lambda: False):
            if feature_cache.load(KEY, 10) is None:
                computed.append(n)
                time.sleep(0.1)
                put()

    threads = [threading.Thread(target=work, args=(n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert len(computed) == 1


def test_a_stop_does_not_wait_for_another_workers_features() -> None:
    with feature_cache.computing(KEY, lambda: False), feature_cache.computing(KEY, lambda: True):
        pass


@pytest.mark.parametrize(("text", "size"), [("2", 2 << 30), ("0.5", 1 << 29), ("0", 0)])
def test_its_limit_is_a_persons_to_set(text: str, size: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TUILAB_CACHE_GIB", text)
    assert feature_cache.limit() == size


@pytest.mark.parametrize("text", ["-1", "much", "inf", "nan", ""])
def test_a_limit_that_is_no_size_is_refused(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TUILAB_CACHE_GIB", text)
    with pytest.raises(UsageError, match="TUILAB_CACHE_GIB = "):
        feature_cache.limit()
