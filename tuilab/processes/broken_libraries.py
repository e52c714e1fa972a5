"""A library that is installed and cannot be loaded: one sentence instead of its traceback."""

from pathlib import Path
from types import TracebackType

from tuilab.errors import TuilabError
from tuilab.terminal import clean

_ORIGINAL = "Original error was:"
"""What NumPy writes before the reason, below a page of advice."""


def broken_library(error: ImportError | SyntaxError) -> TuilabError:
    """Return what an import raised, as a sentence that names the library."""
    name = _library(error)
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    original = next((line for line in lines if line.startswith(_ORIGINAL)), "")
    reason = original.removeprefix(_ORIGINAL).strip() or (lines[0] if lines else type(error).__name__)
    if isinstance(error, SyntaxError):
        reason = f"its file {error.filename} is damaged ({error.msg})"
    return TuilabError(
        f"{name} cannot be loaded, which tuilab needs: {clean(reason, limit=300)}",
        [
            f"pip install --force-reinstall {name}, in the environment of tuilab",
            "python -m pip check looks for versions that do not fit",
        ],
    )


def _library(error: ImportError | SyntaxError) -> str:
    """Return the name of the package whose import failed."""
    if isinstance(error, ImportError):
        name = error.name or _innermost(error.__traceback__)
    else:
        name = _package(Path(error.filename or ""))
    return clean(name.partition(".")[0] or "a library", limit=80)


def _package(file: Path) -> str:
    """Return the name of the outermost package that a file is part of, or the file's own."""
    place = file.with_suffix("")
    while (place.parent / "__init__.py").exists():
        place = place.parent
    return place.name


def _innermost(traceback: TracebackType | None) -> str:
    """Return the name of the last module in a traceback that is not Python's own import machinery."""
    found = ""
    while traceback is not None:
        module = str(traceback.tb_frame.f_globals.get("__name__", ""))
        if not module.startswith(("importlib", "_frozen_importlib")):
            found = module
        traceback = traceback.tb_next
    return found
