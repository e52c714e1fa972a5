"""What can be seen to be wrong with an experiment before a run folder is made."""

from tuilab.experiment import Experiment, base_of
from tuilab.machine.device_choice import choose_device
from tuilab.machine.environment import check_environment
from tuilab.machine.gpus import list_gpus
from tuilab.sources.base_weights import check_weights
from tuilab.sources.datasets import check_source


def check_inputs(experiment: Experiment) -> None:
    """Look at an experiment's images, weights and device, and at what the environment tells TensorFlow.

    Raises:
        UsageError: a file of another kind, a GPU that does not exist, a number of threads that it dies of.
        MissingError: a path that does not exist.
    """
    check_environment()
    check_source(experiment.data.source)
    base = base_of(experiment.model)
    if base is not None:
        check_weights(base.base_network, base.weights)
    choose_device(experiment.training.device, list_gpus())
