"""Fashion-MNIST, by Zalando Research: clothes in the form of MNIST."""

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from tuilab.sources.dataset_info import DatasetInfo
from tuilab.sources.progress import Progress
from tuilab.sources.published_files import PublishedFile, PublishedFiles

if TYPE_CHECKING:
    from tuilab.sources.dataset import Dataset


def _loader() -> Callable[[Progress], "Dataset"]:
    from tuilab.sources.grey import load_idx

    return partial(load_idx, INFO)


INFO = DatasetInfo(
    name="fashion-mnist",
    title="Fashion-MNIST",
    about="grey pictures of clothes",
    training=60_000,
    test=10_000,
    classes=(
        *("T-shirt/top", "Trouser", "Pullover", "Dress", "Coat"),
        *("Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot"),
    ),
    shape=(28, 28, 1),
    files=PublishedFiles(
        name="fashion-mnist",
        title="Fashion-MNIST",
        url="https://storage.googleapis.com/tensorflow/tf-keras-datasets/",
        # Keras checks none of them; these are the publisher's own MD5, as torchvision has them
        files=(
            PublishedFile("train-images-idx3-ubyte.gz", 26_421_880, md5="8d4fb7e6c68d591d4c3dfef9ec88bf0d"),
            PublishedFile("train-labels-idx1-ubyte.gz", 29_515, md5="25c81989df183df01b3e8a0aad5dffbe"),
            PublishedFile("t10k-images-idx3-ubyte.gz", 4_422_102, md5="bef4ecab320f06d8554ea6380940ec79"),
            PublishedFile("t10k-labels-idx1-ubyte.gz", 5148, md5="bb300cfdad3c16e7a12a480ee83cd310"),
        ),
        folder="fashion-mnist",
    ),
    loader=_loader,
)
