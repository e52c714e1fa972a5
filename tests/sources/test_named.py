"""A data set is declared once, and what is declared is what is read."""

import re
from importlib.util import find_spec
from pathlib import Path

import pytest

from tuilab.experiment.experiment import DataSpec
from tuilab.sources import named
from tuilab.sources.cifar_files import CifarFiles
from tuilab.sources.dataset_names import IN_WORDS
from tuilab.sources.datasets import load_dataset
from tuilab.sources.named import COURSE, DATASETS, DOWNLOADED, title
from tuilab.sources.published_files import PublishedFiles

INFOS = list(DATASETS.values())


@pytest.mark.parametrize("info", INFOS, ids=list(DATASETS))
def test_a_declaration_is_whole(info):
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", info.name)
    assert info.title and info.about and info.training > info.test > 0
    assert len(info.classes) == len({*info.classes}) > 1
    assert len(info.shape) == 3 and info.shape[2] in {1, 3}
    if info.files is not None:
        assert re.fullmatch(r"[1-9][0-9]* MiB", info.download)
        assert f"tuilab fetch {info.name}" in "\n".join(info.files.remedies)


def test_the_course_trains_on_what_an_experiment_takes_by_default():
    assert DataSpec().source == COURSE and COURSE in DOWNLOADED


def test_a_path_is_its_own_title():
    assert title(COURSE) == "CIFAR-10" and title("/my/images") == "/my/images"


def test_the_digits_are_as_many_as_declared():
    info, digits = DATASETS["digits"], load_dataset("digits", seed=0)
    assert (digits.name, digits.classes) == (info.name, info.classes) and digits.published
    assert (len(digits.train_labels), len(digits.test_labels)) == (info.training, info.test)


@pytest.mark.parametrize("name", DOWNLOADED)
def test_addresses_and_checksums_are_those_that_keras_has(name):
    spec = find_spec("keras")
    assert spec is not None and spec.submodule_search_locations is not None
    folder = Path(spec.submodule_search_locations[0]) / "src" / "datasets"
    source = (folder / f"{name.replace('-', '_')}.py").read_text(encoding="utf-8")
    files = DOWNLOADED[name]
    if isinstance(files, CifarFiles):
        assert files.url in source and files.sha256 in source and f'"{files.in_keras[4]}"' in source
        return
    assert isinstance(files, PublishedFiles) and files.url in source
    for file in files.files:
        assert file.name in source
        assert file.sha256 is None or file.sha256 in source


def test_a_file_in_the_folder_is_a_data_set_and_nothing_else_lies_there():
    names = {path.stem.replace("_", "-") for path in Path(named.__path__[0]).glob("*.py")} - {"--init--"}
    assert names == DATASETS.keys()


def test_help_texts_name_the_data_sets_by_their_files() -> None:
    assert ", ".join(DATASETS) == IN_WORDS
