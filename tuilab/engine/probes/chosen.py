"""From the names of an experiment's probes to the probes."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, assert_never

from tuilab.engine.probes import batch_statistics
from tuilab.engine.probes.step_probe import StepProbe
from tuilab.experiment.experiment import TrainingSpec
from tuilab.runs.journal.records import Note


def step_probes(
    training: TrainingSpec, network: Any, folder: Path, *, steps: int, report: Callable[[Note], None]
) -> list[StepProbe]:
    """Return the probes that an experiment names; one that finds nothing to record says so and is left out.

    Args:
        training: of the experiment.
        network: the whole network, built, its flags set.
        folder: where the run's probes record.
        steps: of an epoch.
        report: takes what a person should know.
    """
    found: list[StepProbe] = []
    for name in training.probes:
        match name:
            case "batch-statistics":
                if batch_statistics.trained_norms(network):
                    found.append(
                        batch_statistics.BatchStatistics(network, folder, steps=steps, report=report)
                    )
                else:
                    report(Note(text=f"{name} has nothing to record: no batch normalization is trained"))
            case _:
                assert_never(name)
    return found
