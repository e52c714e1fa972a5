"""Where a run trains: chosen through NVML before TensorFlow starts, then made ready in TensorFlow.

Written for real drivers and tested against a fake one: not yet measured on a GPU.
"""

import os

from tuilab.errors import RunError
from tuilab.machine.gpus import DeviceChoice, choose_device, list_gpus
from tuilab.machine.hardware import cpu_model, usable_cores
from tuilab.runs.records import DeviceRecord
from tuilab.terminal import clean


def reserve(device: str) -> DeviceChoice:
    """Choose the device, hide every other GPU from TensorFlow, set what it reads as it loads.

    Call it before importing TensorFlow.

    Args:
        device: ``auto``, ``cpu`` or ``gpu:K``.

    Raises:
        UsageError: the GPU does not exist; the sentence lists what exists.
    """
    choice = choose_device(device, list_gpus())
    os.environ["CUDA_VISIBLE_DEVICES"] = choice.visible if choice.visible is not None else "-1"
    # the person's keras.json may name another backend, layout or float type; experiments do not depend on it
    os.environ["KERAS_BACKEND"] = "tensorflow"
    # TensorFlow turns oneDNN on by itself only on some processors; without it the gradient of a
    # convolution on a 2x2 image took 50 times as long here (AMD EPYC without AVX-512)
    os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "1")
    # TensorFlow starts a thread for each core of the machine, also those that this process may not use
    for name in ("TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS"):
        os.environ.setdefault(name, str(usable_cores()))
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
    if choice.kind == "gpu":
        assert choice.gpu is not None
        seen = tf.config.list_physical_devices("GPU")
        if not seen:
            name = f"GPU {choice.gpu.index} ({clean(choice.gpu.name)})"
            raise RunError(
                f"{name} was chosen but TensorFlow does not see it",
                [
                    "tuilab doctor names the CUDA libraries that are missing",
                    "pip install 'tuilab[cuda]' brings them",
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
    tf.config.set_visible_devices([], "GPU")
    name = f"{cpu_model()}, {usable_cores()} cores"
    return DeviceRecord(device="cpu", name=name, precision=precision, reason=choice.reason)
