"""The files of CIFAR-10 and of data sets published like it: which they are, and whether a copy is whole.

An archive is read as a stream and never unpacked to disk, so a copy is an archive or a folder of batches.
What is larger than the published archive is not even hashed.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from tuilab.errors import MissingError
from tuilab.files import paths
from tuilab.sources.progress import Progress, silent
from tuilab.terminal import clean

_BLOCK = 2**24


@dataclass(frozen=True)
class CifarFiles:
    """A data set published as an archive of batches.

    Attributes:
        name: what ``--data`` calls the data set.
        title: what people call it.
        classes: its class names in the order of the labels, for a copy that does not name them.
        of_a_class: training images of each class.
        url: the archive of the python version.
        size: its bytes.
        sha256: its SHA-256.
        python: the files in it, each with its MD5: training batches, the test batch, the class names.
        folders: names of the folder that the files lie in, python first.
        in_keras: names of the archive and of its folder in Keras's cache, the usual ones first.
        binary: the files of the binary version, in the same order; empty: that version is not read.
        binary_sha256: SHA-256 of the binary version's archive.
        labels: the key of the labels in a batch.
        label_names: the key of the class names.
    """

    name: str
    title: str
    classes: tuple[str, ...]
    of_a_class: int
    url: str
    size: int
    sha256: str
    python: Mapping[str, str]
    folders: tuple[str, ...]
    in_keras: tuple[str, ...]
    binary: tuple[str, ...] = ()
    binary_sha256: str = ""
    labels: str = "labels"
    label_names: str = "label_names"

    @property
    def remedies(self) -> tuple[str, ...]:
        """What helps where it cannot be had."""
        return (
            f"use a copy of {self.title} that is already on this machine: --data PATH",
            f"download it with network access: tuilab fetch {self.name}",
            "use the bundled images: --data digits",
        )

    @property
    def archives(self) -> tuple[str, ...]:
        """What the published archives are called."""
        python = self.url.rpartition("/")[2]
        return (python, python.replace("-python", "-binary")) if self.binary else (python,)

    @property
    def archive(self) -> Path:
        """Where tuilab's own download lies."""
        return paths.downloads() / self.archives[0]

    @property
    def python_batches(self) -> tuple[str, ...]:
        """The files of the python version that hold images."""
        return tuple(self.python)[:-1]

    @property
    def batches(self) -> tuple[str, ...]:
        """The files of both versions that hold images."""
        return (*self.python_batches, *self.binary[:-1])

    def batches_folder(self, path: Path) -> Path | None:
        """Return the folder that holds batches: ``path``, or the official folder inside it, or None.

        Names only; where both versions lie, the python one, because its files can be verified.
        """
        for folder in (path, *(path / name for name in self.folders)):
            # a file called "train" may lie anywhere; two such files, or a folder of the right name, are these
            needed = 1 if folder.name in self.folders else 2
            if sum((folder / name).is_file() for name in (*self.python, *self.binary)) >= needed:
                return folder
        return None

    def location(self, progress: Progress = silent) -> Path | None:
        """Return the first whole copy on this machine, verified; None: there is no copy at all.

        Raises:
            MissingError: there are copies and none is whole; the sentence says what each one lacks.
        """
        wrong: dict[Path, str] = {}
        for path in self._copies():
            problem = self._problem(path, progress)
            if not problem:
                return path
            wrong[path] = problem
        if not wrong:
            return None
        first, *others = (f"{clean(str(path))} cannot be used: {problem}" for path, problem in wrong.items())
        copy, _, digits = self.remedies
        again = f"remove what cannot be used and download {self.title} again: tuilab fetch {self.name}"
        raise MissingError(
            "; ".join([f"the copy of {self.title} at {first}", *others]), (again, copy, digits)
        )

    def fetch(self, progress: Progress = silent) -> Path:
        """Return a verified copy: the one that is here, else the official archive, downloaded.

        Raises:
            MissingError: what is here is not whole (it is never downloaded beside), or the download failed.
        """
        path = self.location(progress)
        if path is None:
            # The downloader is not needed for a copy that is already here.
            from tuilab.sources.downloads import fetch

            path = self.archive
            fetch(
                self.url, path, sha256=self.sha256, what=self.title, progress=progress, remedies=self.remedies
            )
        return path

    def verified(self, path: Path, progress: Progress) -> bool | None:
        """Return whether the checksums are the published ones; None if none are published."""
        folder = None if path.is_file() else self.batches_folder(path)
        try:
            if folder is None:
                return self._archive_verified(path, progress)
            if not any((folder / name).is_file() for name in self.python):
                return None
            return all(self._batch_verified(folder / name) for name in self.python)
        except OSError as e:
            raise self.unreadable(path, e) from e

    def unreadable(self, path: Path, error: Exception) -> MissingError:
        """Return the error of a copy that cannot be read."""
        return MissingError(
            f"{clean(str(path))} cannot be read ({clean(str(error), limit=200)})", self.remedies
        )

    def _copies(self) -> Iterator[Path]:
        if self.archive.is_file():
            yield self.archive
        for name in self.in_keras:
            path = paths.keras_cache() / "datasets" / name
            if path.is_file() or (path.is_dir() and self.batches_folder(path)):
                yield path

    def _problem(self, path: Path, progress: Progress) -> str:
        """Return why a copy is not the published one, as a clause; empty if it is."""
        try:
            if self.verified(path, progress):
                return ""
            folder = None if path.is_file() else self.batches_folder(path)
            if folder is None:
                size = path.stat().st_size
                if size < self.size:
                    return "it is empty" if not size else f"it ends after {size:,} of {self.size:,} bytes"
                return "its checksum is not the published one"
            absent = [name for name in self.python if not (folder / name).is_file()]
            if len(absent) == len(self.python):
                return "it is the binary version, and no checksums are published for its files"
            if absent:
                return f"{', '.join(absent)} {'is' if len(absent) == 1 else 'are'} missing"
            others = [name for name in self.python if not self._batch_verified(folder / name)]
            return f"{', '.join(others)}: not what was published (checksum differs)"
        except MissingError as error:  # it cannot be read
            return error.sentence
        except OSError as error:
            return clean(error.strerror or str(error))

    def _archive_verified(self, path: Path, progress: Progress) -> bool:
        import hashlib  # loads OpenSSL, which a command that only names data sets does not need

        size, done = path.stat().st_size, 0
        if size > self.size:
            return False  # the reader says so where it is too large
        with path.open("rb") as file:
            digest = hashlib.sha256()
            while block := file.read(_BLOCK):
                digest.update(block)
                done += len(block)
                progress("loading", f"checksum of {path.name}", done, size, "bytes")
        return digest.hexdigest() in {self.sha256, self.binary_sha256}

    def _batch_verified(self, path: Path) -> bool:
        import hashlib

        # A pipe would be waited for without end. What is missing or too large the reader says.
        if not path.is_file() or path.stat().st_size > self.size:
            return False
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, lambda: hashlib.md5(usedforsecurity=False))
        return digest.hexdigest() == self.python[path.name]
