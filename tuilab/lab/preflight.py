"""What can be seen to be wrong with an experiment before a run folder is made."""

from tuilab.experiment import Experiment, base_of
from tuilab.experiment.device_memory import device_need, ways_to_need_less
from tuilab.lab.queue.looking import Looker
from tuilab.machine.device_choice import DeviceChoice, choose_device
from tuilab.machine.environment import check_environment
from tuilab.machine.gpu_memory import fits, too_little
from tuilab.machine.gpus import list_gpus
from tuilab.sources.base_weights import check_weights
from tuilab.sources.datasets import check_source


def check_inputs(experiment: Experiment) -> None:
    """Look at an experiment's images, weights and device, and at what the environment tells TensorFlow.

    Raises:
        UsageError: a file of another kind, a GPU that does not exist, a number of threads that it dies of.
        MissingError: a path that does not exist.
        RunError: a GPU with too little free memory.
    """
    check_environment()
    check_source(experiment.data.source)
    base = base_of(experiment.model)
    if base is not None:
        check_weights(base.base_network, base.weights)
    check_memory(experiment, choose_device(experiment.training.device, list_gpus()))


def check_memory(experiment: Experiment, choice: DeviceChoice) -> None:
    """Refuse a run that does not fit on its GPU as that is now, or, where runs of this store train, at all.

    What waits for those has their memory when it starts; its worker looks again.

    Raises:
        RunError: too little memory.
    """
    gpu, needed = choice.gpu, device_need(experiment).total
    if gpu is None or fits(gpu, needed):
        return
    asked = [one for one in choice.allowed if experiment.training.device in ("auto", f"gpu:{one.index}")]
    later = any(needed <= one.memory_total for one in asked)
    if not (later and any(busy.device != "cpu" for busy in Looker().look().busy)):
        raise too_little(gpu, needed, ways_to_need_less(experiment, gpu.memory_free), choice.allowed)
