"""What is told of a run before its worker speaks: what its experiment says, and what earlier runs found."""

from typing import Any

import pytest
from finished_runs import experiment_of, finished_run
from other_base import with_other_base
from records import CIFAR10, DIGITS, IMAGENET, INITIAL

from tuilab.results.foreseen import foreseen
from tuilab.results.groups import groups
from tuilab.results.rows import Row, fixed, row
from tuilab.runs import store
from tuilab.runs.run import Run
from tuilab.runs.summary import summarize


def queued(preset: str = "bn", parent: Run | None = None, **settings: Any) -> Run:
    given = {"data.source": "digits", **{key.replace("__", "."): value for key, value in settings.items()}}
    return store.create(experiment_of(preset, given), preset=preset, parent=parent.id if parent else None)


def ahead(run: Run, *others: Run) -> dict[str, Any]:
    known = [(summarize(other), other.experiment()) for other in others]
    return foreseen(summarize(run), run.experiment(), known)


def row_of(run: Run, *others: Run) -> Row:
    summary, experiment = summarize(run), run.experiment()
    return row(fixed(experiment, summary.manifest, None), summary, foreseen=ahead(run, *others))


def test_a_cnn_has_no_weights_and_its_images_have_a_name() -> None:
    assert ahead(queued()) == {"dataset": "digits", "weights": "-", "weights_digest": ""}
    assert ahead(queued(data__source="/a/b/my images.npz"))["dataset"] == "my images.npz"


@pytest.mark.parametrize("preset", ["bn", "iteration-i"])
def test_a_queued_run_stands_among_the_runs_that_it_will_be_compared_with(preset: str) -> None:
    before = finished_run(preset)
    run = queued(preset)
    rows = [row_of(before), row_of(run, before)]
    assert rows[0].alike == rows[1].alike
    assert len(groups(rows)) == 1


def test_what_the_worker_says_stands_above_what_was_foreseen() -> None:
    other = finished_run("bn", dataset=DIGITS.model_copy(update={"digest": "another"}))
    spoken = finished_run("bn", last=None)
    assert ahead(spoken, other) == {}
    assert row_of(spoken, other).values["dataset_digest"] == DIGITS.digest


def test_runs_on_other_images_tell_nothing_of_these() -> None:
    other = finished_run("bn", {"data.source": "cifar10"}, dataset=CIFAR10)
    assert "dataset_digest" not in ahead(queued(), other)


def test_a_seed_that_will_choose_other_test_images_is_another_data_set() -> None:
    chosen = DIGITS.model_copy(update={"split_seed": 1})
    other = finished_run("bn", dataset=chosen)
    assert ahead(queued(), other)["dataset_digest"] == DIGITS.digest
    assert "dataset_digest" not in ahead(queued(training__seed=2), other)


def test_how_many_images_train_is_told_where_as_many_were_asked_for() -> None:
    other = finished_run("bn")
    assert ahead(queued(), other)["training_images"] == DIGITS.training_images
    assert ahead(queued(training__limit=100), other)["training_images"] is None


def test_weights_are_those_of_the_file_of_the_parent_or_of_no_file() -> None:
    first, parent = finished_run("iteration-ii", weights=IMAGENET), finished_run("iteration-i")
    assert ahead(queued("iteration-i"), first)["weights_digest"] == IMAGENET.digest
    assert ahead(queued("iteration-i"))["weights"] == "imagenet"
    assert ahead(queued("iteration-ii", parent), parent)["weights"] == IMAGENET.name
    random = ahead(queued("iteration-i", model__weights="random"), first)
    assert (random["weights"], random["weights_digest"]) == ("random", "")
    own = ahead(queued("iteration-i", model__weights="/a/b.h5"), first)
    assert own["weights"] == "file /a/b.h5" and "weights_digest" not in own
    assert INITIAL.name == "-"


def test_another_bases_weights_are_not_these(monkeypatch: pytest.MonkeyPatch) -> None:
    with_other_base(monkeypatch)
    first = finished_run("iteration-ii", weights=IMAGENET)
    assert ahead(queued("iteration-i", model__base="other"), first)["weights"] == "imagenet"
    assert "weights_digest" not in ahead(queued("iteration-i", model__base="other"), first)


def test_the_courses_numbers_wait_until_the_images_are_read() -> None:
    before = finished_run("baseline", {"data.source": "cifar10"}, dataset=CIFAR10)
    values = row_of(queued("baseline", data__source="cifar10"), before).values
    assert (values["dataset"], values["course_expected"]) == ("cifar10", None)
