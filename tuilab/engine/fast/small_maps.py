"""Convolutions on maps of a few pixels, as products of matrices: the same sums, in another order.

A library's convolution is made for large maps. On one of 2x2 pixels most of what a 3x3 kernel sees is
padding, and oneDNN multiplies that too: nine products, of each kernel pixel with the pixels that it falls
on, took a quarter of its time with gradients (2 cores, 512 channels, batches of 64), and three quarters
on 4x4 pixels. Below ``CHANNELS``, and above ``SIDE``, there was nothing to gain.
"""

from typing import Any

SIDE = 4
"""Rows and columns of a map at most."""

CHANNELS = 256
"""Of the map and of the kernel, at least."""


def convolve(x: Any, kernel: Any) -> Any:
    """Return what ``tf.nn.conv2d(x, kernel, 1, "SAME")`` returns, to float rounding.

    Args:
        x: float32 (n, rows, columns, channels), rows and columns known and small.
        kernel: float32 (3, 3, channels, filters).

    Returns:
        float32 (n, rows, columns, filters).
    """
    import tensorflow as tf

    rows, columns, channels = x.shape[1:]
    filters = kernel.shape[-1]
    # unstacked and not sliced: the gradient of a slice is a whole kernel of zeros for each of the nine
    pixels = tf.unstack(tf.reshape(x, [-1, rows * columns, channels]), axis=1)
    weights = tf.unstack(tf.reshape(kernel, [9, channels, filters]))
    parts: list[list[Any]] = [[] for _ in pixels]
    for n, weight in enumerate(weights):
        down, right = n // 3 - 1, n % 3 - 1
        # the pixels that this pixel of the kernel sees, and where what it makes of them goes
        seen = [
            (row * columns + column, (row - down) * columns + column - right)
            for row in range(rows)
            for column in range(columns)
            if 0 <= row - down < rows and 0 <= column - right < columns
        ]
        if not seen:  # a map of one row or column
            continue
        products = tf.matmul(tf.concat([pixels[source] for source, _ in seen], 0), weight)
        for (_, target), product in zip(seen, tf.split(products, len(seen)), strict=True):
            parts[target].append(product)
    return tf.reshape(tf.stack([tf.add_n(p) for p in parts], axis=1), [-1, rows, columns, filters])


def pays(layer: Any, shape: tuple[int | None, ...]) -> bool:
    """Return whether a layer that is given maps of a shape has something to gain.

    Args:
        layer: a built Keras layer.
        shape: (n, rows, columns, channels).
    """
    import keras

    if type(layer) is not keras.layers.Conv2D:
        return False
    plain = (layer.kernel_size, layer.strides, layer.dilation_rate, layer.padding, layer.groups)
    if plain != ((3, 3), (1, 1), (1, 1), "same", 1):
        return False
    _, rows, columns, channels = shape
    small = rows is not None and columns is not None and max(rows, columns) <= SIDE
    return small and min(channels or 0, layer.filters) >= CHANNELS


def compute(layer: Any, x: Any, *, training: bool) -> Any:
    """Return what a convolution, its bias and its activation make of ``x``; training is no different."""
    import tensorflow as tf

    y = convolve(x, tf.convert_to_tensor(layer.kernel))
    if layer.use_bias:
        y = tf.nn.bias_add(y, tf.convert_to_tensor(layer.bias))
    return layer.activation(y)
