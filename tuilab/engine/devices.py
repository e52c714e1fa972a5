"""Where a run trains: chosen through NVML before TensorFlow starts, then made ready in TensorFlow.

Written for real drivers and tested against a fake one: not yet measured on a GPU.
"""

import os
import sys

from tuilab.errors import RunError
from tuilab.machine.device_choice import DeviceChoice, choose_device
from tuilab.machine.environment import hide_keras_settings
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
    hide_keras_settings(os.environ)
    return choice


def prepare(choice: DeviceChoice, precision: str) -> DeviceRecord:
    """Start TensorFlow on the chosen device: memory growth, dtype policy, determinism.

    Args:
        choice: what ``reserve`` returned.
        precision: Keras's dtype policy: ``float32``, ``mixed_float16``, ``mixed_bfloat16``.

    Raises:
        RunError: a GPU was chosen and TensorFlow does not see it (no CUDA libraries, as a rule).
    """
    import keras
    import tensorflow as tf

    keras.config.set_floatx("float32")
    keras.config.set_image_data_format("channels_last")
    keras.config.set_dtype_policy(precision)
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
        return DeviceRecord(
            device=f"gpu:{choice.gpu.index}",
            name=choice.gpu.name,
            precision=precision,
            reason=choice.reason,
        )
    print(_NO_CUDA, file=sys.stderr, flush=True)
    tf.config.set_visible_devices([], "GPU")
    name = f"{cpu_model()}, {usable_cores()} cores"
    return DeviceRecord(device="cpu", name=name, precision=precision, reason=choice.reason)


_NO_CUDA = (
    "tuilab: this run is training on the CPU; TensorFlow looks for CUDA anyway, and its message "
    "that cuInit failed is harmless"
)
"""Written to worker.log before TensorFlow says so there, as an error."""
