"""Which images train, and in which order: as Keras splits them, from (seed, epoch) alone."""

import math
from typing import Any

import numpy as np
import pytest
from keras.src.trainers.data_adapters.array_slicing import train_validation_split

from tuilab.engine.splits import dropout_seed, epoch_order, split
from tuilab.errors import UsageError
from tuilab.experiment.experiment import TrainingSpec
from tuilab.sources.dataset import Dataset


def dataset(training: int, test: int = 4) -> Dataset:
    """Images that are numbered by their first pixel's bytes and by their label."""

    def part(count: int) -> tuple[Any, Any]:
        images = np.zeros((count, 32, 32, 3), np.uint8)
        images[:, 0, 0, 0], images[:, 0, 0, 1] = np.arange(count) % 256, np.arange(count) // 256
        return images, np.arange(count, dtype=np.int32)

    classes = tuple(str(n) for n in range(max(training, test)))
    return Dataset("numbered", "made here", classes, *part(training), *part(test))


@pytest.mark.parametrize("count", [2, 3, 4, 5, 9, 10, 11, 99, 101, 1442])
def test_the_last_fifth_is_what_keras_holds_out(count: int) -> None:
    data = dataset(count)
    arrays = (data.train_images, data.train_labels)
    theirs: Any = train_validation_split(arrays, validation_split=0.2)
    (images, labels), (held_images, held_labels) = theirs
    parts = split(data, TrainingSpec(validation="last-20%", batch_size=1))
    np.testing.assert_array_equal(parts.training.labels, labels)
    np.testing.assert_array_equal(parts.training.images, images)
    np.testing.assert_array_equal(parts.validation.labels, held_labels)
    np.testing.assert_array_equal(parts.validation.images, held_images)
    assert len(parts.training) == math.floor(count * 0.8)
    assert len(parts.test) == 4


def test_the_courses_numbers_come_out() -> None:
    parts = split(dataset(50_000, 4), TrainingSpec(validation="last-20%"))
    assert (len(parts.training), len(parts.validation)) == (40_000, 10_000)


def test_the_limit_is_taken_first_then_the_fifth() -> None:
    parts = split(dataset(100), TrainingSpec(validation="last-20%", limit=10, batch_size=1))
    assert parts.training.labels.tolist() == list(range(8))
    assert parts.validation.labels.tolist() == [8, 9]


def test_validation_on_the_test_images_leaves_all_training_images_and_the_limit_no_test_image_out() -> None:
    parts = split(dataset(100, 7), TrainingSpec(validation="test", limit=10, batch_size=1))
    assert parts.training.labels.tolist() == list(range(10))
    assert parts.validation is parts.test and len(parts.test) == 7


def test_a_limit_above_what_there_is_takes_what_there_is() -> None:
    assert len(split(dataset(5), TrainingSpec(limit=10**9, batch_size=5)).training) == 5


def test_one_image_cannot_be_split() -> None:
    with pytest.raises(
        UsageError, match=r"training.limit = 1 leaves no image to hold out; it must be at least 2"
    ):
        split(dataset(9), TrainingSpec(validation="last-20%", limit=1, batch_size=1))


def test_a_batch_larger_than_the_training_part_is_refused_with_the_largest_allowed() -> None:
    with pytest.raises(UsageError) as caught:
        split(dataset(10), TrainingSpec(validation="last-20%", batch_size=9))
    assert caught.value.sentence == (
        "training.batch_size = 9 is not allowed: numbered leaves 8 training images here, so it must be "
        "from 1 to 8"
    )
    assert len(split(dataset(10), TrainingSpec(validation="last-20%", batch_size=8)).training) == 8


def labelled(labels: list[int], published: bool = False) -> Dataset:
    made = np.array(labels, np.int32)
    images = np.broadcast_to(made.astype(np.uint8)[:, None, None, None], (len(made), 32, 32, 3))
    return Dataset("d", "made", ("a", "b", "c\x1b"), images, made, images, made, published=published)


RARE = [0, 1] * 20 + [2, 2] + [1, 0] * 20


def test_a_rare_class_trains_and_validates_and_the_run_says_how() -> None:
    wished = TrainingSpec(validation="last-20%", batch_size=1)
    parts = split(labelled(RARE), wished)
    assert np.bincount(parts.training.labels).tolist() == [32, 32, 1]
    assert np.bincount(parts.validation.labels).tolist() == [8, 8, 1]
    np.testing.assert_array_equal(parts.training.images[:, 0, 0, 0], parts.training.labels)
    assert parts.order and parts.notes == (
        "the last fifth of the images would leave a class out of training or validation, so the last "
        "fifth of each class is held out instead",
    )
    assert split(labelled(RARE), wished).order == parts.order  # whoever resumes gets the same


