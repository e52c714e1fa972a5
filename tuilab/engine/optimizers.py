"""Optimizers: from the experiment's to Keras's."""

from typing import Any

from tuilab.experiment.experiment import AdamWSpec, OptimizerSpec, SgdSpec


def build(optimizer: OptimizerSpec, precision: str) -> Any:
    """Return a Keras optimizer, not yet built.

    ``clip_norm`` is Keras's ``global_clipnorm``: all gradients together. In ``mixed_float16`` the
    loss is scaled so that small gradients survive, and steps with overflowed ones are left out.
    """
    import keras

    from tuilab.engine.fast.fused_adam import FusedAdam, FusedAdamW

    common: dict[str, Any] = {
        "learning_rate": optimizer.learning_rate,
        "global_clipnorm": optimizer.clip_norm,
    }
    if isinstance(optimizer, SgdSpec):
        built = keras.optimizers.SGD(momentum=optimizer.momentum, nesterov=optimizer.nesterov, **common)
    elif isinstance(optimizer, AdamWSpec):
        built = FusedAdamW(weight_decay=optimizer.weight_decay, **common)
        built.exclude_from_weight_decay(var_names=["bias", "gamma", "beta"])
    else:
        built = FusedAdam(**common)
    return keras.optimizers.LossScaleOptimizer(built) if precision == "mixed_float16" else built
