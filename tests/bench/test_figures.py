"""What pairs come to, against sums done by hand."""

from pathlib import Path

import pytest
from passages import bn_job, pair, passage, trained

from tuilab.bench import figures
from tuilab.experiment.network import layer_stack, totals


def test_a_ratio_above_one_means_that_tuilab_is_faster() -> None:
    pairs = [pair(10, 5), pair(12, 4), pair(10, 10)]
    assert [figures.ratio(one) for one in pairs] == [2, 3, 1]
    assert figures.median_ratio(pairs) == 2


def test_the_difference_is_the_largest_of_all_epochs_and_pairs() -> None:
    found = figures.difference([pair(1, 1, off=0.001), pair(1, 1, off=-0.002)])
    assert found.val_accuracy == pytest.approx(0.004)  # the third epoch lies twice as far off
    assert found.test_cross_entropy == pytest.approx(0.002)
    assert found.of_accuracy == pytest.approx(0.004) and found.one_image == 0.001
    assert found.only_rounding
    assert not figures.difference([pair(1, 1, off=0.006)]).only_rounding


def test_an_epoch_is_the_median_one_and_rates_are_of_it(tmp_path: Path) -> None:
    ((_, experiment),) = bn_job(tmp_path).steps
    found = figures.figures(trained(seconds=20), experiment, 10, once=False, memory=8e9)
    assert found.epoch_seconds == pytest.approx(2.01)
    assert found.images_per_second == pytest.approx(400 / 2.01)
    forward = totals(layer_stack(experiment)).flops
    # forward, backward to the weights and to the inputs, and the validation images forward
    assert found.flops_per_second == pytest.approx((3 * 400 + 1000) * forward / 2.01, rel=0.05)


def test_what_tuilab_computes_once_is_not_counted_in_its_epochs(tmp_path: Path) -> None:
    job = bn_job(tmp_path, "iteration-i")
    plain = figures.of_steps(passage("plain Keras", trained()), job, 10, memory=8e9)[0]
    ours = figures.of_steps(passage("tuilab", trained()), job, 10, memory=8e9)[0]
    assert ours.flops_per_second < plain.flops_per_second / 100


def test_a_median_takes_each_figure_by_itself() -> None:
    several = [figures.Figures(1, 9, 2, 8), figures.Figures(2, 1, 9, 9), figures.Figures(3, 2, 1, 1)]
    assert figures.median(several) == figures.Figures(2, 2, 2, 8)
