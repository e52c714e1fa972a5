"""CIFAR-10, by Alex Krizhevsky: what the course trains on."""

from tuilab.sources.cifar_files import CifarFiles
from tuilab.sources.cifar_info import cifar_info

FILES = CifarFiles(
    name="cifar10",
    title="CIFAR-10",
    classes=("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"),
    of_a_class=5000,
    url="https://www.cs.toronto.edu/~kriz/cifar-10-python.tar.gz",
    size=170_498_071,
    sha256="6d958be074577803d12ecdefd02955f39262c83c16fe9348329d7fe0b5c001ce",
    python={
        "data_batch_1": "c99cafc152244af753f735de768cd75f",
        "data_batch_2": "d4bba439e000b95fd0a9bffe97cbabec",
        "data_batch_3": "54ebc095f3ab1f0389bbae665268c751",
        "data_batch_4": "634d18415352ddfa80567beed471001a",
        "data_batch_5": "482c414d41f54cd18b22e5b47cb7c3cb",
        "test_batch": "40351d587109b95175f43aff81a1287e",
        "batches.meta": "5ff9c542aee3614f3951f8cda6e48888",
    },
    binary=(*(f"data_batch_{number}.bin" for number in range(1, 6)), "test_batch.bin", "batches.meta.txt"),
    binary_sha256="c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd",
    folders=("cifar-10-batches-py", "cifar-10-batches-bin"),
    # Keras 3 leaves the archive without a suffix; Keras 2 and early Keras 3 left the others
    in_keras=(
        "cifar-10-batches-py-target_archive",
        "cifar-10-batches-py-target.tar.gz",
        "cifar-10-batches-py_archive",
        "cifar-10-batches-py.tar.gz",
        "cifar-10-batches-py-target",
        "cifar-10-batches-py",
        "cifar-10-batches-py_extracted",
    ),
)

INFO = cifar_info(FILES, about="photos of animals and vehicles")
