"""How long an epoch and the whole run will take and how much memory it needs, told before anything starts.

Always an estimate: operations are counted, and turned into seconds by what runs took on this machine.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite
from statistics import median
from typing import Literal

from tuilab.advice.image_counts import EarlierRun, classes_of, images_of
from tuilab.advice.machine import Machine, this_machine
from tuilab.advice.speed import Speed, Timed, fit, guess
from tuilab.experiment.device_memory import device_need
from tuilab.experiment.experiment import Experiment
from tuilab.experiment.workload import Images, Workload, workload
from tuilab.machine.finding import gib
from tuilab.machine.gpu_memory import fits
from tuilab.machine.gpus import Gpu
from tuilab.runs.summary import Summary

Basis = Literal["measured", "rate", "guess", "unknown"]

MOST_RUNS = 30
"""Runs that are looked at, the latest first: a machine changes."""
START_SECONDS = 8.0
"""Guess for all that is neither epoch nor frozen part, where no run was measured: loading TensorFlow and the
images, compiling, testing (seven to ten seconds with digits on two cores)."""


@dataclass(frozen=True)
class Estimate:
    """What a run will need, before it starts.

    Attributes:
        seconds_per_epoch: None if the number of images is not known yet; 0 if there are no epochs.
        seconds: of the whole run, its start and its test included; None if that of an epoch is not known.
        once_seconds: for the frozen part, before the first epoch; 0 if it is not computed apart.
        basis: ``measured``: runs of the same network, batch and images took that long here. ``rate``:
            from the speed of other runs here. ``guess``: no run was measured here. ``unknown``: no seconds.
        runs: how many runs it stands on.
        sentence: all of it in words, marked as an estimate.
        activation_bytes: kept for the backward pass of one batch.
        parameter_bytes: the weights.
        gradient_bytes: their gradients.
        optimizer_bytes: what the optimizer remembers.
        feature_bytes: the frozen part's output for all images, in main memory; 0 if it is not kept.
        gpu_memory: what it needs of the GPU's memory and how much is free, a clause; empty: the CPU trains,
            or the GPU is not known.
        too_little: whether less is free than it needs.
    """

    seconds_per_epoch: float | None
    seconds: float | None
    once_seconds: float
    basis: Basis
    runs: int
    sentence: str
    activation_bytes: int
    parameter_bytes: int
    gradient_bytes: int
    optimizer_bytes: int
    feature_bytes: int
    gpu_memory: str = ""
    too_little: bool = False

    @property
    def step_bytes(self) -> int:
        """What a training step holds: all of these but the frozen part's output."""
        return self.activation_bytes + self.parameter_bytes + self.gradient_bytes + self.optimizer_bytes


@dataclass(frozen=True)
class _Measured:
    """A past run's work and what an epoch of it took."""

    run: EarlierRun
    work: Workload
    seconds: float


def estimate(
    experiment: Experiment,
    past: Sequence[EarlierRun] = (),
    *,
    images: Images | None = None,
    classes: int | None = None,
    device: str | None = None,
    machine: Machine | None = None,
) -> Estimate:
    """Estimate time and memory.

    Args:
        experiment: what would be trained.
        past: all runs that are known, oldest first; those of other machines and devices are left out.
        images: how many; None: from the source's name, its limit and the past.
        classes: units of the last layer; None: from the source's name and the past.
        device: ``cpu`` or ``gpu:K``; None: what the experiment asks for, and for ``auto`` the machine's
            freest GPU, or, where it shows none, where the latest run trained.
        machine: where it would be trained; None: this one, as it is now.
    """
    images = images or images_of(experiment, past)
    classes = classes or classes_of(experiment.data.source, past)
    machine = machine or this_machine()
    work = workload(experiment, images or Images(1, 0), classes=classes, memory=machine.memory)
    gpu = machine.gpu(device or experiment.training.device)
    memory = _gpu_memory(experiment, gpu, classes) if gpu else ("", False)
    if images is None:
        sentence = "the time per epoch is not known until the images have been read"
        return _estimate_of(work, None, None, 0.0, "unknown", 0, sentence, memory)
    device = device or (f"gpu:{gpu.index}" if gpu else _device(experiment, past, machine))
    measured = _measured(experiment, past, device, machine)
    times = [Timed(one.work.epoch_flops, one.work.epoch_steps, one.seconds) for one in measured]
    speed = fit(times, guess(device, machine.cores, gpu, experiment.training.precision))
    once = speed.seconds(work.once_flops, work.once_steps)
    same = [one for one in measured if _alike(one, work, experiment)]
    if same:
        seconds, basis = median(one.seconds for one in same), "measured"
        why = f"estimate from {_runs(len(same))} like it on this machine"
    elif measured:
        seconds, basis = speed.seconds(work.epoch_flops, work.epoch_steps), "rate"
        why = f"estimate from {_runs(len(measured))} on this machine"
    else:
        seconds, basis = speed.seconds(work.epoch_flops, work.epoch_steps), "guess"
        why = "a guess; nothing measured on this machine yet"
    whole = _start_seconds(same or measured, speed) + once + experiment.training.epochs * seconds
    of_it = f", {in_words(once)} of it for the frozen part" if work.once_flops else ""
    if not experiment.training.epochs:
        seconds = 0.0
    each = f"{in_words(seconds)} per epoch, " if seconds else ""
    sentence = f"about {each}{in_words(whole)} in all{of_it} ({why})"
    if memory[1]:
        sentence += f"; too little memory is free: it {memory[0]}"
    return _estimate_of(work, seconds, whole, once, basis, len(same or measured), sentence, memory)


