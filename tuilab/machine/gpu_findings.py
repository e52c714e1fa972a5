"""What doctor says of GPUs: the driver, each card, what hides some of them, CUDA's libraries."""

import os
from collections.abc import Sequence

from tuilab.errors import listed as listing
from tuilab.machine import cuda_libraries, gpus
from tuilab.machine.device_choice import choose_device
from tuilab.machine.finding import Finding, State, gib
from tuilab.machine.visible_devices import VISIBLE, read_restriction, visible_gpus


def gpu_findings() -> list[Finding]:
    """Return what there is to say about the driver, each GPU, and what a run would use."""
    group = "GPU"
    report = gpus.driver_report()
    if report.problem is not None:
        if not gpus.nvidia_hardware():
            detail = "no NVIDIA GPU in this machine: training uses the CPU"
            return [Finding(group, "NVIDIA driver", "not needed", detail)]
        remedy = "install NVIDIA's driver to train on the GPU; training on the CPU needs nothing"
        return [Finding(group, "NVIDIA driver", "missing", report.problem, remedy)]
    newest = f", runs CUDA up to {report.cuda}" if report.cuda else ""
    findings = [Finding(group, "NVIDIA driver", "ok", f"{report.version or 'version unknown'}{newest}")]
    listed = gpus.list_gpus()
    visible = visible_gpus(listed)
    for gpu in listed:
        state: State = "ok" if gpu in visible else "warn"
        hidden = "" if gpu in visible else "; hidden by CUDA_VISIBLE_DEVICES"
        findings.append(Finding(group, f"GPU {gpu.index}", state, f"{_gpu_detail(gpu)}{hidden}"))
    findings += [Finding(group, f"GPU {index}", "warn", why) for index, why in gpus.left_out()]
    if (restriction := os.environ.get(VISIBLE)) is not None:
        findings.append(_restriction(group, restriction, listed))
    choice = choose_device("auto", listed)
    findings.append(Finding(group, "a run would use", "ok" if choice.gpu else "warn", choice.reason))
    libraries = cuda_libraries.cuda_libraries()
    absent = cuda_libraries.missing(libraries)
    if absent:
        detail = f"TensorFlow skips every GPU without {', '.join(library.file for library in absent)}"
        remedy = "\n".join(cuda_libraries.remedies(libraries))
        return [*findings, Finding(group, "CUDA libraries", "missing", detail, remedy)]
    folders = dict.fromkeys(str(library.path.parent) for library in libraries if library.path)
    return [*findings, Finding(group, "CUDA libraries", "ok", f"all found, in {', '.join(folders)}")]


def _gpu_detail(gpu: gpus.Gpu) -> str:
    parts = [gpu.name]
    if gpu.memory_total:
        parts.append(f"{gib(gpu.memory_free)} of {gib(gpu.memory_total)} free")
    else:
        parts.append("memory not reported, so that none is found too little")
    if gpu.utilization is not None:
        parts.append(f"{gpu.utilization} % busy")
    if gpu.temperature is not None:
        parts.append(f"{gpu.temperature} °C")
    if gpu.compute_capability is not None:
        parts.append("compute capability {}.{}".format(*gpu.compute_capability))
    return ", ".join(parts)


def _restriction(group: str, value: str, listed: Sequence[gpus.Gpu]) -> Finding:
    """What the variable that hides GPUs means here."""
    read = read_restriction(value, listed)
    numbers = list(dict.fromkeys(gpu.index for gpu in read.gpus))
    shown = f"{value!r} leaves {_named(read.gpus, numbers) if read.gpus else 'no GPU'} visible"
    if not read.problem:
        return Finding(group, VISIBLE, "ok" if read.gpus else "warn", shown)
    return Finding(group, VISIBLE, "warn", f"{shown}: {read.problem}", f"unset {VISIBLE}, or correct it")


def _named(visible: Sequence[gpus.Gpu], numbers: Sequence[int]) -> str:
    """``GPU 0 and GPU 2``; of one that MIG splits, how many slices."""
    slices = {number: sum(gpu.index == number and bool(gpu.board) for gpu in visible) for number in numbers}
    return listing([f"{_counted(slices[n])} of GPU {n}" if slices[n] else f"GPU {n}" for n in numbers])


def _counted(slices: int) -> str:
    return "1 slice" if slices == 1 else f"{slices} slices"
