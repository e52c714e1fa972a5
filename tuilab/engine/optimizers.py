"""Optimizers: from the experiment's to Keras's."""

from typing import Any, assert_never

from tuilab.experiment.optimizers import AdamSpec, AdamWSpec, OptimizerSpec, RmspropSpec, SgdSpec
from tuilab.experiment.training import Precision


def build(optimizer: OptimizerSpec, precision: Precision) -> Any:
    """Return a Keras optimizer, not yet built.

    ``clip_norm`` is Keras's ``global_clipnorm``: all gradients together. In ``mixed_float16`` the
    loss is scaled so that small gradients survive, and steps with overflowed ones are left out.
    """
    import keras

    from tuilab.engine.fast.fused_adam import FusedAdam, FusedAdamW

    match optimizer:
        case SgdSpec():
            kind: Any = keras.optimizers.SGD
        case AdamSpec():
            kind = FusedAdam
        case AdamWSpec():
            kind = FusedAdamW
        case RmspropSpec():
            kind = keras.optimizers.RMSprop
        case _:
            assert_never(optimizer)
    built = kind(optimizer.learning_rate, **optimizer.arguments, global_clipnorm=optimizer.clip_norm)
    if optimizer.undecayed:
        built.exclude_from_weight_decay(var_names=list(optimizer.undecayed))
    match precision:
        case "mixed_float16":
            return keras.optimizers.LossScaleOptimizer(built)
        case "float32" | "mixed_bfloat16":
            return built
        case _:
            assert_never(precision)
