"""A trained model is there whole or not at all, and goes into the network that it came from or into none."""

import errno
import shutil
import stat
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from obstacles import OBSTACLES, no_waiting, put
from small_experiments import CLASSES, new_trainer, small_cnn, small_experiment, small_split, values

from tuilab.engine import networks, trained_model
from tuilab.errors import MissingError
from tuilab.experiment.experiment import CnnSpec, TransferSpec
from tuilab.runs.journal.records import Checkpoint

MODEL = small_cnn(batch_norm=True, dropout=0.1)


@pytest.fixture(scope="module")
def trained() -> Any:
    network = networks.build(MODEL, CLASSES)
    new_trainer(small_experiment(MODEL), network, small_split(32)).train_epoch(1)
    return network


def fresh(model: CnnSpec | TransferSpec = MODEL) -> Any:
    return networks.build(model, CLASSES)


def same(one: Any, other: Any) -> bool:
    pairs = zip(one.get_weights(), other.get_weights(), strict=True)
    return all(np.array_equal(a, b) for a, b in pairs)


def test_what_is_loaded_is_what_was_saved_to_the_bit(trained: Any, tmp_path: Path) -> None:
    saved = trained_model.save(trained, tmp_path, "final", epoch=7)
    other = fresh()
    assert not same(trained, other)
    assert trained_model.load(other, tmp_path, "final") == saved
    assert same(trained, other)
    assert saved.epoch == 7


@pytest.mark.parametrize(
    "model", [MODEL, TransferSpec(kind="transfer", weights="random", last_layer="block3_pool")]
)
def test_room_is_made_sure_of_for_all_of_the_file(model: CnnSpec | TransferSpec, tmp_path: Path) -> None:
    network = fresh(model)
    trained_model.save(network, tmp_path, "final", epoch=1)
    size = (tmp_path / "final" / "network.weights.h5").stat().st_size
    assert size <= trained_model._largest_size(network) <= size + 300_000


def test_a_mixed_precision_network_is_saved_in_full_precision(trained: Any, tmp_path: Path) -> None:
    import keras

    keras.config.set_dtype_policy("mixed_float16")
    half = fresh()
    half.set_weights(trained.get_weights())
    trained_model.save(half, tmp_path, "final", epoch=1)
    keras.config.set_dtype_policy("float32")
    other = fresh()
    trained_model.load(other, tmp_path, "final")
    assert same(trained, other)


def test_only_the_owner_can_read_it(trained: Any, tmp_path: Path) -> None:
    trained_model.save(trained, tmp_path, "final", epoch=1)
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "final").iterdir()}
    assert modes == {"network.weights.h5": 0o600, "manifest.json": 0o600}
    assert stat.S_IMODE((tmp_path / "final").stat().st_mode) == 0o700


def test_a_checkpoint_of_the_same_name_is_replaced_whole(trained: Any, tmp_path: Path) -> None:
    trained_model.save(fresh(), tmp_path, "final", epoch=1)
    trained_model.save(trained, tmp_path, "final", epoch=2)
    other = fresh()
    assert trained_model.load(other, tmp_path, "final").epoch == 2
    assert same(trained, other)
    assert [path.name for path in tmp_path.iterdir()] == ["final"]


