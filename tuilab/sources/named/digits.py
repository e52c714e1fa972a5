"""scikit-learn's handwritten digits: always there, and trained in seconds."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from tuilab.sources.dataset_info import DatasetInfo
from tuilab.sources.progress import Progress

if TYPE_CHECKING:
    from tuilab.sources.dataset import Dataset


def _loader() -> Callable[[Progress], "Dataset"]:
    from tuilab.sources.digits import load_digits

    return load_digits


INFO = DatasetInfo(
    name="digits",
    title="digits",
    about="small images of digits",
    training=1442,
    test=355,
    classes=tuple("0123456789"),
    shape=(8, 8, 1),
    files=None,
    loader=_loader,
    read_ahead=True,
)
