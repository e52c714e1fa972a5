"""The chosen device is the one that is used, or a sentence says why not. No test here sees a real GPU."""

import os
from pathlib import Path
from typing import Any, Literal

import keras
import pytest
import tensorflow as tf

from tuilab import presets
from tuilab.engine import devices
from tuilab.errors import RunError, UsageError
from tuilab.experiment import TrainingSpec
from tuilab.experiment.device_memory import device_need
from tuilab.files import paths
from tuilab.machine.device_choice import DeviceChoice
from tuilab.machine.gpus import Gpu
from tuilab.runs.journal.records import DeviceRecord

GIB = 2**30


def gpu(index: int, used: int = 0) -> Gpu:
    return Gpu(index, f"GPU-uuid-{index}", f"Card {index}", 16 * GIB, used * GIB, 0, 40, 30.0, (8, 0))


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the functions set in the environment is put back; the machine's own setting does not matter."""
    for name in ("CUDA_VISIBLE_DEVICES", "CUDA_DEVICE_ORDER", "KERAS_BACKEND", "KERAS_HOME"):
        monkeypatch.setenv(name, "")
        monkeypatch.delenv(name)


def has(monkeypatch: pytest.MonkeyPatch, *gpus: Gpu) -> None:
    monkeypatch.setattr(devices, "list_gpus", lambda: list(gpus))


def test_a_gpu_that_is_asked_for_is_all_that_tensorflow_sees(monkeypatch: pytest.MonkeyPatch) -> None:
    has(monkeypatch, gpu(0), gpu(1))
    choice = devices.reserve("gpu:0")
    assert os.environ["CUDA_VISIBLE_DEVICES"] == "GPU-uuid-0"
    assert choice.gpu == gpu(0)


def test_auto_takes_the_gpu_with_the_most_free_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    has(monkeypatch, gpu(0, used=12), gpu(1, used=2))
    devices.reserve("auto")
    assert os.environ["CUDA_VISIBLE_DEVICES"] == "GPU-uuid-1"


@pytest.mark.parametrize("gpus", [[], [gpu(0)]], ids=["no GPU", "a GPU"])
def test_cpu_hides_every_gpu(gpus: list[Gpu], monkeypatch: pytest.MonkeyPatch) -> None:
    has(monkeypatch, *gpus)
    assert devices.reserve("cpu").gpu is None
    assert os.environ["CUDA_VISIBLE_DEVICES"] == "-1"


def test_a_gpu_that_is_not_there_is_a_sentence_and_never_the_cpu(monkeypatch: pytest.MonkeyPatch) -> None:
    has(monkeypatch, gpu(0))
    with pytest.raises(UsageError, match="there is no GPU 3; this machine has"):
        devices.reserve("gpu:3")
    assert "CUDA_VISIBLE_DEVICES" not in os.environ


