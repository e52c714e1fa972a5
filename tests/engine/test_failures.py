"""What a library or the system raised is told by what it means."""

import errno

import pytest
import tensorflow as tf
from finished_runs import finished_run

from tuilab.engine.failures import failure


@pytest.mark.parametrize(
    ("error", "sentence", "remedy"),
    [
        (MemoryError(), "this experiment does not fit in the machine's memory", "training.batch_size"),
        (
            RuntimeError("can't start new thread"),
            "the system does not let this process start any more threads",
            "ulimit",
        ),
        (
            OSError(errno.EMFILE, "Too many open files", "/x"),
            "/x cannot be read or written: Too many",
            "ulimit -n",
        ),
        (
            OSError(errno.EROFS, "Read-only file system", "/x"),
            "/x cannot be read or written: Read-only",
            "HOME",
        ),
        (
            tf.errors.InternalError(None, None, "CUDNN_STATUS_EXECUTION_FAILED\nmore"),
            "the GPU could not compute this: InternalError: CUDNN_STATUS_EXECUTION_FAILED",
            "doctor",
        ),
        (
            tf.errors.InvalidArgumentError(None, None, "no kernel image is available for execution on GPU"),
            "the GPU could not compute this: InvalidArgumentError: no kernel image",
            "--device cpu",
        ),
        (
            tf.errors.UnknownError(None, None, "something"),
            "TensorFlow could not compute this: UnknownError: something",
            "worker.log",
        ),
        (
            tf.errors.InternalError(None, None, "failed to allocate on device:GPU:0"),
            "this experiment does not fit in the GPU's memory",
            "batch_size",
        ),
        (ValueError("odd"), "the worker hit an unexpected error: ValueError: odd", "worker.log"),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else "",
)
def test_an_error_is_told_by_what_it_means(error: Exception, sentence: str, remedy: str) -> None:
    told = failure(error, finished_run("bn"))
    assert told.sentence.startswith(sentence) and "more" not in told.sentence.removeprefix(sentence)
    assert remedy in "\n".join(told.remedies)


def test_what_a_library_says_is_clean() -> None:
    told = failure(ValueError("something \x1b[31mred\nand more"), finished_run("bn"))
    assert "\x1b" not in told.sentence and "and more" not in told.sentence
