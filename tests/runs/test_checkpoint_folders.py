"""Checkpoints on disk: what has a checkpoint's name is whole or said to be damaged, and few are kept."""

import json
import math
import os
import stat
from pathlib import Path

import pytest
from checkpoint_folders import written
from hypothesis import given
from hypothesis import strategies as st
from records import epoch

from tuilab.errors import MissingError
from tuilab.runs import checkpoints
from tuilab.runs.checkpoints import FROZEN, MANIFEST, TRAINED, Position, Saved, best_epoch
from tuilab.runs.seals import sealed


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_what_is_read_is_what_was_written_to_the_last_digit(tmp_path: Path) -> None:
    values = (0.1 + 0.2, 1 / 3, math.pi, 1e300, 5e-324, 7.0, 8.0, 9.5)
    names = ("accuracy", "cross_entropy", "penalty", "gradient_norm", "images", "steps", "taken", "recall")
    sums: dict[str, float] = dict(zip(names, values, strict=True))
    position = Position(2, 30, sums, ((2**32 - 1, 7), (3, 0)), 1.25)
    history = (epoch(1, accuracy=1 / 3), epoch(2, gradient_norm=math.inf))
    saved = written(tmp_path, 2, 30, history=history, position=position)
    assert checkpoints.read(saved.folder).manifest == saved.manifest
    assert saved.folder.name == position.name == "epoch-00002-step-000030"


def rewritten(saved: Saved, sums: object) -> Path:
    """Put other sums into a checkpoint's manifest, and seal it again."""
    content = json.loads((saved.folder / MANIFEST).read_bytes())
    del content["seal"]
    content["position"]["sums"] = sums
    (saved.folder / MANIFEST).write_bytes(sealed(json.dumps(content).encode()))
    return saved.folder


def test_sums_without_names_are_those_of_earlier_versions(tmp_path: Path) -> None:
    folder = rewritten(written(tmp_path, 2, 30), [5.0, 20.5, 0.25, 3.0, 16.0, 2.0, 1.0])
    assert checkpoints.read(folder).manifest.position.sums == {
        "accuracy": 5.0,
        "cross_entropy": 20.5,
        "penalty": 0.25,
        "gradient_norm": 3.0,
        "images": 16.0,
        "steps": 2.0,
        "taken": 1.0,
    }


@pytest.mark.parametrize("sums", [[1.0, 2.0], {"accuracy": 1.0}, 7, None])
def test_sums_that_are_not_all_there_are_damage(sums: object, tmp_path: Path) -> None:
    with pytest.raises(MissingError, match="damaged"):
        checkpoints.read(rewritten(written(tmp_path, 2, 30), sums))


def test_the_newest_is_the_most_trained(tmp_path: Path) -> None:
    for place in ((9, 0), (10, 0), (10, 4), (10, 11), (2, 400)):
        written(tmp_path, *place)
    saved, skipped = checkpoints.newest(tmp_path)
    assert saved is not None and saved.folder.name == "epoch-00010-step-000011"
    assert skipped == []


@pytest.mark.parametrize("file", [TRAINED, FROZEN, MANIFEST])
@pytest.mark.parametrize("how", ["flipped", "cut", "gone"])
def test_a_damaged_one_is_passed_over_with_a_sentence(file: str, how: str, tmp_path: Path) -> None:
    written(tmp_path, 1)
    path = written(tmp_path, 2).folder / file
    content = path.read_bytes()
    if how == "gone":
        path.unlink()
    else:
        path.write_bytes(content[:-1] + bytes([content[-1] ^ 1]) if how == "flipped" else content[:-1])
    saved, skipped = checkpoints.newest(tmp_path)
    assert saved is not None and saved.folder.name == "epoch-00001"
    assert len(skipped) == 1 and "epoch-00002" in skipped[0]
    assert "damaged" in skipped[0] or "cannot be read: No such file" in skipped[0]


@pytest.mark.parametrize(
    "files", [{}, {TRAINED: "0"}, {TRAINED: "0", "optimizer.npz": "0", "../../secret": "0"}]
)
def test_a_manifest_names_the_three_files_and_no_others(files: dict[str, str], tmp_path: Path) -> None:
    saved = written(tmp_path, 1, files=files)
    with pytest.raises(MissingError, match="has a format that this version does not know"):
        checkpoints.read(saved.folder)


