"""Whether a learning rate is high for so many pretrained layers that train."""

from tuilab.experiment.experiment import Experiment, base_of, learns

FRESH_SHARES = ((4, 0.3), (1, 1.0))
"""From how many unfrozen layers on which share of the optimizer's default rate is high; most layers first.

An optimizer's default is a rate for fresh weights, as a new head has them. Up to three layers, a block of
VGG16, are warned of at that rate, more of them from 0.3 of it on. The shares are our own judgement: the
course's notebook unfroze all 13 layers at a tenth of Adam's default and did well (preset recorded-i).
"""

WHY = "fine-tuning pretrained layers at the rate of a fresh head distorts them (Kumar et al. 2022)"
"""The rule in a sentence.

Kumar, Raghunathan, Jones, Ma & Liang: Fine-Tuning can Distort Pretrained Features and Underperform
Out-of-Distribution, ICLR 2022. Gradients through a head that does not fit yet change the features of a
pretrained base; they train the head first, then all of it at a small rate.
"""


def high_from(experiment: Experiment, layers: int) -> float | None:
    """Return the learning rate from which on it is high.

    Args:
        experiment: its optimizer decides, and whether its base is pretrained.
        layers: pretrained layers with weights that train.

    Returns:
        None where no rate is: nothing pretrained trains.
    """
    base = base_of(experiment.model)
    if base is None or base.weights == "random" or not learns(experiment.model):
        return None
    fresh: float = type(experiment.optimizer).model_fields["learning_rate"].default
    return next((share * fresh for least, share in FRESH_SHARES if layers >= least), None)


def warning(experiment: Experiment, layers: int) -> str:
    """Return a clause that says that the experiment's rate is high for so many layers; empty if it is not."""
    limit, rate = high_from(experiment, layers), experiment.optimizer.learning_rate
    if limit is None or rate < limit:
        return ""
    of = "1 unfrozen layer" if layers == 1 else f"{layers} unfrozen layers"
    return f"the learning rate {rate:g} is high for {of}, it should be below {limit:g}: {WHY}"
