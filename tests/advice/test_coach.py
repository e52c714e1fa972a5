"""The coach: a table of rules that says in words what the curves of a run show."""

import math
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import records
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from records import DIGITS, DONE

from tuilab import presets
from tuilab.advice import coach
from tuilab.advice.coach import MOST, our_rules, read_rules, remarks
from tuilab.advice.quantities import QUANTITIES, Curves, measure, written
from tuilab.errors import UsageError
from tuilab.experiment import Experiment, with_overrides
from tuilab.lessons import index
from tuilab.runs.journal.records import (
    AnyRecord,
    Batch,
    DatasetRecord,
    Epoch,
    Evaluated,
    Failed,
    NetworkRecord,
)
from tuilab.runs.run import Manifest, Run
from tuilab.runs.summary import Summary

CIFAR = DIGITS.model_copy(update={"name": "cifar10", "training_images": 50_000})
DIVERGED = "the training diverged: the cross-entropy is nan by epoch 3, step 2 (learning rate 2)"


def epoch(number: int, **changed: float) -> Epoch:
    """Return an ordinary epoch: it learns, and validation follows."""
    learnt = min(0.3 + 0.1 * number, 0.97)
    usual = {"accuracy": learnt, "val_accuracy": learnt - 0.01, "cross_entropy": 2 - 1.5 * learnt}
    return records.epoch(number, **{**usual, "val_cross_entropy": 2.1 - 1.5 * learnt, **changed})


def batch(**changed: float) -> Batch:
    """Return the record of a first epoch that is under way."""
    usual = {"accuracy": 0.2, "cross_entropy": 2.1, "images_per_second": 900.0, "seconds_left": 12.0}
    return records.batch(1, 10, 23).model_copy(update={**usual, **changed})


def summary_of(*records: AnyRecord, preset: str = "baseline", dataset: DatasetRecord = DIGITS) -> Summary:
    """Return a run whose journal holds these records, without a folder."""
    summary = Summary(
        Run(Path("nowhere")), Manifest(preset=preset, created=0, experiment_digest=""), "running"
    )
    for record in (dataset, *records):
        summary._take(record)
    return summary


def experiment_of(preset: str = "baseline", **changed: Any) -> Experiment:
    """Return a preset's experiment with settings changed; ``model__dropout`` is ``model.dropout``."""
    changes = {key.replace("__", "."): value for key, value in changed.items()}
    return with_overrides(presets.find(preset).experiment, changes)


def said(records: Sequence[AnyRecord], preset: str = "baseline", **changed: Any) -> dict[str, str]:
    """Return what the coach says of a run on digits: texts by the names of their rules."""
    experiment = experiment_of(preset, **changed)
    return {one.name: one.text for one in remarks(summary_of(*records, preset=preset), experiment)}


def test_of_a_run_that_has_not_begun_there_is_nothing_to_say() -> None:
    waiting = Summary(Run(Path("nowhere")), Manifest(preset=None, created=0, experiment_digest=""))
    assert remarks(waiting, experiment_of()) == ()
    assert remarks(summary_of(), experiment_of()) == ()


def test_a_run_that_the_worker_ended_because_it_diverged() -> None:
    exploding = [epoch(1, gradient_norm=13.0), epoch(2, accuracy=0.1, cross_entropy=1.8e8, gradient_norm=1e7)]
    failed = Failed(reason=DIVERGED, exit_code=4, seconds=3.0)
    texts = said([*exploding, failed], optimizer__learning_rate=2.0)
    assert list(texts) == ["diverged"]
    assert texts["diverged"].startswith(
        "The loss stopped being a finite number in epoch 3: at learning rate 2, "
    )


@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_a_loss_that_is_no_number_comes_before_all_else(value: float) -> None:
    texts = said([epoch(1), epoch(2), epoch(3, cross_entropy=value), epoch(4, cross_entropy=2.3)])
    assert next(iter(texts)) == "diverged" and "in epoch 3" in texts["diverged"]


def test_a_live_run_with_only_batches_is_watched_too() -> None:
    assert said([batch()]) == {}
    assert list(said([batch(cross_entropy=math.nan)])) == ["diverged"]
    assert "reached 4.0e7" not in str(said([batch(gradient_norm=150.0)]))
    assert "reached 4.0e7" in said([batch(gradient_norm=4e7)])["gradients-large"]


