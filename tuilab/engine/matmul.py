"""How many operations a second this machine reaches where nothing is in the way: a product of matrices.

    python -m tuilab.engine.matmul

prints one JSON object. TensorFlow multiplies float32 as it does by itself (on some GPUs in TF32).
"""

import json
import os
import statistics
import sys
import time
from typing import Any

SIDES = {"CPU": 2048, "GPU": 8192}
"""Rows and columns of both matrices."""

SECONDS, LEAST = 2.0, 5
"""How long it multiplies, and how many times at least."""


def rate() -> dict[str, Any]:
    """Return ``flops_per_second`` (the median of the products), ``side`` and ``device`` (CPU or GPU)."""
    os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "1")  # as training has it
    import tensorflow as tf

    device = "GPU" if tf.config.list_physical_devices("GPU") else "CPU"
    side = SIDES[device]
    matrix = tf.random.stateless_normal([side, side], (1, 2))

    @tf.function
    def multiply() -> Any:
        # one number of it, so that whoever asks for that waits for all
        return tf.matmul(matrix, matrix)[0, 0]

    multiply().numpy()
    taken: list[float] = []
    while sum(taken) < SECONDS or len(taken) < LEAST:
        began = time.perf_counter()
        multiply().numpy()
        taken.append(time.perf_counter() - began)
    return {"flops_per_second": 2 * side**3 / statistics.median(taken), "side": side, "device": device}


def main() -> int:
    """Print it."""
    print(json.dumps(rate()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