def test_other_folders_drafts_and_links_are_no_checkpoints(tmp_path: Path) -> None:
    real = written(tmp_path / "elsewhere", 7).folder
    for name in ("final", ".draft-0123", "epoch-1", "epoch-00001-step-1", "epoch-00001x"):
        (tmp_path / name).mkdir()
    (tmp_path / "epoch-00007").symlink_to(real)
    assert checkpoints.listed(tmp_path) == []
    assert checkpoints.newest(tmp_path) == (None, [])
    assert checkpoints.listed(tmp_path / "gone") == []


def test_two_newest_and_the_best_are_kept(tmp_path: Path) -> None:
    accuracies = [0.3, 0.9, 0.5, 0.6, 0.7, 0.65]
    (tmp_path / "final").mkdir()
    for number in range(1, 7):
        history = tuple(epoch(n, val_accuracy=accuracies[n - 1]) for n in range(1, number + 1))
        latest = written(tmp_path, number, history=history)
        checkpoints.prune(tmp_path, latest, keep_all=False)
    assert names(tmp_path) == ["epoch-00002", "epoch-00005", "epoch-00006", "final"]


def test_steps_stay_until_their_epoch_is_whole(tmp_path: Path) -> None:
    for place in ((1, 0), (2, 0), (2, 5)):
        latest = written(tmp_path, *place)
        checkpoints.prune(tmp_path, latest, keep_all=False)
    assert names(tmp_path) == ["epoch-00001", "epoch-00002", "epoch-00002-step-000005"]
    checkpoints.prune(tmp_path, written(tmp_path, 3), keep_all=False)
    assert "epoch-00002-step-000005" not in names(tmp_path)


def test_every_epoch_is_kept_where_that_was_asked_for(tmp_path: Path) -> None:
    for number in range(1, 6):
        checkpoints.prune(tmp_path, written(tmp_path, number), keep_all=True)
    assert checkpoints.whole_epochs(tmp_path) == [1, 2, 3, 4, 5]


@given(st.lists(st.tuples(st.sampled_from([0.1, 0.5, 0.9]), st.sampled_from([0.2, 2.0])), min_size=1))
def test_the_best_has_the_highest_accuracy_then_the_lowest_cross_entropy_then_is_the_first(
    measured: list[tuple[float, float]],
) -> None:
    epochs = [
        epoch(n, val_accuracy=accuracy, val_cross_entropy=nats)
        for n, (accuracy, nats) in enumerate(measured, start=1)
    ]
    order = sorted(range(len(measured)), key=lambda n: (-measured[n][0], measured[n][1], n))
    assert best_epoch(epochs) == order[0] + 1


def test_no_epoch_is_the_best_of_none() -> None:
    assert best_epoch([]) is None


def test_an_adopted_one_is_whole_private_and_outlives_the_first(tmp_path: Path) -> None:
    saved = written(tmp_path / "parent", 3)
    (tmp_path / "child").mkdir()
    checkpoints.adopt(saved, tmp_path / "child")
    adopted = tmp_path / "child" / saved.folder.name
    assert (adopted / FROZEN).samefile(saved.folder / FROZEN), "no copy was made"
    for path in saved.folder.iterdir():
        path.unlink()
    assert checkpoints.read(adopted).manifest == saved.manifest
    assert stat.S_IMODE(adopted.stat().st_mode) == 0o700


def test_where_the_disk_has_no_links_files_are_copied(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_links(*_: object, **__: object) -> None:
        raise OSError(95, "Operation not supported")

    saved = written(tmp_path / "parent", 3)
    (tmp_path / "child").mkdir()
    monkeypatch.setattr(os, "link", no_links)
    checkpoints.adopt(saved, tmp_path / "child")
    adopted = tmp_path / "child" / saved.folder.name
    assert checkpoints.read(adopted).manifest == saved.manifest
    assert stat.S_IMODE((adopted / TRAINED).stat().st_mode) == 0o600


def test_what_a_killed_worker_left_half_written_is_swept(tmp_path: Path) -> None:
    written(tmp_path, 1)
    (tmp_path / ".draft-00ff").mkdir()
    (tmp_path / ".draft-00ff" / TRAINED).write_bytes(b"half")
    checkpoints.sweep(tmp_path)
    assert names(tmp_path) == ["epoch-00001"]
