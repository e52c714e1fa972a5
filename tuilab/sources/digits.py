"""scikit-learn's handwritten digits as a Dataset: real images with no network.

The numbers are read from the CSV file inside the installed scikit-learn package, not through
``sklearn.datasets.load_digits``: that import alone takes 1.5 s.
"""

import gzip
import zlib
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from PIL import Image

from tuilab.errors import MissingError
from tuilab.sources.dataset import Dataset
from tuilab.sources.pixels import fit, fit_all
from tuilab.sources.progress import Progress, silent
from tuilab.sources.splitting import fixed_order, stratified_fifth
from tuilab.terminal import clean

_COUNT, _SIDE, _HIGHEST = 1797, 8, 16
_SPLIT_SEED = 0
_REINSTALL = ("install scikit-learn again: pip install --force-reinstall scikit-learn",)


def load_digits(progress: Progress = silent) -> Dataset:
    """Return the 1,797 digits: 8x8 grey, values 0-16, made 0-255 and bilinearly 32x32 RGB.

    The split never changes: a fifth of each class (rounded down) is the test set, 1,442 + 355 images.

    Raises:
        MissingError: scikit-learn is not installed, or its file is missing or damaged.
    """
    path = _csv()
    try:
        with gzip.open(path, "rt", encoding="ascii") as lines:
            table = np.loadtxt(lines, delimiter=",")
    except (OSError, EOFError, ValueError, zlib.error) as e:
        reason = clean(str(e), limit=200)
        raise MissingError(f"the digits file {clean(str(path))} cannot be read ({reason})", _REINSTALL) from e
    grey, labels = table[:, :-1], table[:, -1].astype(np.int32)
    if table.shape != (_COUNT, _SIDE**2 + 1) or grey.min() < 0 or grey.max() > _HIGHEST:
        raise MissingError(
            f"the digits file {clean(str(path))} does not hold {_COUNT} images of 8x8 values 0-16", _REINSTALL
        )
    grey = np.rint(grey * (255 / _HIGHEST)).astype(np.uint8).reshape(-1, _SIDE, _SIDE)
    images = fit_all(list(grey), lambda one: fit(Image.fromarray(one)), what="digits", progress=progress)
    train, test = stratified_fifth(labels, _SPLIT_SEED)
    train, test = train[fixed_order(len(train))], test[fixed_order(len(test))]
    return Dataset(
        name="digits",
        source="scikit-learn, bundled",
        classes=tuple(str(digit) for digit in range(10)),
        train_images=images[train],
        train_labels=labels[train],
        test_images=images[test],
        test_labels=labels[test],
        published=True,
    )


def _csv() -> Path:
    spec = find_spec("sklearn")
    if spec is None or not spec.submodule_search_locations:
        raise MissingError("the digits need scikit-learn, which is not installed", _REINSTALL)
    return Path(spec.submodule_search_locations[0]) / "datasets" / "data" / "digits.csv.gz"
