"""What a data set with a name is, declared once: whoever shows, lists, fetches or reads one asks this.

No NumPy here: the command line and the app ask before anything is read.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from tuilab.files import paths
from tuilab.sources.progress import Progress, silent

if TYPE_CHECKING:
    from tuilab.sources.dataset import Dataset


class Published(Protocol):
    """The files of a data set as they were published, verified wherever they lie."""

    @property
    def size(self) -> int:
        """Bytes of the download."""
        ...

    @property
    def remedies(self) -> tuple[str, ...]:
        """What helps where the files cannot be had."""
        ...

    def location(self, progress: Progress = silent) -> Path | None:
        """Return the first whole copy on this machine, verified; None: there is no copy at all.

        Looked for in tuilab's downloads, then in Keras's cache. A copy that is not whole stands in nobody's
        way.

        Raises:
            MissingError: there are copies and none is whole; the sentence says what each one lacks.
        """
        ...

    def fetch(self, progress: Progress = silent) -> Path:
        """Return a verified copy: the one that is here, else one that is downloaded now.

        Raises:
            MissingError: what is here is not whole (it is never downloaded beside), or the download failed.
        """
        ...


@dataclass(frozen=True)
class DatasetInfo:
    """A data set by name.

    Attributes:
        name: what ``--data`` and ``tuilab fetch`` call it: lowercase letters, digits and hyphens.
        title: what people call it, e.g. ``CIFAR-10``.
        about: what its images are, a plural noun phrase.
        training: how many images train.
        test: how many test.
        classes: class names in the order of the labels.
        shape: height, width and channels of an image as published; a run sees 32x32 RGB.
        files: what is downloaded, and where Keras keeps it; None: it is part of an installed package.
        loader: imports what reads it, and returns the reader.
        chance_order: whether the published order is a matter of chance, so that the first images and the last
            fifth hold all classes. It is kept; any other is shuffled.
        read_ahead: whether a worker reads it before it is given a run, because it is always there and small.
    """

    name: str
    title: str
    about: str
    training: int
    test: int
    classes: tuple[str, ...]
    shape: tuple[int, int, int]
    files: Published | None
    loader: Callable[[], Callable[[Progress], "Dataset"]]
    chance_order: bool = True
    read_ahead: bool = False

    @property
    def images(self) -> int:
        """How many images there are in all."""
        return self.training + self.test

    @property
    def download(self) -> str:
        """The size of the download in words, ``163 MiB``; empty if there is none."""
        return "" if self.files is None else f"{round(self.files.size / 2**20):,} MiB"


def found_in(path: Path) -> str:
    """Return in words where a published copy was found."""
    return "tuilab's download" if path.is_relative_to(paths.downloads()) else "Keras's cache"
