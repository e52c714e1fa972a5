"""CIFAR-100, by Alex Krizhevsky, with its 100 fine labels (not the 20 coarse ones)."""

from tuilab.sources.cifar_files import CifarFiles
from tuilab.sources.cifar_info import cifar_info

_CLASSES = """
    apple aquarium_fish baby bear beaver bed bee beetle bicycle bottle bowl boy bridge bus butterfly camel can
    castle caterpillar cattle chair chimpanzee clock cloud cockroach couch crab crocodile cup dinosaur dolphin
    elephant flatfish forest fox girl hamster house kangaroo keyboard lamp lawn_mower leopard lion lizard
    lobster man maple_tree motorcycle mountain mouse mushroom oak_tree orange orchid otter palm_tree pear
    pickup_truck pine_tree plain plate poppy porcupine possum rabbit raccoon ray road rocket rose sea seal
    shark shrew skunk skyscraper snail snake spider squirrel streetcar sunflower sweet_pepper table tank
    telephone television tiger tractor train trout tulip turtle wardrobe whale willow_tree wolf woman worm
"""

FILES = CifarFiles(
    name="cifar100",
    title="CIFAR-100",
    classes=tuple(_CLASSES.split()),
    of_a_class=500,
    url="https://www.cs.toronto.edu/~kriz/cifar-100-python.tar.gz",
    size=169_001_437,
    sha256="85cd44d02ba6437773c5bbd22e183051d648de2e7d6b014e1ef29b855ba677a7",
    # as torchvision has them
    python={
        "train": "16019d7e3df5f24257cddd939b257f8d",
        "test": "f0ef6b0ae62326f3e7ffdfab6717acfc",
        "meta": "7973b15100ade9c7d40fb424638fde48",
    },
    folders=("cifar-100-python",),
    in_keras=(
        "cifar-100-python-target_archive",
        "cifar-100-python-target.tar.gz",
        "cifar-100-python_archive",
        "cifar-100-python.tar.gz",
        "cifar-100-python-target",
        "cifar-100-python",
        "cifar-100-python_extracted",
    ),
    labels="fine_labels",
    label_names="fine_label_names",
)

INFO = cifar_info(FILES, about="photos of 100 kinds")
