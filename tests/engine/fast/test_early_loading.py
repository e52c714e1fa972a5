"""TensorFlow loads while the images are read, and the two never import at the same time."""

import pickle
import subprocess
import sys
import tarfile
import threading
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tuilab.engine.fast.early_loading import EarlyLoading
from tuilab.errors import RunError

ALONE = Path(__file__).parents[2] / "support" / "read_beside_a_load.py"
BATCHES = [*(f"data_batch_{n}" for n in range(1, 6)), "test_batch"]


def an_npz(path: Path) -> Path:
    """Grey images of another size, sorted by label, in a packed file."""
    images, labels = np.zeros((20, 8, 8), np.uint8), np.repeat([0, 1], 10)
    np.savez_compressed(path, x_train=images, y_train=labels, x_test=images, y_test=labels)
    return path


def class_folders(path: Path) -> Path:
    for part in ("train", "test"):
        for label in ("cat", "dog"):
            (path / part / label).mkdir(parents=True)
            for n, kind in enumerate(("png", "jpg", "webp", "gif", "bmp", "tiff")):
                Image.new("RGB", (40, 30), (40 * n, 0, 0)).save(path / part / label / f"{n}.{kind}")
    return path


def cifar_batches(path: Path) -> Path:
    path.mkdir()
    for name in BATCHES:
        batch = {b"data": np.zeros((2, 3072), np.uint8), b"labels": [0, 1]}
        (path / name).write_bytes(pickle.dumps(batch, 2))
    return path


def cifar_archive(path: Path, batches: Path) -> Path:
    with tarfile.open(path, "w:gz") as tar:
        for name in BATCHES:
            tar.add(batches / name, f"cifar-10-batches-py/{name}")
    return path


def test_reading_images_imports_nothing_while_tensorflow_loads(tmp_path: Path) -> None:
    batches = cifar_batches(tmp_path / "cifar-10-batches-py")
    sources = [
        "digits",
        an_npz(tmp_path / "images.npz"),
        batches,
        cifar_archive(tmp_path / "c.tar.gz", batches),
    ]
    command = [sys.executable, "-P", str(ALONE), *map(str, sources), str(class_folders(tmp_path / "folders"))]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert (done.returncode, done.stdout.split()) == (0, []), done.stderr


def loading(monkeypatch: pytest.MonkeyPatch, load: Callable[[EarlyLoading], None]) -> EarlyLoading:
    """What a worker begins, with something else than TensorFlow in its thread."""
    monkeypatch.setattr(EarlyLoading, "_load", load)
    return EarlyLoading("digits")


def test_a_wait_ends_with_the_thread_and_a_stop_ends_it_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    go_on = threading.Event()

    def load(self: EarlyLoading) -> None:
        go_on.wait(60)

    slow = loading(monkeypatch, load)

    def stop() -> None:
        raise InterruptedError

    began = time.monotonic()
    with pytest.raises(InterruptedError):
        slow.wait(stop)
    assert time.monotonic() - began < 1
    go_on.set()
    slow.wait(lambda: None)


def test_a_tensorflow_that_does_not_load_is_a_sentence_with_a_way_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "keras", None)  # importing it is an ImportError
    with pytest.raises(RunError, match=r"^TensorFlow cannot be loaded: import of keras halted") as caught:
        EarlyLoading("digits").wait(lambda: None)
    assert "pip install" in caught.value.remedies[0]
