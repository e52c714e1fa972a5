"""Which of the GPUs a run computes on: the freest that it may see, or the one that was asked for."""

import os
import re
from collections.abc import Sequence
from dataclasses import dataclass

from tuilab.errors import UsageError, listed
from tuilab.machine.gpus import Gpu, describe, driver_report, freest, left_out
from tuilab.machine.visible_devices import NO_GPU, VISIBLE, read_restriction, visible_gpus


@dataclass(frozen=True)
class DeviceChoice:
    """What a run computes on.

    Attributes:
        gpu: the GPU; None: the CPU.
        visible: what the worker sets CUDA_VISIBLE_DEVICES to before it imports TensorFlow: a UUID, so
            that CUDA's own ordering cannot point at another GPU (its number, where the driver tells no
            UUID), or ``-1`` for the CPU.
        reason: one sentence without a full stop that says why.
        allowed: every GPU that it could have been.
    """

    gpu: Gpu | None
    visible: str | None
    reason: str
    allowed: tuple[Gpu, ...] = ()


def choose_device(device: str, gpus: Sequence[Gpu]) -> DeviceChoice:
    """Decide what a run computes on.

    A CUDA_VISIBLE_DEVICES that the user has set is obeyed: only the GPUs it names are candidates, and
    empty or ``-1`` means none. Its numbers are read in PCI bus order, as ``nvidia-smi`` counts; on a machine
    with unlike GPUs CUDA itself counts so only with ``CUDA_DEVICE_ORDER=PCI_BUS_ID``, so UUIDs are safer.

    Args:
        device: ``auto`` (the freest GPU, else the CPU), ``cpu``, or ``gpu:K`` with NVML's number K; of a
            GPU split by MIG, ``gpu:K`` takes the freest slice.
        gpus: what ``list_gpus`` returned.

    Raises:
        UsageError: ``device`` is none of these, or names a GPU that is not there or is hidden.
    """
    if device == "cpu":
        return DeviceChoice(None, NO_GPU, "the CPU was requested")
    candidates = visible_gpus(gpus)
    if device == "auto":
        return _automatic(candidates, gpus)
    wanted = re.fullmatch(r"gpu:([0-9]{1,4})", device)
    if wanted is None:
        raise UsageError(
            f"the device {device!r} is not allowed: it must be auto, cpu or gpu:K with a GPU's number, "
            "as in gpu:0"
        )
    index = int(wanted[1])
    matching = [gpu for gpu in candidates if gpu.index == index]
    if not matching:
        raise _refusal(index, candidates, gpus)
    gpu = freest(matching)
    return DeviceChoice(gpu, gpu.cuda_name, f"{describe(gpu)} was requested", candidates)


def _automatic(candidates: tuple[Gpu, ...], gpus: Sequence[Gpu]) -> DeviceChoice:
    if not candidates:
        return DeviceChoice(None, NO_GPU, f"the CPU, because {_why_none(gpus)}")
    gpu = freest(candidates)
    if len(candidates) > 1:
        why = f"has the most free memory of {len(candidates)} GPUs"
    elif len(gpus) > 1:
        why = f"is the only GPU that {VISIBLE} allows"
    else:
        why = "is this machine's only GPU"
    return DeviceChoice(gpu, gpu.cuda_name, f"{describe(gpu)} {why}", candidates)


def _refusal(index: int, candidates: Sequence[Gpu], gpus: Sequence[Gpu]) -> UsageError:
    if not gpus:
        return UsageError(
            f"gpu:{index} does not exist: the driver shows no NVIDIA GPU on this machine "
            f"({_why_none(gpus)}); use --device cpu or --device auto"
        )
    if not any(gpu.index == index for gpu in gpus):
        return UsageError(f"there is no GPU {index}; this machine has {_listed(gpus)}")
    allowed = _listed(candidates) if candidates else "no GPU"
    return UsageError(
        f"GPU {index} is hidden by {VISIBLE}={os.environ.get(VISIBLE, '')!r}, which allows {allowed}; "
        f"choose one of those, or unset {VISIBLE}"
    )


def _why_none(gpus: Sequence[Gpu]) -> str:
    if gpus:
        value = os.environ.get(VISIBLE, "")
        problem = read_restriction(value, gpus).problem
        return f"{VISIBLE}={value!r} hides every GPU{f': {problem}' if problem else ''}"
    report = driver_report()
    if report.problem:
        return report.problem
    if unusable := left_out():
        return "; ".join(f"GPU {index} cannot be used: {why}" for index, why in unusable)
    return f"the NVIDIA driver {report.version or ''} shows no GPU".replace("  ", " ")


def _listed(gpus: Sequence[Gpu]) -> str:
    return listed([describe(gpu) for gpu in gpus])
