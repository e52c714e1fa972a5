"""TensorFlow, loaded in a thread of its own while the images are read, which takes seconds both ways.

Two threads that import at once can meet: loading TensorFlow imports ``ml_dtypes``, which adds to a
dictionary of NumPy's that importing ``numpy.ma`` walks ("dictionary changed size during iteration"). So
whatever reading images imports is imported before the thread begins; from then until ``wait`` returns
only the thread imports. Weights are read after ``wait``: some of their readers import libraries that
TensorFlow loads too.
"""

import os
from collections.abc import Callable
from importlib import import_module
from threading import Thread

from PIL import Image

from tuilab.errors import RunError
from tuilab.machine.importing import REINSTALL
from tuilab.sources.named import DATASETS
from tuilab.terminal import clean

BEFORE = (
    "ml_dtypes",  # adds to NumPy's dictionary of types
    "numpy.ma",  # numpy.unique
    "numpy.random",  # the fixed order of images
    "encodings.ascii",  # the digits' file
    "encodings.cp437",  # zip files, and an .npz is one
    "PIL.ImageFile",
)
"""What reading images imports where it is used, and what TensorFlow would change meanwhile."""


class EarlyLoading:
    """TensorFlow and Keras on their way; ``devices.reserve`` has set what they read as they load."""

    def __init__(self, source: str | None) -> None:
        """Begin.

        Args:
            source: the experiment's images, which will be read meanwhile; None: not known yet.
        """
        for name in BEFORE:
            import_module(name)
        for info in DATASETS.values():
            if source in (None, info.name):
                info.loader()
        folder = source not in DATASETS and source is not None and os.path.isdir(source)  # noqa: PTH112 - false for a text that can be no path
        if source is None or folder:
            Image.init()  # class folders: a reader for each kind of picture
        self._error: Exception | None = None
        self._thread = Thread(target=self._load, name="TensorFlow", daemon=True)
        self._thread.start()

    def _load(self) -> None:
        try:
            import keras  # noqa: F401 - its import is the work
        except Exception as error:  # noqa: BLE001 - handed on to whoever waits
            self._error = error

    def join(self) -> None:
        """Return once nothing is being loaded any more."""
        self._thread.join()

    def wait(self, pause: Callable[[], None]) -> None:
        """Return once they are loaded.

        Args:
            pause: called now and then; what it raises ends the wait.

        Raises:
            RunError: they cannot be loaded.
        """
        while self._thread.is_alive():
            pause()
            self._thread.join(0.1)
        if self._error is not None:
            first = (str(self._error).strip().splitlines() or [type(self._error).__name__])[0]
            raise RunError(
                f"TensorFlow cannot be loaded: {clean(first, limit=300)}",
                [REINSTALL, "tuilab doctor checks what is installed"],
            ) from self._error
