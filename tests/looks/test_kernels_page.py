"""What the lengths of kernels come to, in sentences and numbers."""

import json

import pytest
from kernel_looks import kernel_moment, with_kernels

from tuilab.experiment import AdamSpec, AdamWSpec, SgdSpec
from tuilab.looks.kernels import decoupled_decay, effective_rate, penalty, rule_of
from tuilab.looks.page import Asked, LookedAt, Page
from tuilab.looks.pages import kernels
from tuilab.runs.run import Run
from tuilab.runs.summary import summarize


def page_of(run: Run) -> Page:
    return kernels.page(LookedAt(summarize(run), run.experiment()), Asked())


def test_the_effective_rate_is_the_rate_by_the_length_squared_where_the_length_does_not_matter() -> None:
    first, *_, last = kernel_moment(1).kernels
    assert effective_rate(first, SgdSpec(kind="sgd", learning_rate=0.2)) == pytest.approx(0.2 / 4)
    assert effective_rate(last, SgdSpec(kind="sgd")) is None


def test_the_penalty_is_taken_apart() -> None:
    paid = penalty(kernel_moment(1, before=2))
    assert paid.whole == pytest.approx(0.001 * (4 + 9 + 16 + 25 + 36))
    assert paid.of_rate == pytest.approx(0.001 * (4 + 9))


def test_the_page_says_what_a_penalty_does_before_a_batch_normalization() -> None:
    page = page_of(with_kernels())
    assert "Of 6 trained kernels 5 feed a batch normalization" in page.paragraphs[0]
    assert "9 times as large" in page.paragraphs[1]
    assert "The penalty adds 0.01 to the loss" in page.paragraphs[2]
    assert "100 % of it is for kernels that feed a batch normalization" in page.paragraphs[2]
    assert [plot.title for plot in page.plots] == ["norm of kernels by epoch", "effective rate by epoch"]
    assert page.tables[0].cells[0][4] == "12.5\N{DEGREE SIGN}"
    json.dumps(page.facts, allow_nan=False)


def test_adam_is_told_in_part_and_decoupled_decay_by_its_name() -> None:
    assert rule_of(SgdSpec(kind="sgd", momentum=0.9)) == "by its square"
    assert rule_of(AdamSpec(kind="adam")) == "by its length"
    assert decoupled_decay(AdamWSpec(kind="adamw", weight_decay=0.01)) == 0.01
    page = page_of(with_kernels("bn", {"optimizer.kind": "adamw"}))
    assert "only in part" in page.paragraphs[0] and page.facts["effective_rate_is"] == "partial"
    assert any(text.startswith("Decoupled decay adds nothing to the loss") for text in page.paragraphs)


def test_without_a_batch_normalization_every_length_matters() -> None:
    page = page_of(with_kernels(before=0))
    assert page.paragraphs[0].startswith("No batch normalization follows a kernel directly")
    assert len(page.plots) == 1


def test_a_large_epsilon_is_said() -> None:
    assert "In block1_conv1 that holds only in part: 20 %" in page_of(with_kernels(share=0.2)).paragraphs[0]
