"""What the gradients of a run come to, in sentences and numbers; the page says what it does not know."""

import json
import math

import pytest
from kernel_looks import gradient_moment, run_of, with_gradients

from tuilab.errors import MissingError
from tuilab.experiment import AdamSpec, SgdSpec
from tuilab.looks.gradients import is_step, step_to_weight, way_back
from tuilab.looks.page import Asked, LookedAt, Page
from tuilab.looks.pages import gradients
from tuilab.runs import measurements
from tuilab.runs.gradients import GradientMoment, MeasuredGradients
from tuilab.runs.run import Run
from tuilab.runs.summary import summarize


def page_of(run: Run) -> Page:
    return gradients.page(LookedAt(summarize(run), run.experiment()), Asked())


def with_moment(moment: GradientMoment, preset: str = "bn-l2", **settings: object) -> Run:
    run = run_of(preset, **settings)
    measurements.save(run, "gradients", MeasuredGradients(images=256, batch=64, moments=(moment,)))
    return run


def frozen(moment: GradientMoment, *names: str) -> GradientMoment:
    return moment.model_copy(
        update={
            "layers": tuple(
                one.model_copy(update={"gradient": None, "of_loss": None}) if one.name in names else one
                for one in moment.layers
            )
        }
    )


def test_a_gradient_that_shrinks_at_each_layer_vanishes_on_its_way_back() -> None:
    page = page_of(with_gradients(factor=0.4))
    assert "largest in classes (0.333) and smallest in block1_conv1 (0.00341)" in page.paragraphs[0]
    assert (
        "it vanishes: it ends 0.0102 times as large, a factor of 0.4 from layer to layer"
        in page.paragraphs[0]
    )
    json.dumps(page.facts, allow_nan=False)
    assert page.facts["first_over_last"] == pytest.approx(0.4**5)
    assert [plot.title for plot in page.plots] == [
        "norm of the gradient, from the image to the classes",
        "norm of the gradient by epoch",
    ]
    assert [row[0] for row in page.tables[1].cells] == ["1", "2", "3"]


@pytest.mark.parametrize(
    ("factor", "said"),
    [(3.0, "it explodes: it ends 243 times"), (1.1, "it keeps its size: it ends 1.61 times")],
)
def test_a_gradient_that_grows_is_told_apart_from_one_that_keeps_its_size(factor: float, said: str) -> None:
    assert said in page_of(with_gradients(factor=factor)).paragraphs[0]


def test_dead_units_are_counted_and_their_layer_is_named() -> None:
    dead, none = page_of(with_gradients(dead=7)), page_of(with_gradients(dead=0))
    assert "Of 704 units behind a ReLU, 7 are dead" in dead.paragraphs[-1]
    assert "Most are in dense: 7 of 512." in dead.paragraphs[-1]
    assert "None of 704 units behind a ReLU is dead" in none.paragraphs[-1]


def test_a_step_is_the_rate_times_the_gradient_for_plain_sgd_alone() -> None:
    assert is_step(SgdSpec(kind="sgd"))
    assert not is_step(SgdSpec(kind="sgd", momentum=0.9)) and not is_step(AdamSpec(kind="adam"))
    moment = gradient_moment(1)
    first = moment.layers[0]
    ratio = step_to_weight(moment, SgdSpec(kind="sgd", learning_rate=0.2))
    assert ratio(first) == pytest.approx(0.2 * (0.4**5 + 0.01) / 2)
    clipped = step_to_weight(moment, SgdSpec(kind="sgd", learning_rate=0.2, clip_norm=0.5))
    assert clipped(first) == pytest.approx(0.2 * (0.4**5 + 0.01) / 2 / 3)


def test_the_page_says_step_only_where_it_is_one() -> None:
    plain = page_of(with_moment(gradient_moment(1), **{"optimizer.kind": "sgd", "optimizer.momentum": 0.0}))
    assert "A step on these images moves classes by" in plain.paragraphs[1]
    assert plain.tables[0].columns[3].heading == "step / weight"
    adam = page_of(with_moment(gradient_moment(1), **{"optimizer.kind": "adam"}))
    assert "That is not how far a step goes: the optimizer divides" in adam.paragraphs[1]
    assert adam.tables[0].columns[3].heading == "rate x gradient / weight"


def test_frozen_layers_have_no_gradient_and_a_network_of_them_alone_says_so() -> None:
    moment = gradient_moment(1)
    some = page_of(with_moment(frozen(moment, "block1_conv1", "block1_conv2")))
    assert "back to block2_conv1" in some.paragraphs[0]
    assert some.tables[0].cells[0][1] == "frozen"
    whole = page_of(with_moment(frozen(moment, *(layer.name for layer in moment.layers))))
    assert whole.paragraphs[0] == "Nothing is trained in this network, so no layer has a gradient."
    assert not whole.plots


def test_numbers_that_are_not_finite_are_words_on_the_page_and_nothing_in_its_facts() -> None:
    moment = gradient_moment(1)
    first = moment.layers[0].model_copy(update={"gradient": math.nan, "of_loss": math.inf, "norm": math.inf})
    broken = moment.model_copy(update={"layers": (first, *moment.layers[1:])})
    assert way_back(broken) is None
    page = page_of(with_moment(broken))
    assert page.tables[0].cells[0][1:3] == ("not a number", "infinite")
    json.dumps(page.facts, allow_nan=False)


def test_what_was_not_measured_is_offered() -> None:
    with pytest.raises(MissingError, match="has no measured gradients yet"):
        page_of(run_of())
