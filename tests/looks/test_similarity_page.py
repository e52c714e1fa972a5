"""What training changed, as a page tells it: 1.0000 only where it is exactly 1."""

import json

import pytest
from finished_runs import finished_run
from tuned_runs import BEGAN_WITH, finished, layers, measured

from tuilab.errors import MissingError
from tuilab.looks.page import Asked, LookedAt, Page
from tuilab.looks.pages import similarity
from tuilab.runs import measurements
from tuilab.runs.run import Run
from tuilab.runs.similarity import LayerSimilarity, Similarity
from tuilab.runs.summary import summarize


def page_of(run: Run) -> Page:
    return similarity.page(LookedAt(summarize(run), run.experiment()), Asked())


def kept(run: Run, found: tuple[LayerSimilarity, ...], began_with: str = BEGAN_WITH) -> Run:
    measurements.save(
        run, "similarity", Similarity(began_with=began_with, images=360, batch=120, seconds=1, layers=found)
    )
    return run


def test_it_says_where_the_network_began_and_where_it_changed() -> None:
    first, second = page_of(measured()).paragraphs
    assert first == (
        f"It began with {BEGAN_WITH}. 15 of its 22 layers see the test images exactly as before; classes "
        "changed most, to a CKA of 0.7480."
    )
    assert second == (
        "In the base block5_conv2 is the first layer that changed, and block5_conv3 the one that changed "
        "most: 0.9300."
    )


def test_1_is_written_only_of_what_is_exactly_1() -> None:
    (table,) = page_of(measured()).tables
    shown = {line[0]: line[2:4] for line in table.cells}
    assert shown["block5_conv1"] == ("frozen", "1.0000")
    assert shown["block5_conv2"] == ("2,359,808", "0.9999"), "0.99998 is not 1"
    assert shown["block1_pool"] == ("-", "1.0000")


def test_a_network_that_training_left_alone_is_one_sentence() -> None:
    run = finished("one-shot")
    assert page_of(kept(run, layers(run, changed=False))).paragraphs == (
        f"It began with {BEGAN_WITH}. Training changed no layer: each sees the test images exactly as "
        "before.",
    )


def test_a_frozen_base_is_told_of_and_a_network_without_one_is_not_spoken_of_as_a_base() -> None:
    frozen = finished("iteration-i")
    assert page_of(kept(frozen, layers(frozen))).paragraphs[1] == "The whole base is as it was."
    run = finished_run("bn")
    (only,) = page_of(kept(run, layers(run), "initial values, drawn from seed 1")).paragraphs
    assert only.startswith("It began with initial values, drawn from seed 1. No layer sees the test images")


def test_a_layer_that_says_the_same_of_all_images_has_a_dash() -> None:
    run = finished_run("bn")
    dead = LayerSimilarity(name="dense", type="Dense", parameters=9, trained=9, similarity=None)
    page = page_of(kept(run, (dead,)))
    assert page.tables[0].cells[0][3] == "-"
    assert json.loads(json.dumps(page.facts, allow_nan=False))["layers"][0]["similarity"] is None


def test_text_from_outside_is_cleaned() -> None:
    run = finished_run("bn")
    odd = LayerSimilarity(name="a\x1b[2Jb", type="Dense\n", parameters=9, trained=9, similarity=0.5)
    page = page_of(kept(run, (odd,), "x\x1by"))
    assert "\x1b" not in " ".join([*page.paragraphs, *page.tables[0].cells[0], json.dumps(page.facts)])


def test_facts_hold_every_number() -> None:
    facts = json.loads(json.dumps(page_of(measured()).facts))
    assert (facts["images"], facts["batch"], facts["seconds"]) == (512, 128, 21.5)
    assert facts["layers"][0] == {
        "layer": "block1_conv1", "type": "Conv2D", "parameters": 1792, "trained": 0, "similarity": 1.0
    }  # fmt: skip


def test_a_run_that_was_not_measured_says_how_it_can_be() -> None:
    run = finished_run("bn")
    with pytest.raises(MissingError, match=f"{run.id} has no measured similarity yet"):
        page_of(run)
