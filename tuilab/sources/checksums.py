"""Is a file the one that was meant? Told by its checksums."""

import hashlib
from collections.abc import Mapping
from pathlib import Path

from tuilab.terminal import clean


def verified(path: Path, *, sha256: str | None = None, md5: str | None = None) -> bool:
    """Return whether ``path`` is a readable file with the given checksums.

    Args:
        path: the file; a missing or unreadable one gives False.
        sha256: expected SHA-256, lower-case hex.
        md5: expected MD5, lower-case hex. At least one of the two must be given.
    """
    return mismatch(path, checksums(sha256, md5)) is None


def checksums(sha256: str | None, md5: str | None) -> dict[str, str]:
    """Return the given ones by their names in hashlib; a ValueError if there is none."""
    sums = {name: sum_ for name, sum_ in (("sha256", sha256), ("md5", md5)) if sum_ is not None}
    if not sums:
        raise ValueError("a checksum is needed: without one nothing can be verified or resumed")
    return sums


def mismatch(path: Path, sums: Mapping[str, str]) -> str | None:
    """Return what is wrong with the file at ``path``, or None if every checksum is right."""
    for name, expected in sums.items():
        try:
            if path.exists() and not path.is_file():
                return "it is not a regular file"  # a pipe would be waited for, a device has no end
            with path.open("rb") as file:
                found = hashlib.file_digest(file, lambda n=name: hashlib.new(n, usedforsecurity=False))
        except OSError as error:
            return clean(error.strerror or str(error))
        if found.hexdigest() != expected:
            return f"its {name.upper()} is {found.hexdigest()}, but must be {expected}"
    return None
