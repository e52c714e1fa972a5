"""Whether TensorFlow imports, found out in a process of its own: a crash there is an answer, not an end."""

import os
import signal
import subprocess
import sys
from dataclasses import dataclass

from tuilab.machine.environment import hide_keras_settings
from tuilab.processes.children import let_libraries_warn

TIMEOUT = 60.0
"""Seconds. A cold start from a network file system has been seen to take most of a minute."""

REINSTALL = "pip install --upgrade --force-reinstall tensorflow, in this environment"


@dataclass(frozen=True)
class ImportProblem:
    """Why TensorFlow did not import.

    Attributes:
        sentence: a clause; may hold text from outside.
        remedy: what to do next.
        certain: False if it only took too long.
    """

    sentence: str
    remedy: str
    certain: bool


def tensorflow_problem(timeout: float = TIMEOUT, module: str = "tensorflow") -> ImportProblem | None:
    """Import TensorFlow in a new Python and return what went wrong; None if it imports.

    Args:
        timeout: seconds, after which the process is killed.
        module: what to import (tests name something smaller).
    """
    # -P: a file called tensorflow.py in the current folder is not the one asked about.
    command = [sys.executable, "-P", "-c", f"import {module}"]
    environment = dict(os.environ) | {"TF_CPP_MIN_LOG_LEVEL": "3"}
    hide_keras_settings(environment)  # as training does
    let_libraries_warn(environment)
    try:
        result = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            env=environment,
            timeout=timeout,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return ImportProblem(
            f"not finished after {timeout:g} s",
            "a slow disk or a busy machine can cause this; try again, or skip this with --quick",
            certain=False,
        )
    except OSError as error:
        sentence = f"Python could not be started as {sys.executable!r}: {error.strerror or error}"
        return ImportProblem(sentence, "install tuilab in a fresh virtual environment", certain=True)
    if result.returncode == 0:
        return None
    if result.returncode == -signal.SIGILL:
        return ImportProblem(
            "TensorFlow uses an instruction that this CPU does not have (its wheels need AVX)",
            "use a machine whose CPU has AVX, or a TensorFlow built for this one",
            certain=True,
        )
    if result.returncode < 0:
        sentence = f"killed by {signal.Signals(-result.returncode).name}"
    else:
        lines = result.stderr.decode("utf-8", "replace").strip().splitlines()
        sentence = lines[-1] if lines else f"Python exited with status {result.returncode}"
    return ImportProblem(sentence, REINSTALL, certain=True)