def test_a_gradient_that_is_no_number_is_said_even_where_the_loss_is_one() -> None:
    texts = said([epoch(1), epoch(2, gradient_norm=math.nan), epoch(3)])
    assert "epoch 2" in texts["gradient-not-finite"] and "diverged" not in texts


def test_a_network_that_leapt_and_died() -> None:
    dead = [epoch(n, accuracy=0.1, val_accuracy=0.09, cross_entropy=2.31) for n in (2, 3, 4)]
    texts = said([epoch(1, accuracy=0.1, gradient_norm=5000.0), *dead])
    assert "reached 5,000" in texts["exploded-and-died"] and "stuck-at-chance" not in texts


def test_a_network_that_guesses() -> None:
    guesses = [epoch(n, accuracy=0.1, val_accuracy=0.11, cross_entropy=2.3) for n in (1, 2, 3)]
    assert said(guesses[:2]) == {}, "two epochs say nothing"
    text = said(guesses)["stuck-at-chance"]
    # ln 10 = 2.302585
    assert "among 10 classes gives 0.100" in text and "2.303" in text


def test_overfitting_names_the_epoch_to_stop_at() -> None:
    nats = [0.9, 0.7, 0.5, 0.55, 0.6, 0.7]
    learnt = [epoch(n, accuracy=1.0, val_accuracy=0.85, val_cross_entropy=v) for n, v in enumerate(nats, 1)]
    texts = said(learnt)
    assert "training 1.000, validation 0.850" in texts["overfitting"]
    assert "lowest in epoch 3 of 6" in texts["overfitting"]
    close = [one.model_copy(update={"val_accuracy": 0.98}) for one in learnt]
    assert "risen by 0.2 since" in said(close)["overconfident"]


def test_statistics_that_lag_are_not_taken_for_overfitting() -> None:
    behind = [epoch(n, accuracy=0.95, val_accuracy=0.3, val_cross_entropy=2 + 0.1 * n) for n in range(1, 6)]
    texts = said(behind, model__batch_norm=True, model__bn_momentum=0.99, training__batch_size=100)
    # 1,442 images are 15 steps; five epochs are 75 steps; 0.99 ** 75 = 0.4706
    assert (
        "47 % of these is still the starting value (momentum 0.990, 75 steps)" in texts["bn-statistics-lag"]
    )
    assert "overfitting" not in texts and "wide-gap" not in texts
    followed = said(behind, model__batch_norm=True, model__bn_momentum=0.8, training__batch_size=100)
    assert "overfitting" in followed and "bn-statistics-lag" not in followed


def test_a_penalty_that_rules_the_loss() -> None:
    heavy = [epoch(n, accuracy=0.5, cross_entropy=1.0, penalty=3.0) for n in (1, 2, 3)]
    assert said(heavy)["penalty-stifles"].startswith(
        "75 % of the loss is weight penalty (3, against a cross-entropy of 1): "
    )
    fine = [epoch(n, accuracy=0.99, cross_entropy=0.01, penalty=0.3) for n in (1, 2, 3)]
    assert "penalty-stifles" not in said(fine) and "penalty-remains" in said(fine)


def test_a_run_that_ended_too_early() -> None:
    rising = [epoch(n, accuracy=0.1 * n, val_accuracy=0.1 * n) for n in (1, 2, 3, 4)]
    assert "stopped-while-rising" not in said(rising), "it may still be going"
    assert (
        "rising by 0.100 per epoch when the run ended at 0.400"
        in said([*rising, DONE])["stopped-while-rising"]
    )


def test_validation_above_training_is_explained_by_dropout_or_by_when_it_is_measured() -> None:
    above = [epoch(1, accuracy=0.5, val_accuracy=0.6)]
    assert "with dropout on" in said(above)["validation-above-training"]
    assert "measured at its end" in said(above, model__dropout=0)["validation-after-the-epoch"]


def test_a_last_batch_of_a_few_images_is_named() -> None:
    # the last fifth held out of 1,442 digits leaves 1,153 = 18 * 64 + 1
    few = DIGITS.model_copy(update={"training_images": 1153})
    (remark,) = remarks(summary_of(batch(), dataset=few), experiment_of())
    assert remark.name == "small-last-batch" and "sees 1 of the usual 64 images" in remark.text
    even = DIGITS.model_copy(update={"training_images": 1024})
    assert remarks(summary_of(batch(), dataset=even), experiment_of()) == ()


