"""MNIST, by Yann LeCun and Corinna Cortes, in the file that Keras keeps."""

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from tuilab.sources.dataset_info import DatasetInfo
from tuilab.sources.progress import Progress
from tuilab.sources.published_files import PublishedFile, PublishedFiles

if TYPE_CHECKING:
    from tuilab.sources.dataset import Dataset


def _loader() -> Callable[[Progress], "Dataset"]:
    from tuilab.sources.grey import load_npz

    return partial(load_npz, INFO)


INFO = DatasetInfo(
    name="mnist",
    title="MNIST",
    about="handwritten digits",
    training=60_000,
    test=10_000,
    classes=tuple("0123456789"),
    shape=(28, 28, 1),
    files=PublishedFiles(
        name="mnist",
        title="MNIST",
        url="https://storage.googleapis.com/tensorflow/tf-keras-datasets/",
        files=(
            PublishedFile(
                "mnist.npz",
                11_490_434,
                sha256="731c5ac602752760c8e48fbffcf8c3b850d9dc2a2aedcf2cc48468fc17b673d1",
            ),
        ),
    ),
    loader=_loader,
)
