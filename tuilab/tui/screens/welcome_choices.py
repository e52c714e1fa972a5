"""What the first start offers: images to start with or to download, and paths to give."""

from pathlib import Path

from tuilab.bases.named import BASES, COURSE_BASE
from tuilab.errors import TuilabError
from tuilab.sources.dataset_info import DatasetInfo
from tuilab.sources.named import COURSE, DOWNLOADED
from tuilab.sources.published_files import PublishedFiles
from tuilab.terminal import clean
from tuilab.tui.screens.welcome_facts import DATA_SETS, Fact

TITLES = {one.name: one.title for one in (*DATA_SETS, *BASES.values())}


def choice_of(info: DatasetInfo, fact: Fact | None) -> tuple[str, tuple[str, str]] | None:
    """Return what can be done with a data set: an id, what it is, and why; None before that is known."""
    if info.files is None:
        return info.name, (f"Start with {info.title}", "training takes seconds to a minute")
    if fact is None:
        return None
    what = "the course's images" if info.name == COURSE else f"{info.images:,} {info.about}"
    if fact.state == "there":
        return info.name, (f"Start with {info.title}", f"{what}; a GPU helps")
    return f"fetch-{info.name}", (f"Download {info.title}", f"{info.download}, {what}")


def check_path(asked: str, typed: str) -> "str | TuilabError":
    """Return the path, absolute, or what is wrong with what was typed."""
    from tuilab.sources.base_weights import check_weights
    from tuilab.sources.datasets import check_source

    try:
        path = str(Path(typed).expanduser().absolute()) if typed else typed
        if asked == "images":
            check_source(path)
        else:
            check_weights(BASES[COURSE_BASE], path)
    except TuilabError as error:
        return error
    except (RuntimeError, ValueError) as error:  # ~somebody who is not there, a path with a null
        return TuilabError(f"'{clean(typed, limit=80)}' is not a path: {clean(str(error), limit=120)}")
    return path


def remedies_here(asset: str, error: TuilabError) -> list[str]:
    """What helps after a download that failed, in terms of this screen."""
    from tuilab.sources.base_weights import remedies

    # what names commands and options is for the command line
    general = {*remedies(BASES[asset])} if asset in BASES else set[str]()
    own = [
        f"· {remedy}"
        for remedy in error.remedies
        if remedy not in general and "--data" not in remedy and "tuilab fetch" not in remedy
    ]
    by_path = not isinstance(DOWNLOADED.get(asset), PublishedFiles)
    return [*own, "· give the path of a copy, or start with digits" if by_path else "· or start with digits"]
