"""Files that the app writes for a person: tables, plots, comparisons."""

from pathlib import Path

from tuilab.errors import RunError
from tuilab.files import paths
from tuilab.files.atomic import write_whole
from tuilab.files.private import make_private
from tuilab.terminal import clean


def export(name: str, text: str) -> Path:
    """Write ``exports/NAME`` (mode 0600); one that is there is replaced.

    Raises:
        RunError: it cannot be written; the sentence says where and why.
    """
    folder = paths.home() / "exports"
    path = folder / name
    try:
        make_private(folder)
        write_whole(path, text)
    except OSError as error:
        why = clean(error.strerror or str(error))
        raise RunError(f"{clean(str(path))} cannot be written: {why}") from error
    return path