def test_a_published_order_is_kept_and_what_it_leaves_out_is_said() -> None:
    wished = TrainingSpec(validation="last-20%", batch_size=1)
    parts = split(labelled(RARE, published=True), wished)
    assert parts.training.labels.tolist() == RARE[:65] and parts.order == ""
    (note,) = parts.notes
    assert note.startswith("there are no validation images of class 'c\\e'")
    first = split(labelled(RARE, published=True), wished.model_copy(update={"limit": 10}))
    assert first.notes[0].startswith("there are no training images of class 'c\\e'")


def test_a_limit_takes_images_of_each_class_and_the_run_says_so() -> None:
    parts = split(labelled(RARE), TrainingSpec(validation="test", limit=10, batch_size=1))
    assert np.bincount(parts.training.labels).tolist() == [5, 4, 1]
    assert parts.order and parts.notes[0].startswith("the first 10 images would leave out some classes")


def test_nothing_is_said_where_all_parts_hold_all_classes() -> None:
    for validation in ("test", "last-20%"):
        parts = split(labelled([0, 1, 2] * 20), TrainingSpec(validation=validation, batch_size=1))
        assert (parts.order, parts.notes) == ("", ())


@pytest.mark.parametrize("count", [1, 2, 1000])
def test_an_epochs_order_visits_every_image_once(count: int) -> None:
    order = epoch_order(count, seed=1, epoch=1)
    assert order.dtype == np.int32 and sorted(order.tolist()) == list(range(count))


def test_an_epochs_order_depends_on_seed_and_epoch_and_on_nothing_else() -> None:
    first = epoch_order(1000, seed=1, epoch=1)
    np.random.seed(5)
    np.testing.assert_array_equal(first, epoch_order(1000, seed=1, epoch=1))
    others = [epoch_order(1000, seed, epoch) for seed, epoch in ((1, 2), (2, 1), (2, 2), (0, 1), (1, 12))]
    orders = {order.tobytes() for order in [first, *others]}
    assert len(orders) == 6


def test_dropout_seeds_differ_by_seed_epoch_and_layer_and_fit_32_bits() -> None:
    seeds = [dropout_seed(s, e, n) for s in (0, 1, 2**31 - 1) for e in (1, 2, 3) for n in (0, 1, 2)]
    assert len(set(seeds)) == 27
    assert all(0 <= seed < 2**32 for seed in seeds)
    assert seeds == [dropout_seed(s, e, n) for s in (0, 1, 2**31 - 1) for e in (1, 2, 3) for n in (0, 1, 2)]


def classes_of(count: int, *, classes: int = 3, seed: int = 0) -> Dataset:
    """Images of few classes, numbered by their first pixel."""
    images = np.zeros((count, 32, 32, 3), np.uint8)
    images[:, 0, 0, 0] = np.arange(count)
    labels = np.random.default_rng(seed).integers(0, classes, count).astype(np.int32)
    names = tuple("abcdefgh"[:classes])
    return Dataset("few", "made here", names, images, labels, images[:9], labels[:9])


def shots(dataset: Dataset, number: int | None, seed: int = 1) -> list[int]:
    """The numbers of the images that are learned from."""
    parts = split(
        dataset, TrainingSpec(shots=number, seed=seed, validation="last-20%", epochs=0, batch_size=64)
    )
    chosen = np.arange(len(parts.training)) if parts.chosen is None else parts.chosen
    learned = parts.training.rows(chosen)
    assert parts.learned == len(learned)
    return learned.images[:, 0, 0, 0].tolist()


@pytest.mark.parametrize("number", [1, 5, 20])
def test_shots_take_so_many_images_of_each_class_from_those_that_train(number: int) -> None:
    data = classes_of(200)
    chosen = shots(data, number)
    assert np.bincount(data.train_labels[chosen]).tolist() == [number] * 3
    assert chosen == sorted(chosen) and max(chosen) < 160, "none that is held out"


def test_the_seed_chooses_them_and_more_shots_are_the_same_and_more() -> None:
    data = classes_of(200)
    assert shots(data, 5, seed=7) == shots(data, 5, seed=7) != shots(data, 5, seed=8)
    assert set(shots(data, 5)) < set(shots(data, 6)) < set(shots(data, 20)) < set(shots(data, None))


def test_more_shots_than_a_class_has_are_refused_with_its_name() -> None:
    data = classes_of(100)
    least = int(np.bincount(data.train_labels[:80]).min())
    with pytest.raises(UsageError) as caught:
        shots(data, 80)
    assert "training.shots = 80 is not allowed: there are " in caught.value.sentence
    assert len(shots(data, least)) == 3 * least


def test_a_batch_cannot_be_larger_than_what_is_learned_from() -> None:
    with pytest.raises(UsageError, match="so it must be from 1 to 6"):
        split(classes_of(100), TrainingSpec(shots=2, batch_size=7))
    assert split(classes_of(100), TrainingSpec(shots=2, batch_size=6)).learned == 6
