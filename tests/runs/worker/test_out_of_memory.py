"""Out of memory is told from every other error, whatever a library calls it."""

import errno

import pytest

from tuilab.runs.worker.out_of_memory import is_out_of_memory, says_out_of_memory, whose_memory


@pytest.mark.parametrize(
    "text",
    [
        "OOM when allocating tensor with shape[1400,32,32,256] and type float",
        "Failed to allocate request for 1.2GiB (1288490188B) on device ordinal 0",
        "failed to allocate 8.00G from device: CUDA_ERROR_OUT_OF_MEMORY: out of memory",
        "Operation received an exception:Status: 1, message: could not create a memory object",
        "could not create a memory primitive",
        "CUDNN_STATUS_ALLOC_FAILED in external/local_xla/xla/stream_executor/cuda/cuda_dnn.cc",
        "CUBLAS_STATUS_ALLOC_FAILED",
        "terminate called after throwing an instance of 'std::bad_alloc'",
        "Unable to allocate 7.45 GiB for an array with shape (1000000000,) and data type float64",
        "libtensorflow_cc.so.2: failed to map segment from shared object",
        "Dst tensor is not initialized.",
        "RESOURCE_EXHAUSTED: Out of memory while trying to allocate 1234 bytes.",
    ],
)
def test_it_is_known_by_what_libraries_print(text: str) -> None:
    assert says_out_of_memory(text) and is_out_of_memory(RuntimeError(text))


@pytest.mark.parametrize(
    "error",
    [
        ValueError("a shape (3,) is not a shape (4,)"),
        RuntimeError("Operation received an exception:Status: 2, message: could not execute a primitive"),
        RuntimeError("the ROOM and the BOOM"),
        OSError(errno.ENOENT, "No such file"),
    ],
)
def test_other_errors_are_not_it(error: Exception) -> None:
    assert not is_out_of_memory(error)


def test_it_is_known_by_its_class_and_number() -> None:
    assert is_out_of_memory(MemoryError()) and is_out_of_memory(OSError(errno.ENOMEM, "x"))


def test_a_gpus_memory_is_told_from_the_machines() -> None:
    assert whose_memory("allocating on /device:GPU:0 by allocator GPU_0_bfc") == "the GPU's memory"
    assert whose_memory("allocating on /device:CPU:0 by allocator mklcpu") == "the machine's memory"
