"""Which experiments are one training: they differ only in what inference alone looks at.

The momentum of batch normalization decides how the moving mean and variance follow the batches. Training
normalizes with the batch's own, so weights and losses of the training images are the same whatever it is.
"""

from typing import assert_never

from tuilab.experiment.experiment import CnnSpec, Experiment, HeadSpec, TransferSpec


def same_training(a: Experiment, b: Experiment) -> bool:
    """Return whether two experiments train the same weights in the same way.

    They may differ in the momentum of batch normalization, and in what is not part of a digest: device,
    features, what is kept and recorded.
    """
    return trained_alike(a).digest == trained_alike(b).digest


def trained_alike(experiment: Experiment) -> Experiment:
    """Return what stands for all experiments that are one training: this one with the default momentum."""
    model = experiment.model
    match model:
        case CnnSpec():
            usual = {"bn_momentum": CnnSpec.model_fields["bn_momentum"].default}
        case TransferSpec():
            momentum = HeadSpec.model_fields["bn_momentum"].default
            usual = {"head": model.head.model_copy(update={"bn_momentum": momentum})}
        case _:
            assert_never(model)
    return experiment.model_copy(update={"model": model.model_copy(update=usual)})
