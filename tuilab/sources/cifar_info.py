"""What a data set published as CIFAR-10 is, told from its files."""

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from tuilab.sources.cifar_files import CifarFiles
from tuilab.sources.dataset_info import DatasetInfo
from tuilab.sources.progress import Progress

if TYPE_CHECKING:
    from tuilab.sources.dataset import Dataset


def cifar_info(files: CifarFiles, about: str) -> DatasetInfo:
    """Return the declaration of a data set of 32x32 photos, 10,000 of them to test on.

    Args:
        files: its files.
        about: what its images are, a plural noun phrase.
    """

    def loader() -> Callable[[Progress], "Dataset"]:
        from tuilab.sources.cifar import load_published

        return partial(load_published, files)

    return DatasetInfo(
        name=files.name,
        title=files.title,
        about=about,
        training=files.of_a_class * len(files.classes),
        test=10_000,
        classes=files.classes,
        shape=(32, 32, 3),
        files=files,
        loader=loader,
    )
