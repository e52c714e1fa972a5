"""Whether an error says that memory ran out: libraries call that by many names."""

import errno
import re

SMALLER = ("a smaller batch: --set training.batch_size=...", "or fewer images: --limit N")
"""What helps."""

_SAID = re.compile(
    r"out of memory|\bOOM\b|RESOURCE_EXHAUSTED|OUT_OF_MEMORY|ALLOC_FAILED|bad_alloc|cannot allocate memory"
    r"|(?:failed|unable|could not) to allocate|could not allocate|could not create a memory"
    r"|failed to map segment from shared object|dst tensor is not initialized"
    # oneDNN's status of that name, as TensorFlow's AbortedError passes it on
    r"|Operation received an exception:\s*Status: 1\b",
    re.IGNORECASE,
)


def says_out_of_memory(text: str) -> bool:
    """Return whether what a library printed or raised says so."""
    return _SAID.search(text) is not None


def is_out_of_memory(error: Exception) -> bool:
    """Return whether an error is of that kind, whatever its class."""
    if isinstance(error, MemoryError) or type(error).__name__ == "ResourceExhaustedError":
        return True
    if isinstance(error, OSError):
        return error.errno == errno.ENOMEM
    return says_out_of_memory(str(error))


def whose_memory(text: str) -> str:
    """Return whose memory ran out: ``the GPU's memory`` or ``the machine's memory``."""
    gpu = re.search(r"device:GPU|GPU_\d|CUDA_|CUBLAS|CUDNN|\bcuda", text, re.IGNORECASE)
    return "the GPU's memory" if gpu else "the machine's memory"
