"""Where a run trains: chosen through NVML before TensorFlow starts, then made ready in TensorFlow.

Tested against a fake driver, and seen to train on one H100.
"""

import os
import sys
from typing import assert_never

from tuilab.errors import RunError
from tuilab.experiment.device_memory import device_need, ways_to_need_less
from tuilab.experiment.experiment import Experiment
from tuilab.experiment.training import TrainingSpec
from tuilab.machine.device_choice import DeviceChoice, choose_device
from tuilab.machine.environment import hide_keras_settings
from tuilab.machine.gpu_memory import fits, too_little
from tuilab.machine.gpus import list_gpus
from tuilab.machine.hardware import cpu_model, usable_cores
from tuilab.runs.journal.records import DeviceRecord
from tuilab.terminal import clean


def reserve(device: str) -> DeviceChoice:
    """Choose the device, hide every other GPU from TensorFlow, and keep a person's Keras settings from Keras.

    Call it before importing TensorFlow.

    Args:
        device: ``auto``, ``cpu`` or ``gpu:K``.

    Raises:
        UsageError: the GPU does not exist; the sentence lists what exists.
    """
    choice = choose_device(device, list_gpus())
    os.environ["CUDA_VISIBLE_DEVICES"] = choice.visible if choice.visible is not None else "-1"
    os.environ["CUDA_DEVICE_ORDER"] = "PCI_BUS_ID"  # as the driver counts, should it be a number
    hide_keras_settings(os.environ)
    return choice


def room_beside(choice: DeviceChoice, experiment: Experiment) -> int | None:
    """Return how many bytes of the chosen GPU are left beside the network that trains; None: the CPU trains.

    Call it before importing TensorFlow.

    Raises:
        RunError: less memory is free than the training needs; the sentence says how much that is.
    """
    if choice.gpu is None:
        return None
    needed = device_need(experiment).total
    if not fits(choice.gpu, needed):
        ways = ways_to_need_less(experiment, choice.gpu.memory_free)
        raise too_little(choice.gpu, needed, ways, choice.allowed)
    return max(choice.gpu.memory_free - needed, 0)


def prepare(
    choice: DeviceChoice,
    training: TrainingSpec,
    before: DeviceRecord | None = None,
    *,
    many_steps: bool = True,
) -> DeviceRecord:
    """Start TensorFlow on the chosen device: memory growth, dtype policy, determinism.

    Args:
        choice: what ``reserve`` returned.
        training: of the experiment: its precision, whether it is deterministic and compiled.
        before: where the run trained until now; None: it begins.
        many_steps: whether many steps will be trained at once; XLA compiles nothing else.

    Raises:
        RunError: a GPU was chosen and TensorFlow does not see it (no CUDA libraries, as a rule).
    """
    import keras
    import tensorflow as tf

    keras.config.set_floatx("float32")
    keras.config.set_image_data_format("channels_last")
    keras.config.set_dtype_policy(training.precision)
    if not many_steps:
        training = training.model_copy(update={"xla": "off"})
    if training.deterministic:
        tf.config.experimental.enable_op_determinism()
    if choice.gpu is not None:
        seen = tf.config.list_physical_devices("GPU")
        if not seen:
            name = f"GPU {choice.gpu.index} ({clean(choice.gpu.name)})"
            raise RunError(
                f"{name} was chosen but TensorFlow does not see it",
                [
                    "tuilab doctor names the CUDA libraries that are missing",
                    "pip install 'tuilab[cuda]' installs them",
                    "--device cpu trains without it",
                ],
            )
        for gpu in seen:
            tf.config.experimental.set_memory_growth(gpu, True)
        return _record(f"gpu:{choice.gpu.index}", choice.gpu.name, choice, training, before)
    print(_NO_CUDA, file=sys.stderr, flush=True)
    tf.config.set_visible_devices([], "GPU")
    name = f"{cpu_model()}, {usable_cores()} cores"
    return _record("cpu", name, choice, training, before)


def _record(
    device: str, name: str, choice: DeviceChoice, training: TrainingSpec, before: DeviceRecord | None
) -> DeviceRecord:
    match training.xla:
        case "on" | "off" as asked:
            xla = asked == "on"
        case "auto" if before is not None and before.name == name:
            xla = before.xla  # rounding differs between the two ways
        case "auto":
            xla = choice.gpu is not None
        case _:
            assert_never(training.xla)
    return DeviceRecord(
        device=device,
        name=name,
        precision=training.precision,
        reason=choice.reason,
        deterministic=training.deterministic,
        xla=xla,
    )


_NO_CUDA = (
    "tuilab: this run is training on the CPU; TensorFlow looks for CUDA anyway, and its message "
    "that cuInit failed is harmless"
)
"""Written to worker.log before TensorFlow says so there, as an error."""
