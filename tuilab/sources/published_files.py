"""A data set published as single files: which they are, and whether a copy is whole."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tuilab.errors import MissingError
from tuilab.files import paths
from tuilab.sources.progress import Progress, silent
from tuilab.terminal import clean


@dataclass(frozen=True)
class PublishedFile:
    """One file.

    Attributes:
        name: as it is called where it is published, and here.
        size: its bytes.
        sha256: its SHA-256, lower-case hex; None if only the MD5 is published.
        md5: its MD5. One of the two at least.
    """

    name: str
    size: int
    sha256: str | None = None
    md5: str | None = None


@dataclass(frozen=True)
class PublishedFiles:
    """The files of a data set.

    Attributes:
        name: what ``--data`` calls the data set.
        title: what people call it.
        url: the folder they are downloaded from, with a slash at its end.
        files: one or more.
        folder: the folder in Keras's cache, and in tuilab's downloads, that they lie in; empty: in none of
            their own.
    """

    name: str
    title: str
    url: str
    files: tuple[PublishedFile, ...]
    folder: str = ""

    @property
    def size(self) -> int:
        """Bytes of the download."""
        return sum(file.size for file in self.files)

    @property
    def remedies(self) -> tuple[str, ...]:
        """What helps where it cannot be had."""
        names = ", ".join(file.name for file in self.files)
        return (
            f"copy {names} to {clean(str(self._in_keras))}",
            f"download it with network access: tuilab fetch {self.name}",
            "use the bundled images: --data digits",
        )

    def location(self, progress: Progress = silent) -> Path | None:
        """Return the first whole copy on this machine, verified: the file, or the folder of several.

        A folder in which a file is missing is no copy: a download that was interrupted leaves one.

        Returns:
            None if there is no copy at all.

        Raises:
            MissingError: there are copies and none is whole; the sentence says what each one lacks.
        """
        wrong: list[str] = []
        for folder in (self._own, self._in_keras):
            if not all((folder / file.name).exists() for file in self.files):
                continue
            problems = list(self._problems(folder))
            if not problems:
                return self._copy(folder)
            wrong += problems
        if not wrong:
            return None
        copy, _, digits = self.remedies
        again = f"remove what cannot be used and download {self.title} again: tuilab fetch {self.name}"
        raise MissingError(f"the copy of {self.title} at {'; '.join(wrong)}", (again, copy, digits))

    def fetch(self, progress: Progress = silent) -> Path:
        """Return a verified copy: the one that is here, else the published files, downloaded.

        Raises:
            MissingError: what is here is not whole (it is never downloaded beside), or the download failed.
        """
        path = self.location(progress)
        if path is not None:
            return path
        from tuilab.sources.downloads import fetch

        for file in self.files:
            what = f"{self.title} ({file.name})" if len(self.files) > 1 else self.title
            fetch(
                self.url + file.name,
                self._own / file.name,
                sha256=file.sha256,
                md5=file.md5,
                what=what,
                progress=progress,
                remedies=self.remedies,
            )
        return self._copy(self._own)

    @property
    def _own(self) -> Path:
        return paths.downloads() / self.folder

    @property
    def _in_keras(self) -> Path:
        return paths.keras_cache() / "datasets" / self.folder

    def _copy(self, folder: Path) -> Path:
        first, *others = self.files
        return folder if others else folder / first.name

    def _problems(self, folder: Path) -> Iterator[str]:
        # loads OpenSSL, which a command that only names data sets does not need
        from tuilab.sources.checksums import checksums, mismatch

        for file in self.files:
            path = folder / file.name
            if path.is_file() and path.stat().st_size != file.size:  # not even hashed
                problem: str | None = f"it has {path.stat().st_size:,} of {file.size:,} bytes"
            else:
                problem = mismatch(path, checksums(file.sha256, file.md5))
            if problem is not None:
                yield f"{clean(str(path))} cannot be used: {problem}"
