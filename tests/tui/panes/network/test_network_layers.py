"""Layers as rows and lines, and the boundary between them."""

import pytest
from experiments import transfers
from hypothesis import given
from hypothesis import strategies as st

from tuilab import presets
from tuilab.advice.estimate import in_bytes
from tuilab.bases.named.vgg16 import BASE
from tuilab.experiment import Experiment, SgdSpec, TransferSpec
from tuilab.experiment.network import layer_stack, totals
from tuilab.experiment.unfreeze import trained_layers
from tuilab.tui.panes.network import boundary as network_boundary
from tuilab.tui.panes.network.layer_lines import count, layer_lines
from tuilab.tui.panes.network.layer_rows import fitted, layer_rows

OPTIMIZER = SgdSpec(kind="sgd")


@pytest.mark.parametrize("preset", [preset.name for preset in presets.load_all()])
def test_rows_hold_all_parameters_however_many_lines_there_are(preset: str) -> None:
    experiment = presets.find(preset).experiment
    whole = totals(layer_stack(experiment)).parameters
    rows = layer_rows(experiment)
    for height in range(1, len(rows) + 2):
        assert sum(row.parameters for row in fitted(rows, height)) == whole
    assert fitted(rows, len(rows)) == rows


def test_frozen_blocks_are_closed_first_and_what_the_boundary_divides_last() -> None:
    rows = layer_rows(presets.find("iteration-ii").experiment)
    names = [row.name for row in fitted(rows, 16)]
    assert names[:3] == ["block1 ×3", "block2 ×3", "block3_conv1"]
    assert [row.name for row in fitted(rows, 1)] == [
        "block1 ×3", "block2 ×3", "block3 ×4", "block4 ×4", "block5_conv1", "block5 ×3", "dense", "classes",
    ]  # fmt: skip


@given(transfers(), st.integers(40, 160), st.integers(1, 40))
def test_the_boundary_stands_before_the_first_layer_that_trains(
    model: TransferSpec, width: int, height: int
) -> None:
    lines = layer_lines(Experiment(model=model, optimizer=OPTIMIZER), width, height)
    texts = ["".join(text for text, _ in line.spans) for line in lines]
    assert all(len(text) <= width for text in texts)
    at = next(n for n, text in enumerate(texts) if "unfrozen from here" in text)
    trained = model.trained
    below = lines[at + 1].key
    assert below == trained[0].name if trained else below in {"flatten", "dense"}


@given(transfers(), st.integers(-20, 20))
def test_moving_the_boundary_stays_within_the_base_and_comes_back(model: TransferSpec, step: int) -> None:
    kept, place = len(model.kept), network_boundary.place(model)
    moved = model.model_copy(update={"unfreeze": network_boundary.moved(model, step)})
    assert network_boundary.place(moved) == min(max(place + step, 0), kept)
    back = moved.model_copy(
        update={"unfreeze": network_boundary.moved(moved, place - network_boundary.place(moved), model)}
    )
    assert network_boundary.place(back) == place


@given(transfers(), st.sampled_from(BASE.names))
def test_another_depth_of_the_base_always_finds_words_for_the_boundary(
    model: TransferSpec, last: str
) -> None:
    change = network_boundary.kept_boundary(model, last)
    unfreeze = change.get("model.unfreeze", model.unfreeze)
    trained = trained_layers(unfreeze, BASE.up_to(last))
    if change and trained:
        assert trained[0] == model.trained[0]


def test_a_layer_that_does_not_exist_is_left_for_the_experiment_to_refuse() -> None:
    model = presets.find("iteration-ii").experiment.model
    assert network_boundary.kept_boundary(model, "block9_pool") == {}


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (0, "0"),
        (999, "999"),
        (1000, "1.00k"),
        (38_720, "38.7k"),
        (999_499, "999k"),
        (999_999, "1.00M"),
        (2_359_808, "2.36M"),
    ],
)
def test_parameters_are_told_in_at_most_five_characters(number: int, text: str) -> None:
    assert count(number) == text


@given(st.integers(0, 10**11))
def test_a_count_is_short_and_close(number: int) -> None:
    text = count(number)
    assert len(text) <= 5
    scale = {"k": 1e3, "M": 1e6, "G": 1e9}.get(text[-1], 1)
    assert abs(float(text.rstrip("kMG")) * scale - number) <= 0.006 * number


@pytest.mark.parametrize(
    ("size", "text"),
    [
        (0, "0 B"),
        (999, "999 B"),
        (1000, "1 kB"),
        (95_040_000, "95 MB"),
        (1.2345e9, "1.23 GB"),
        (999.96e3, "1 MB"),
    ],
)
def test_bytes_are_told_with_three_digits(size: float, text: str) -> None:
    assert in_bytes(size) == text