def test_the_courses_band_counts_only_on_the_courses_images() -> None:
    ended = [*(epoch(n) for n in range(1, 6)), Evaluated(test_accuracy=0.36, test_cross_entropy=1.8), DONE]

    def names(dataset: DatasetRecord, **changed: Any) -> list[str]:
        told = remarks(summary_of(*ended, dataset=dataset), experiment_of(**changed))
        return [one.name for one in told if "course expects" in one.text]

    assert names(CIFAR) == ["below-the-courses-band"]
    assert names(DIGITS) == [] and names(CIFAR, training__limit=1000) == []


def test_a_frozen_base_is_not_blamed_for_a_number_that_a_trained_one_produced() -> None:
    frozen = NetworkRecord(
        trained_tensors=6, trained_base_tensors=0, trained_parameters=1, total_parameters=2, layers=[]
    )
    ended = [frozen, epoch(1), Evaluated(test_accuracy=0.587, test_cross_entropy=1.2), DONE]
    told = remarks(summary_of(*ended, preset="iteration-i", dataset=CIFAR), experiment_of("iteration-i"))
    (remark,) = [one for one in told if one.name == "below-the-courses-log"]
    assert "0.8415" in remark.text and "0.587" in remark.text and remark.lesson == "check-what-trains"


def test_no_more_than_three_speak_the_most_important_first() -> None:
    bad = [
        epoch(n, accuracy=0.5, val_accuracy=0.1 + 0.2 * (n % 2), cross_entropy=0.1, penalty=9.0)
        for n in range(1, 9)
    ]
    names = [one.name for one in remarks(summary_of(*bad, DONE), experiment_of(training__limit=5))]
    order = [rule.name for rule in our_rules()]
    assert len(names) == MOST and names == sorted(names, key=order.index)


GOOD = '[[rule]]\nname = "r"\nwhen = ["accuracy > 0.15", "epochs>=3"]\nsay = "at {accuracy}"\n'


def test_a_newcomer_adds_a_rule_without_reading_code(tmp_path: Path) -> None:
    (tmp_path / "coach.toml").write_text(GOOD)
    rules = read_rules(tmp_path / "coach.toml")
    assert rules[0].comparisons == (("accuracy", ">", 0.15), ("epochs", ">=", 3.0))
    (remark,) = remarks(summary_of(*(epoch(n) for n in (1, 2, 3))), experiment_of(), rules)
    assert (remark.name, remark.text, remark.advice, remark.lesson) == ("r", "at 0.600", "", "")


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("accuracy > 0.15", "acuracy > 0.15", "there is no quantity 'acuracy'; did you mean 'accuracy'?"),
        (
            "accuracy > 0.15",
            "accuracy > high",
            "'accuracy > high' is not a comparison: it must be 'quantity < number'",
        ),
        ("accuracy > 0.15", "__import__('os')", "is not a comparison"),
        ("{accuracy}", "{accuracy.real}", "a brace stands alone: it must be part of {quantity}"),
        ("{accuracy}", "{}", "there is no quantity ''"),
        ('say = "at {accuracy}"\n', "", "say is missing"),
        ('["accuracy > 0.15", "epochs>=3"]', "[]", "when = [] is not allowed"),
        ('name = "r"', 'name = "R!"', "name = 'R!' is not allowed"),
        ("say", "sagt", "there is no setting 'sagt'"),
    ],
)
def test_a_broken_rule_is_named_with_what_is_wrong(old: str, new: str, sentence: str, tmp_path: Path) -> None:
    (tmp_path / "coach.toml").write_text(GOOD.replace(old, new))
    with pytest.raises(UsageError) as caught:
        read_rules(tmp_path / "coach.toml")
    if "sagt" not in new:
        assert sentence in caught.value.sentence
    assert caught.value.sentence.startswith("in coach.toml, rule 1 (")
    assert "\n" not in caught.value.sentence


