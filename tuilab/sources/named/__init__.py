"""The data sets that have a name, one file each: a file in this folder is a data set."""

from importlib import import_module
from pkgutil import iter_modules

from tuilab.sources.dataset_info import DatasetInfo, Published

COURSE = "cifar10"
"""The course's images: what presets train on, and what its numbers hold for."""

_DECLARED: list[DatasetInfo] = [
    import_module(f"{__name__}.{module.name}").INFO for module in iter_modules(__path__)
]
DATASETS = {info.name: info for info in sorted(_DECLARED, key=lambda info: info.name)}
"""All of them by name, in that order; a file or folder of such a name is given as ``./NAME``."""
DOWNLOADED: dict[str, Published] = {name: info.files for name, info in DATASETS.items() if info.files}
"""The files of those that are downloaded, by name."""


def title(source: str) -> str:
    """Return what people call a data set; a source without a name is called what it is given as."""
    return DATASETS[source].title if source in DATASETS else source
