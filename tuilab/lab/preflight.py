"""What can be seen to be wrong with an experiment before a run folder is made."""

from tuilab.experiment import Experiment
from tuilab.machine.device_choice import choose_device
from tuilab.machine.environment import check_environment
from tuilab.machine.gpus import list_gpus
from tuilab.sources.datasets import check_source
from tuilab.sources.vgg16 import check_weights


def check_inputs(experiment: Experiment) -> None:
    """Look at an experiment's images, weights and device, and at what the environment tells TensorFlow.

    Raises:
        UsageError: a file of another kind, a GPU that does not exist, a number of threads that it dies of.
        MissingError: a path that does not exist.
    """
    check_environment()
    check_source(experiment.data.source)
    if experiment.weights not in (None, "random"):
        check_weights(experiment.weights)
    choose_device(experiment.training.device, list_gpus())
