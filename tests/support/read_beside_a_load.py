"""Reads images as a worker does while TensorFlow loads; prints what is imported meanwhile, a line a module.

Arguments: sources. TensorFlow itself is not loaded: its thread waits until the images are read, so that
whatever is imported was imported by the reading. It only loads what changes a dictionary of NumPy's.
"""

import sys
import threading
from typing import Any

from numpy._core.numerictypes import sctypeDict

# all that a worker has loaded before it reads
import tuilab.engine.worker  # noqa: F401
from tuilab.engine.fast.early_loading import EarlyLoading
from tuilab.sources.datasets import load_dataset


def main(sources: list[str]) -> None:
    """Read them, one after the other."""
    watched, imported = threading.Event(), []

    def hear(event: str, arguments: tuple[Any, ...]) -> None:
        if event == "import" and watched.is_set():
            imported.append(arguments[0])

    sys.addaudithook(hear)
    for source in sources:
        read = threading.Event()

        def load(self: EarlyLoading, read: threading.Event = read) -> None:
            before = len(sctypeDict)
            import ml_dtypes  # noqa: F401

            if len(sctypeDict) != before:
                imported.append("ml_dtypes-changed-a-dictionary")
            read.wait()

        EarlyLoading._load = load
        loading = EarlyLoading(source)
        watched.set()
        load_dataset(source, seed=1)
        watched.clear()
        read.set()
        loading.wait(lambda: None)
    print(*imported, sep="\n")


if __name__ == "__main__":
    main(sys.argv[1:])
