"""What the environment tells TensorFlow and Keras: threads, switches that change digits, their settings."""

import os
from collections.abc import Mapping, MutableMapping

from tuilab.errors import UsageError
from tuilab.files.paths import KERAS_HOME_BEFORE
from tuilab.terminal import clean

THREADS = "TF_NUM_INTRAOP_THREADS"
"""How many threads compute one operation. It decides in which order numbers are added, and so last digits."""

OPERATIONS = "TF_NUM_INTEROP_THREADS"
"""How many operations are computed at a time; no digit depends on it."""

SWITCHES = (
    "TF_ENABLE_ONEDNN_OPTS",
    "TF_DISABLE_MKL",
    "TF_SET_ONEDNN_FPMATH_MODE",
    "ONEDNN_DEFAULT_FPMATH_MODE",
    "ONEDNN_MAX_CPU_ISA",
    "DNNL_DEFAULT_FPMATH_MODE",
    "DNNL_MAX_CPU_ISA",
    "TF_XLA_FLAGS",
    "XLA_FLAGS",
    "TF_ENABLE_AUTO_MIXED_PRECISION",
    "NVIDIA_TF32_OVERRIDE",
    "CUBLAS_WORKSPACE_CONFIG",
    "TF_CUDNN_USE_AUTOTUNE",
    "TF_CUDNN_WORKSPACE_LIMIT_IN_MB",
    "TF_DISABLE_CUDNN_TENSOR_OP_MATH",
    "TF_DISABLE_CUBLAS_TENSOR_OP_MATH",
    "TF_ENABLE_CUBLAS_TENSOR_OP_MATH_FP32",
    "TF_ENABLE_CUDNN_TENSOR_OP_MATH_FP32",
    "TF_USE_CUDNN_BATCHNORM_SPATIAL_PERSISTENT",
    "TF_ENABLE_WINOGRAD_NONFUSED",
)
"""Variables that choose among ways to compute the same, each with its own rounding."""

LONGEST = 200
"""Characters of a switch's value that are kept."""


def most_threads() -> int:
    """Return how many threads TensorFlow may be told to start: of ten thousand it never gets done."""
    return max(64, 8 * (os.cpu_count() or 1))


def threads(name: str, environment: Mapping[str, str] = os.environ) -> int | None:
    """Return the number that a variable of threads holds; None if it leaves that open.

    Args:
        name: ``THREADS`` or ``OPERATIONS``.

    Raises:
        UsageError: a number that TensorFlow dies of.
    """
    text = environment.get(name, "").strip()
    if text in {"", "0"}:  # for TensorFlow 0 is as if it were unset
        return None
    if not (text.isascii() and text.isdecimal() and 1 <= int(text[:9]) <= most_threads()):
        raise UsageError(
            f"{name}={clean(text, limit=40)} in the environment is not allowed: TensorFlow would hang or "
            f"crash; it must be a whole number from 1 to {most_threads()}",
            [f"unset {name} to use one thread per core"],
        )
    return int(text)


def check_environment() -> None:
    """Raise UsageError for what in the environment TensorFlow cannot start with."""
    for name in (THREADS, OPERATIONS):
        threads(name)


def switches(environment: Mapping[str, str] = os.environ) -> dict[str, str]:
    """Return those of ``SWITCHES`` that are set, as text that can be shown."""
    return {name: clean(environment[name], limit=LONGEST) for name in SWITCHES if environment.get(name)}


def hide_keras_settings(environment: MutableMapping[str, str]) -> None:
    """Change an environment so that a Keras loaded in it depends on nothing of a person's own.

    ``keras.json`` may name another backend, layout or float type, be damaged, or be of another time, and
    Keras fails as it loads. It decides nothing here, so it is not read: in the null device there is none,
    and none can be written. Images and weights are still found where ``KERAS_HOME`` was
    (``paths.keras_cache``).
    """
    before = environment.get("KERAS_HOME", "")
    if before != os.devnull:
        environment[KERAS_HOME_BEFORE] = before
    environment["KERAS_HOME"] = os.devnull
    environment["KERAS_BACKEND"] = "tensorflow"
    for name in ("KERAS_MAX_EPOCHS", "KERAS_MAX_STEPS_PER_EPOCH", "KERAS_NNX_ENABLED"):
        environment.pop(name, None)
