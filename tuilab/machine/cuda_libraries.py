"""Which of the CUDA libraries that TensorFlow opens are on this machine; nothing is loaded to find out.

The names are what TensorFlow 2.21's ``DsoLoader::TryDlopenCUDALibraries`` opens, read from the wheel: all
seven, or TensorFlow skips every GPU. Its loader looks in LD_LIBRARY_PATH, then in the ``nvidia`` folder
beside the ``tensorflow`` package (its RUNPATH), then in the system's cache.
"""

import os
import re
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

REMEDY = "pip install 'tuilab[cuda]'"
DRIVER_REMEDY = (
    "libcuda.so.1 comes with the NVIDIA driver; in a container, start it with "
    "NVIDIA_DRIVER_CAPABILITIES=compute,utility"
)


@dataclass(frozen=True)
class CudaLibrary:
    """A library by its file name: what it is for, and where it was found (None: missing).

    ``required`` False: training on one GPU works without it.
    """

    file: str
    purpose: str
    required: bool
    path: Path | None


DRIVER_LIBRARY = "libcuda.so.1"
_LIBRARIES = (
    (DRIVER_LIBRARY, "the driver's own CUDA library", True),
    ("libcudart.so.12", "CUDA runtime", True),
    ("libcublas.so.12", "matrix products", True),
    ("libcublasLt.so.12", "matrix products", True),
    ("libcufft.so.11", "Fourier transforms", True),
    ("libcusolver.so.11", "linear solvers", True),
    ("libcusparse.so.12", "sparse matrices", True),
    ("libcudnn.so.9", "convolutions", True),
    ("libnvJitLink.so.12", "what cuSOLVER and cuSPARSE link against", True),
    ("libcupti.so.12", "profiling", False),
    ("libnccl.so.2", "several GPUs at once", False),
)


def cuda_libraries() -> tuple[CudaLibrary, ...]:
    """Return every library TensorFlow may open for a GPU, found or missing.

    Takes some tens of milliseconds (``ldconfig -p`` runs once); returns all as missing on systems without
    CUDA. Raises nothing.
    """
    folders = [*_library_path(), *_beside_tensorflow()]
    cache = _ldconfig()
    return tuple(
        CudaLibrary(file, purpose, required, _find(file, folders, cache))
        for file, purpose, required in _LIBRARIES
    )


def missing(libraries: Sequence[CudaLibrary]) -> tuple[CudaLibrary, ...]:
    """Return the required libraries that were not found."""
    return tuple(library for library in libraries if library.required and library.path is None)


def remedies(libraries: Sequence[CudaLibrary]) -> tuple[str, ...]:
    """Return what to do about ``missing(libraries)``, one line each; empty if nothing is missing."""
    names = {library.file for library in missing(libraries)}
    lines = [DRIVER_REMEDY] if DRIVER_LIBRARY in names else []
    if names - {DRIVER_LIBRARY}:
        lines.append(REMEDY)
    return tuple(lines)


def _find(file: str, folders: Sequence[Path], cache: Mapping[str, Path]) -> Path | None:
    for folder in folders:
        if os.access(folder / file, os.R_OK):
            return folder / file
    return cache.get(file)


def _library_path() -> list[Path]:
    return [Path(part) for part in os.environ.get("LD_LIBRARY_PATH", "").split(":") if part]


def _beside_tensorflow() -> list[Path]:
    """The folders of the nvidia-* wheels, where TensorFlow's RUNPATH points: ``nvidia/*/lib``."""
    for name in ("tensorflow", "tf-nightly"):
        try:
            root = Path(str(metadata.distribution(name).locate_file("nvidia")))
        except metadata.PackageNotFoundError:
            continue
        return sorted(root.glob("*/lib"))
    return []


def _ldconfig() -> dict[str, Path]:
    # Debian keeps /sbin out of a user's PATH.
    program = shutil.which("ldconfig", path=f"{os.environ.get('PATH', '')}:/sbin:/usr/sbin")
    if program is None:
        return {}
    try:
        output = subprocess.run(
            [program, "-p"], capture_output=True, stdin=subprocess.DEVNULL, timeout=10, check=True
        ).stdout
    except (OSError, subprocess.SubprocessError):
        # Another system's ldconfig, or a musl one, has no -p: its cache is then simply not known.
        return {}
    return parse_ldconfig(os.fsdecode(output))


def parse_ldconfig(listing: str) -> dict[str, Path]:
    """Return library name to path from ``ldconfig -p``; a name's first entry wins, as in the loader.

    The 32-bit entries, marked ``(libc6)`` alone, are left out.
    """
    found: dict[str, Path] = {}
    for name, flags, path in re.findall(r"^\s*(\S+) \(([^)]*)\) => (.+)$", listing, re.MULTILINE):
        if flags != "libc6":
            found.setdefault(name, Path(path))
    return found
