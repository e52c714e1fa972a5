"""Pairs in alternation, homes that are fresh or warm, and one chain for real."""

from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

import pytest
from passages import bn_job, passage, trained

from tuilab.bench import measuring
from tuilab.bench.figures import difference
from tuilab.bench.inputs import first_images, write_images
from tuilab.bench.job import Job, job
from tuilab.bench.measuring import bench_folder, measure
from tuilab.bench.ways import Passage, Way, child_environment
from tuilab.files import paths
from tuilab.sources.digits import load_digits


class Silent:
    """Keeps what it is told."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def say(self, text: str) -> None:
        self.lines.append(text)

    def at_work(self, text: str) -> AbstractContextManager[object]:
        return nullcontext()


@pytest.fixture
def homes(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, list[str]]]:
    """Which way was gone, in order, and what tuilab's home held before it."""
    gone: list[tuple[str, list[str]]] = []

    def plain(job: Job, folder: Path, environment: object) -> Passage:
        gone.append(("plain", []))
        return passage("plain Keras", trained(seconds=10))

    def ours(job: Job, folder: Path, home: Path, environment: object, *, way: Way) -> Passage:
        gone.append(("ours", sorted(path.name for path in home.iterdir())))
        for name in ("runs", "cache"):
            (home / name / "inside").mkdir(parents=True, exist_ok=True)
        return passage(way, trained(seconds=5))

    monkeypatch.setattr(measuring, "plain", plain)
    monkeypatch.setattr(measuring, "ours", ours)
    return gone


def test_every_other_pair_begins_with_tuilab_and_each_home_is_fresh(
    homes: list[tuple[str, list[str]]], tmp_path: Path
) -> None:
    watcher = Silent()
    pairs = measure(bn_job(tmp_path), 3, tmp_path, {}, warm=False, watcher=watcher)
    assert [way for way, _ in homes] == ["plain", "ours", "ours", "plain", "plain", "ours"]
    assert all(held == [] for _, held in homes)
    assert [(p.plain.way, p.ours.way) for p in pairs] == [("plain Keras", "tuilab")] * 3
    assert watcher.lines[2] == "bn: pair 2 of 3, tuilab: 5.0 s to a test accuracy of 0.9000"


def test_a_warm_passage_finds_the_cache_that_the_cold_one_left_but_no_run(
    homes: list[tuple[str, list[str]]], tmp_path: Path
) -> None:
    pairs = measure(bn_job(tmp_path), 2, tmp_path, {}, warm=True, watcher=Silent())
    assert [way for way, _ in homes] == ["plain", "ours", "ours", "ours", "ours", "plain"]
    assert [held for way, held in homes if way == "ours"] == [[], ["cache"], [], ["cache"]]
    ways = [[one.way for one in pair.passages()] for pair in pairs]
    assert ways == [["plain Keras", "tuilab", "tuilab warm"]] * 2


def test_a_persons_own_presets_are_in_the_fresh_home(
    homes: list[tuple[str, list[str]]], tmp_path: Path
) -> None:
    own = paths.config() / "presets"
    own.mkdir(parents=True)
    measure(bn_job(tmp_path), 2, tmp_path, {}, warm=False, watcher=Silent())
    assert homes[1] == ("ours", ["config"])
    assert own.is_dir()


def test_the_benchs_folder_is_private_and_gone_afterwards() -> None:
    with pytest.raises(KeyboardInterrupt), bench_folder() as folder:
        assert folder.stat().st_mode & 0o777 == 0o700
        raise KeyboardInterrupt
    assert not folder.exists()


CHAIN = """
title = "A small transfer"
family = "concept"
order = 1
lesson = "fine-tuning"
teaches = "Nothing."

[experiment]
{origin}

[experiment.data]
source = "digits"

[experiment.model]
kind = "transfer"
weights = "random"
last_layer = "block2_pool"
unfreeze = "{unfreeze}"

[experiment.model.head]
dense = 8

[experiment.optimizer]
kind = "adam"
learning_rate = 0.0001

[experiment.training]
epochs = {epochs}
batch_size = 16
validation = "last-20%"
"""


@pytest.mark.slow
def test_a_chain_from_random_weights_has_the_same_history_both_ways(tmp_path: Path) -> None:
    own, images = paths.config() / "presets", tmp_path / "images.npz"
    own.mkdir(parents=True)
    (own / "first.toml").write_text(CHAIN.format(origin="", unfreeze="none", epochs=2))
    (own / "second.toml").write_text(
        CHAIN.format(origin='continue_from = "first"', unfreeze="last-2", epochs=1)
    )
    write_images(images, first_images(load_digits(), 60, 30))
    chain = job("second", [], images=images, weights=None, device="cpu")
    assert [name for name, _ in chain.steps] == ["first", "second"]

    (pair,) = measure(chain, 1, tmp_path, child_environment(None), warm=False, watcher=Silent())

    apart = difference([pair])
    assert max(apart.val_cross_entropy, apart.test_cross_entropy, apart.cross_entropy) < 1e-4
    assert apart.only_rounding  # of untrained networks' equal probabilities an image may tip over
    for one in (pair.plain, pair.ours):
        assert [len(step.epoch_seconds) for step in one.trained] == [2, 1]
        assert all(step.seconds > sum(step.epoch_seconds) for step in one.trained)
        assert one.peak_bytes >= one.peak_process_bytes > 100e6
        assert one.device == "cpu" and one.versions["keras"]