class FakeTensorFlow:
    """``tf.config`` at its edge: which GPUs TensorFlow sees, and what it is told."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, seen: list[str]) -> None:
        self.growing: list[tuple[str, bool]] = []
        self.visible: list[tuple[list[Any], str]] = []
        monkeypatch.setattr(tf.config, "list_physical_devices", lambda kind: seen)
        monkeypatch.setattr(
            tf.config.experimental, "set_memory_growth", lambda gpu, on: self.growing.append((gpu, on))
        )
        monkeypatch.setattr(
            tf.config, "set_visible_devices", lambda those, kind: self.visible.append((those, kind))
        )


CHOSEN = DeviceChoice(gpu(0), "GPU-uuid-0", "GPU 0 is this machine's only GPU")
ON_CPU = DeviceChoice(None, None, "asked for")


def test_a_chosen_gpu_that_tensorflow_does_not_see_fails_with_remedies(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    FakeTensorFlow(monkeypatch, seen=[])
    with pytest.raises(RunError) as caught:
        devices.prepare(CHOSEN, TrainingSpec())
    assert caught.value.sentence == "GPU 0 (Card 0) was chosen but TensorFlow does not see it"
    remedies = " / ".join(caught.value.remedies)
    assert all(word in remedies for word in ("tuilab doctor", "tuilab[cuda]", "--device cpu"))


def test_a_gpus_memory_is_taken_as_it_is_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    fake = FakeTensorFlow(monkeypatch, seen=["/physical_device:GPU:0"])
    record = devices.prepare(CHOSEN, TrainingSpec(precision="mixed_float16"))
    assert fake.growing == [("/physical_device:GPU:0", True)]
    assert (record.device, record.name, record.precision) == ("gpu:0", "Card 0", "mixed_float16")
    assert record.reason == CHOSEN.reason
    assert keras.config.dtype_policy().name == "mixed_float16"


def test_on_the_cpu_no_gpu_is_visible_whatever_tensorflow_sees(monkeypatch: pytest.MonkeyPatch) -> None:
    fake = FakeTensorFlow(monkeypatch, seen=["/physical_device:GPU:0"])
    record = devices.prepare(ON_CPU, TrainingSpec())
    assert fake.visible == [([], "GPU")] and fake.growing == []
    assert record.device == "cpu" and record.name.endswith(f", {os.cpu_count()} cores")


def test_a_persons_keras_settings_do_not_reach_an_experiment(monkeypatch: pytest.MonkeyPatch) -> None:
    FakeTensorFlow(monkeypatch, seen=[])
    has(monkeypatch)
    monkeypatch.setenv("KERAS_BACKEND", "jax")
    monkeypatch.setenv("KERAS_HOME", "/somewhere")
    keras.config.set_floatx("float64")
    keras.config.set_dtype_policy("float64")
    keras.config.set_image_data_format("channels_first")
    devices.prepare(devices.reserve("cpu"), TrainingSpec())
    assert os.environ["KERAS_BACKEND"] == "tensorflow"
    assert os.environ["KERAS_HOME"] == os.devnull
    assert paths.keras_cache() == Path("/somewhere")
    assert keras.config.floatx() == "float32"
    assert keras.config.dtype_policy().name == "float32"
    assert keras.config.image_data_format() == "channels_last"


@pytest.fixture
def determinism(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """What is said when operations are asked to be deterministic: nothing takes that back in a process."""
    asked: list[bool] = []
    monkeypatch.setattr(tf.config.experimental, "enable_op_determinism", lambda: asked.append(True))
    return asked


@pytest.mark.parametrize("deterministic", [True, False])
def test_operations_are_deterministic_unless_the_experiment_does_without_and_its_record_says_which(
    deterministic: bool, determinism: list[bool], monkeypatch: pytest.MonkeyPatch
) -> None:
    FakeTensorFlow(monkeypatch, seen=["/physical_device:GPU:0"])
    record = devices.prepare(CHOSEN, TrainingSpec(deterministic=deterministic))
    assert record.deterministic is deterministic
    assert determinism == [True] * deterministic


@pytest.mark.parametrize("choice", [CHOSEN, ON_CPU], ids=["GPU", "CPU"])
@pytest.mark.parametrize("asked", ["auto", "on", "off"])
@pytest.mark.usefixtures("determinism")
def test_xla_compiles_where_it_is_asked_to_and_by_itself_on_a_gpu_alone(
    asked: Literal["auto", "on", "off"], choice: DeviceChoice, monkeypatch: pytest.MonkeyPatch
) -> None:
    FakeTensorFlow(monkeypatch, seen=["/physical_device:GPU:0"])
    expected = {"auto": choice.gpu is not None, "on": True, "off": False}[asked]
    assert devices.prepare(choice, TrainingSpec(xla=asked)).xla is expected
    assert devices.prepare(choice, TrainingSpec(xla=asked), many_steps=False).xla is False


@pytest.mark.usefixtures("determinism")
def test_a_run_that_goes_on_is_computed_as_it_began_on_the_same_card_unless_it_is_asked_otherwise(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """One that an earlier version began, which compiled nothing, goes on with plain steps."""
    FakeTensorFlow(monkeypatch, seen=["/physical_device:GPU:0"])
    began = DeviceRecord(device="gpu:1", name="Card 0", precision="float32", reason="asked for")
    assert devices.prepare(CHOSEN, TrainingSpec(), began).xla is False
    assert devices.prepare(CHOSEN, TrainingSpec(), began.model_copy(update={"xla": True})).xla is True
    assert devices.prepare(CHOSEN, TrainingSpec(xla="on"), began).xla is True
    other_card = began.model_copy(update={"name": "Card 1"})
    assert devices.prepare(CHOSEN, TrainingSpec(), other_card).xla is True, "its digits are others anyway"


def test_a_record_of_an_earlier_version_was_deterministic_and_compiled_nothing() -> None:
    record = DeviceRecord.model_validate_json(
        '{"kind": "device", "device": "cpu", "name": "x", "precision": "float32", "reason": "asked for"}'
    )
    assert record.deterministic and not record.xla


def test_memory_beside_the_network_is_what_images_may_take(monkeypatch: pytest.MonkeyPatch) -> None:
    has(monkeypatch, gpu(0, used=2))
    experiment = presets.find("baseline").experiment
    choice = devices.reserve("gpu:0")
    assert devices.room_beside(choice, experiment) == 14 * GIB - device_need(experiment).total
    assert devices.room_beside(devices.reserve("cpu"), experiment) is None


def test_too_little_free_memory_is_a_sentence_with_the_number_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    has(monkeypatch, gpu(0, used=15), gpu(1, used=1))
    choice = devices.reserve("gpu:0")
    with pytest.raises(RunError, match=r"needs about 1\.0 GiB of memory on GPU 0 \(Card 0\)") as caught:
        devices.room_beside(choice, presets.find("baseline").experiment)
    assert "where 1.0 GiB of 16.0 GiB are free" in caught.value.sentence
    assert "another GPU: --device gpu:1 has 15.0 GiB free" in caught.value.remedies