def test_a_full_disk_leaves_the_earlier_checkpoint_whole_and_no_draft(
    trained: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    trained_model.save(trained, tmp_path, "final", epoch=1)

    def fill(path: Path) -> None:
        path.write_bytes(b"half of")
        raise OSError(errno.ENOSPC, "No space left on device")

    network = fresh()
    with monkeypatch.context() as patch, pytest.raises(OSError, match="No space"):
        patch.setattr(network, "save_weights", fill)
        trained_model.save(network, tmp_path, "final", epoch=2)
    assert [path.name for path in tmp_path.iterdir()] == ["final"]
    other = fresh()
    assert trained_model.load(other, tmp_path, "final").epoch == 1
    assert same(trained, other)


def test_a_rename_that_fails_puts_the_earlier_checkpoint_back(
    trained: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    trained_model.save(trained, tmp_path, "final", epoch=1)
    rename = Path.rename

    def fails_into_place(path: Path, target: Path) -> Path:
        if target.name == "final" and (path / "manifest.json").read_text().startswith('{"epoch":2'):
            raise OSError(errno.EIO, "Input/output error")
        return rename(path, target)

    with monkeypatch.context() as patch, pytest.raises(OSError, match="Input/output"):
        patch.setattr(Path, "rename", fails_into_place)
        trained_model.save(fresh(), tmp_path, "final", epoch=2)
    assert [path.name for path in tmp_path.iterdir()] == ["final"]
    assert trained_model.load(fresh(), tmp_path, "final").epoch == 1


def test_an_old_checkpoint_that_cannot_be_cleared_away_does_not_undo_the_new_one(
    trained: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    trained_model.save(fresh(), tmp_path, "final", epoch=1)

    def refuses(path: Path, ignore_errors: bool = False) -> None:
        if not ignore_errors:
            raise OSError(errno.EBUSY, "Device or resource busy")

    with monkeypatch.context() as patch:
        patch.setattr(shutil, "rmtree", refuses)
        trained_model.save(trained, tmp_path, "final", epoch=2)
    assert trained_model.load(fresh(), tmp_path, "final").epoch == 2


def test_a_folder_that_is_gone_is_an_oserror(trained: Any, tmp_path: Path) -> None:
    with pytest.raises(OSError):
        trained_model.save(trained, tmp_path / "gone", "final", epoch=1)


def test_one_damaged_byte_is_noticed(trained: Any, tmp_path: Path) -> None:
    trained_model.save(trained, tmp_path, "final", epoch=1)
    path = tmp_path / "final" / "network.weights.h5"
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    with pytest.raises(MissingError, match="is damaged: its checksum is not the one written beside it"):
        trained_model.load(fresh(), tmp_path, "final")


@pytest.mark.parametrize("gone", ["network.weights.h5", "manifest.json", "."])
def test_a_missing_part_is_a_sentence(gone: str, trained: Any, tmp_path: Path) -> None:
    trained_model.save(trained, tmp_path, "final", epoch=1)
    path = tmp_path / "final" / gone
    if gone == ".":
        shutil.rmtree(path)
    else:
        path.unlink()
    with pytest.raises(MissingError, match=r"the trained model .*/final cannot be read: .*No such file"):
        trained_model.load(fresh(), tmp_path, "final")


@pytest.mark.parametrize("text", ["", "{}", '{"epoch": 1}', "\xff"])
def test_a_damaged_manifest_is_a_sentence(text: str, trained: Any, tmp_path: Path) -> None:
    trained_model.save(trained, tmp_path, "final", epoch=1)
    (tmp_path / "final" / "manifest.json").write_bytes(text.encode("latin-1"))
    with pytest.raises(MissingError, match="cannot be read"):
        trained_model.load(fresh(), tmp_path, "final")


@pytest.mark.parametrize(
    "other",
    [
        MODEL.model_copy(update={"dense": 9}),
        MODEL.model_copy(update={"filters": (4, 4), "pool": 2}),
        MODEL.model_copy(update={"batch_norm": False}),  # Keras alone loads this: each of its layers is found
    ],
    ids=["a wider layer", "a block more", "without batch normalization"],
)
def test_another_networks_weights_are_refused_and_nothing_is_loaded(
    other: CnnSpec, trained: Any, tmp_path: Path
) -> None:
    trained_model.save(trained, tmp_path, "final", epoch=1)
    network = fresh(other)
    before = values(network)
    with pytest.raises(MissingError, match="belongs to a different network"):
        trained_model.load(network, tmp_path, "final")
    after = values(network)
    assert all(np.array_equal(before[path], after[path]) for path in before)


def test_the_weights_of_a_smaller_network_are_refused(trained: Any, tmp_path: Path) -> None:
    trained_model.save(fresh(MODEL.model_copy(update={"batch_norm": False})), tmp_path, "final", epoch=1)
    with pytest.raises(MissingError, match="belongs to a different network"):
        trained_model.load(fresh(), tmp_path, "final")


@pytest.mark.parametrize("obstacle", OBSTACLES)
@pytest.mark.parametrize("name", ["manifest.json", "network.weights.h5"])
def test_what_is_no_file_is_said_and_not_waited_for(
    name: str, obstacle: str, trained: Any, tmp_path: Path
) -> None:
    trained_model.save(trained, tmp_path, "final", epoch=7)
    put(obstacle, tmp_path / "final" / name)
    with no_waiting(), pytest.raises(MissingError, match="final cannot be read: "):
        trained_model.load(fresh(), tmp_path, "final")


def test_one_that_the_journal_of_its_run_does_not_tell_of_is_refused(trained: Any, tmp_path: Path) -> None:
    saved = trained_model.save(trained, tmp_path, "final", epoch=7)
    told = Checkpoint(epoch=7, name="final", digest=saved.sha256)
    assert trained_model.load(fresh(), tmp_path, "final", told) == saved
    with pytest.raises(MissingError, match="is not the one recorded in its run's journal"):
        trained_model.load(fresh(), tmp_path, "final", told.model_copy(update={"digest": "another"}))
