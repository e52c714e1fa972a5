"""Dropout that drops the same units whether XLA compiles it or not.

Both draw the same 32 bits for a unit (Philox: Salmon et al. 2011), but make different numbers between 0 and 1
of them: TensorFlow takes the lowest, as many as the type has behind the point, XLA the highest. Here they are
taken as TensorFlow does.
"""

from typing import Any

MANTISSA = {"float32": 23, "float16": 10, "bfloat16": 7}
"""Bits of a number behind the point."""


def pays(layer: Any, shape: tuple[int | None, ...]) -> bool:
    """Return whether a layer drops single units; ``shape`` decides nothing."""
    import keras

    single = type(layer) is keras.layers.Dropout and layer.noise_shape is None
    return single and 0 < layer.rate < 1 and layer.compute_dtype in MANTISSA


def compute(dropout: Any, x: Any, *, training: bool) -> Any:
    """Return ``x`` with a share of its units 0 and the others scaled up; in training alone."""
    import tensorflow as tf

    if not training:
        return x
    # as Keras makes an int32 of what its generator holds (keras/src/backend/tensorflow/random.py)
    drawn = tf.convert_to_tensor(dropout.seed_generator.next())
    seed = tf.cast(tf.math.floormod(drawn, tf.constant(tf.int32.max - 1, drawn.dtype)), tf.int32)
    # without bounds: all 32 bits
    whole: dict[str, Any] = {"minval": None, "maxval": None, "dtype": tf.uint32, "alg": "philox"}
    bits = tf.random.stateless_uniform(tf.shape(x), seed, **whole)
    mantissa = MANTISSA[x.dtype.name]
    low = tf.bitwise.bitwise_and(bits, tf.constant(2**mantissa - 1, tf.uint32))
    # exact in every type
    kept = tf.cast(low, x.dtype) * tf.constant(2.0**-mantissa, x.dtype) >= tf.constant(dropout.rate, x.dtype)
    scaled = x * tf.constant(1 / (1 - dropout.rate), x.dtype)
    # of the whole shape: TensorFlow's optimizer of layouts gives a graph up in which it meets a scalar here
    return tf.where(kept, scaled, tf.zeros_like(scaled))