@pytest.mark.parametrize("text", ["rule = 3", "[rule]\n", "title = 1\n", GOOD + GOOD, "[["])
def test_a_table_of_another_shape_is_refused(text: str, tmp_path: Path) -> None:
    (tmp_path / "coach.toml").write_text(text)
    with pytest.raises(UsageError, match=r"coach\.toml"):
        read_rules(tmp_path / "coach.toml")
    with pytest.raises(UsageError, match=r"^the coach's rules gone\.toml cannot be read: "):
        read_rules(tmp_path / "gone.toml")


def test_our_own_rules_lead_to_lessons_that_exist() -> None:
    lessons = {lesson.slug for lesson in index.ours()}
    assert {rule.lesson for rule in our_rules() if rule.lesson} <= lessons
    for rule in our_rules():
        assert rule.say.endswith(".") and (not rule.advice or rule.advice.endswith("."))


def test_every_quantity_says_what_it_is() -> None:
    assert all(quantity.meaning for quantity in QUANTITIES.values())
    assert all(re.fullmatch(r"[a-z][a-z0-9_]*", name) for name in QUANTITIES)


def test_steps_count_the_epoch_that_is_under_way() -> None:
    # 1,442 images in batches of 64 are 23 steps
    curves = Curves.of(summary_of(epoch(1), batch(epoch=2, step=5)), experiment_of())
    assert measure("steps", curves) == 28
    assert measure("last_batch", curves) == 1442 - 22 * 64


@pytest.mark.parametrize(
    ("name", "value", "text"),
    [
        ("accuracy", 0.12345, "0.123"),
        ("epochs", 12_345.0, "12,345"),
        ("learning_rate", 0.0001, "1.0e-4"),
        ("cross_entropy", 2.302585, "2.303"),
        ("gradient_norm", 1.78e8, "1.8e8"),
        ("gradient_norm", math.nan, "not a number"),
        ("accuracy", -math.inf, "minus infinity"),
    ],
)
def test_numbers_are_short_and_never_nan(name: str, value: float, text: str) -> None:
    assert written(name, value) == text


numbers = st.floats() | st.sampled_from([math.nan, math.inf, -math.inf, 0.0, 1e308, -1e308, 5e-324])
shares = {name: numbers for name in ("accuracy", "cross_entropy", "penalty", "gradient_norm")}
validated = {name: numbers for name in ("val_accuracy", "val_cross_entropy", "learning_rate", "seconds")}
counts = st.integers(-3, 10) | st.integers()
any_epoch = st.builds(Epoch, epoch=counts, **shares, **validated)
any_batch = st.builds(
    Batch, epoch=counts, step=counts, steps=counts, **shares, images_per_second=numbers, seconds_left=numbers
)
any_dataset = st.builds(
    DatasetRecord,
    name=st.sampled_from(["cifar10", "digits"]),
    source=st.just("s"),
    digest=st.just("d"),
    classes=st.lists(st.just("c"), max_size=3),
    training_images=counts,
    validation_images=counts,
    test_images=counts,
)
any_end = st.sampled_from([DONE, Failed(reason=DIVERGED, exit_code=4, seconds=1.0)])


@given(
    st.lists(any_epoch | any_batch | any_dataset | any_end, max_size=12),
    st.sampled_from(["baseline", "bn", "iteration-i"]),
    numbers,
)
@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_number_breaks_the_coach(records: list[AnyRecord], preset: str, tested: float) -> None:
    evaluated = Evaluated(test_accuracy=tested, test_cross_entropy=tested)
    summary, experiment = summary_of(*records, evaluated, preset=preset), experiment_of(preset)
    curves = Curves.of(summary, experiment)
    for name in QUANTITIES:
        value = measure(name, curves)
        assert value is None or len(written(name, value)) < 20
    for remark in remarks(summary, experiment):
        assert not re.search(r"\bnan\b|\binf\b|[{}]", remark.text + remark.advice)


def test_what_a_table_says_is_made_harmless(tmp_path: Path) -> None:
    (tmp_path / "coach.toml").write_text(GOOD.replace("at {", "\\u001b[31m[bold] {"))
    told = remarks(
        summary_of(*(epoch(n) for n in (1, 2, 3))), experiment_of(), coach.read_rules(tmp_path / "coach.toml")
    )
    assert told[0].text == "\\e[31m[bold] 0.600"
