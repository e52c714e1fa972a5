"""Max pooling as comparisons of the pixels of each window: the same numbers, in a form that XLA fuses.

XLA computes the gradient of a pooling with atomic additions, which differ from run to run, and refuses to
where operations have to be deterministic ("GPU MaxPool gradient ops do not yet have a deterministic XLA
implementation", TensorFlow 2.21). Windows that do not overlap need no addition: what a window gives goes
back to its first maximum, as in TensorFlow's own kernels.
"""

from functools import reduce
from typing import Any


def pool(x: Any, side: int) -> Any:
    """Return the maximum of each window of ``side`` x ``side`` pixels, beside each other.

    Args:
        x: float (n, rows, columns, channels), rows and columns known; what fills no window is left out.
        side: 1 or more.

    Returns:
        The same type, (n, rows // side, columns // side, channels).
    """
    import tensorflow as tf

    rows, columns = (length // side * side for length in x.shape[1:3])
    pixels = [x[:, row:rows:side, column:columns:side] for row in range(side) for column in range(side)]
    # of equal ones the first, row by row; that the gradient goes to one of them alone decides digits
    return reduce(lambda first, second: tf.where(first >= second, first, second), pixels)


def pays(layer: Any, shape: tuple[int | None, ...]) -> bool:
    """Return whether a layer pools windows beside each other, of maps (n, rows, columns, channels)."""
    import keras

    if type(layer) is not keras.layers.MaxPooling2D or len(shape) != 4 or None in shape[1:3]:
        return False
    square = layer.pool_size[0] == layer.pool_size[1]
    return square and layer.pool_size == layer.strides and layer.padding == "valid"


def compute(layer: Any, x: Any, *, training: bool) -> Any:
    """Return what a max pooling makes of ``x``; training is no different."""
    return pool(x, layer.pool_size[0])