def _gpu_memory(experiment: Experiment, gpu: Gpu, classes: int) -> tuple[str, bool]:
    """Return what a training needs of a GPU's memory, and whether less is free."""
    needed, name = device_need(experiment, classes).total, f"GPU {gpu.index}"
    if not gpu.memory_total:
        return f"needs {gib(needed)} of {name}", False
    return f"needs {gib(needed)} of {gib(gpu.memory_free)} free on {name}", not fits(gpu, needed)


def _start_seconds(measured: Sequence[_Measured], speed: Speed) -> float:
    """Return what runs took besides their epochs and their frozen part: the median of those done in one go.

    The first epoch's share of it is what that took longer than the others: TensorFlow compiles in it.
    """
    found = []
    for one in measured:
        summary = one.run.summary
        in_one_go = summary.state == "done" and summary.resumed is None and summary.manifest.forked_at is None
        if in_one_go and summary.seconds > 0:
            once = speed.seconds(one.work.once_flops, one.work.once_steps)
            found.append(max(summary.seconds - one.seconds * len(summary.epochs) - once, 0.0))
    return median(found) if found else START_SECONDS


def in_words(seconds: float) -> str:
    """Return a rough time: ``0.4 s``, ``12 s``, ``2.5 min``, ``40 min``, ``2.5 h``."""
    if seconds < 0.1:
        return "0.1 s"
    if seconds < 9.95:
        return f"{seconds:.1f} s"
    if seconds < 99.5:
        return f"{seconds:.0f} s"
    if seconds < 9.95 * 60:
        return f"{seconds / 60:.1f} min"
    if seconds < 99.5 * 60:
        return f"{seconds / 60:.0f} min"
    return f"{seconds / 3600:,.1f} h"


def in_bytes(size: float) -> str:
    """Return a number of bytes with three digits and a unit: ``34.1 MB``."""
    for unit in ("B", "kB", "MB", "GB", "TB"):
        if size < 999.5 or unit == "TB":
            return f"{size:.0f} {unit}" if unit == "B" or size >= 99.95 else f"{size:.3g} {unit}"
        size /= 1000
    raise AssertionError("the loop returns")


def _estimate_of(
    work: Workload,
    per_epoch: float | None,
    whole: float | None,
    once: float,
    basis: Basis,
    runs: int,
    sentence: str,
    memory: tuple[str, bool],
) -> Estimate:
    return Estimate(
        seconds_per_epoch=per_epoch,
        seconds=whole,
        once_seconds=once,
        basis=basis,
        runs=runs,
        sentence=sentence,
        activation_bytes=work.activation_bytes,
        parameter_bytes=work.parameter_bytes,
        gradient_bytes=work.gradient_bytes,
        optimizer_bytes=work.optimizer_bytes,
        feature_bytes=work.feature_bytes if per_epoch is not None else 0,
        gpu_memory=memory[0],
        too_little=memory[1],
    )


def _runs(count: int) -> str:
    return "1 run" if count == 1 else f"{count} runs"


def _device(experiment: Experiment, past: Sequence[EarlierRun], machine: Machine) -> str:
    """Return the device that was asked for, or where the latest run on this host trained."""
    if experiment.training.device != "auto":
        return experiment.training.device
    here = (run.summary.device for run in reversed(past) if _ran_on(machine, run))
    latest = next((device for device in here if device is not None), None)
    return latest.device if latest else "cpu"


def _ran_on(machine: Machine, run: EarlierRun) -> bool:
    started = run.summary.started
    return started is not None and started.host == machine.host


def _measured(
    experiment: Experiment, past: Sequence[EarlierRun], device: str, machine: Machine
) -> list[_Measured]:
    """Return the latest runs on this host and device in this precision; of its kind where there are any."""
    found: list[EarlierRun] = []
    name: str | None = None
    for run in reversed(past):
        place = run.summary.device
        if place is None or not _ran_on(machine, run):
            continue
        if run.summary.dataset is None or not run.summary.epochs:
            continue
        if run.summary.manifest.shares is not None:
            continue  # its epochs were another run's work
        if name is None and place.device == device:
            name = place.name
        same_place = place.name == name and place.device.partition(":")[0] == device.partition(":")[0]
        if same_place and run.experiment.training.precision == experiment.training.precision:
            found.append(run)
    kind = [run for run in found if run.experiment.model.kind == experiment.model.kind]
    measured = [_count(run, machine.memory) for run in (kind or found)[:MOST_RUNS]]
    return [one for one in measured if one is not None]


def _count(run: EarlierRun, memory: float) -> _Measured | None:
    dataset, seconds = run.summary.dataset, epoch_seconds(run.summary)
    if dataset is None or seconds is None:
        return None
    images = Images(dataset.training_images, dataset.validation_images)
    work = workload(run.experiment, images, classes=len(dataset.classes), memory=memory)
    return _Measured(run, work, seconds)


def epoch_seconds(summary: Summary) -> float | None:
    """Return what an epoch took: the median, without the first, in which TensorFlow also compiles."""
    epochs = summary.epochs
    times = [e.seconds for e in (epochs[1:] or epochs) if isfinite(e.seconds) and e.seconds > 0]
    return median(times) if times else None


def _alike(one: _Measured, work: Workload, experiment: Experiment) -> bool:
    """Whether a run had the same work to do, batch for batch."""
    return (
        one.work.epoch_flops == work.epoch_flops
        and one.work.epoch_steps == work.epoch_steps
        and one.work.parameter_bytes == work.parameter_bytes
        and one.run.experiment.optimizer.kind == experiment.optimizer.kind
    )
