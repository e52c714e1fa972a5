from pathlib import Path

import pytest
from curve_entries import batch, entries, epoch
from finished_runs import experiment_of
from hypothesis import given
from hypothesis import strategies as st
from records import STARTED

from tuilab.plots.cells import Role, cells_wide
from tuilab.plots.charts import Charts, Subject
from tuilab.plots.page import message, page
from tuilab.plots.series import History
from tuilab.plots.status import status_line
from tuilab.plots.view import View
from tuilab.runs.journal.records import Evaluated, Phase
from tuilab.runs.run import Manifest, Run
from tuilab.runs.state import Recorded
from tuilab.runs.summary import Summary

HISTORY = History.of(entries([STARTED, *(epoch(n) for n in range(1, 5))]))
FIGURES = Charts().figures(View(), Subject("bn", HISTORY, 5), [])


def summary(recorded: Recorded = "running", **more: object) -> Summary:
    manifest = Manifest(preset="bn", created=0.0, experiment_digest="")
    return Summary(Run(Path("20260101-000000-bn")), manifest, recorded, **more)  # type: ignore[arg-type]


def said(one: Summary, width: int = 80) -> str:
    return "".join(text for text, _ in status_line(one, experiment_of("bn", {}), width)).rstrip()


@given(
    st.integers(1, 160),
    st.integers(1, 50),
    st.lists(st.tuples(st.text(st.sampled_from("ab 字…"), max_size=90), st.just(Role.PLAIN)), max_size=4),
)
def test_a_page_fills_its_place_whatever_its_size(
    width: int, height: int, remarks: list[tuple[str, Role]]
) -> None:
    cells = page(FIGURES, remarks, [("● epoch", Role.GOOD)], width, height)
    assert (cells.width, cells.height) == (width, height)
    assert (message("no run yet", width, height).width) == width


@pytest.mark.parametrize(("width", "height"), [(42, 28), (76, 17), (156, 42)])
def test_both_plots_are_there_at_the_sizes_of_the_lab(width: int, height: int) -> None:
    lines = page(FIGURES, [("a remark", Role.PLAIN)], [("● epoch 1/5", Role.GOOD)], width, height).lines()
    for wanted in ("accuracy", "cross-entropy", "epoch 0", "a remark"):
        assert any(wanted in line for line in lines)
    assert lines[-1] == "● epoch 1/5"


def test_why_a_run_failed_is_read_to_its_end_where_there_is_room() -> None:
    why = "the training diverged: the cross-entropy is nan by epoch 1, step 3 (learning rate 10)"
    what = "f forks it at an epoch before that: choose a smaller rate"
    told = [(why, Role.ERROR), (what, Role.PLAIN), ("a remark", Role.PLAIN)]
    for height, rows, wanted in ((20, 5, f"{why} {what}"), (12, 3, why)):
        lines = [line.strip() for line in page(FIGURES, told, [], 42, height).lines()]
        assert " ".join(lines[-1 - rows : -1]) == wanted, "and what to do, where both have room"


def test_a_remark_that_is_cut_says_so() -> None:
    lines = page(FIGURES, [("word " * 60, Role.PLAIN)], [], 40, 12).lines()
    assert lines[-2].endswith("…")


def test_a_training_run_says_how_far_it_is() -> None:
    one = summary(phase=Phase(name="training"), batch=batch(3, 2), epochs=[epoch(1), epoch(2)])
    assert said(one) == "● epoch 3 of 5  ████████░░░░░░░░  2/4  5.1k images/s  0:42 left"
    assert said(one, 30) == "● epoch 3 of 5  ████░░░░░  2/4"
    assert said(one, 20) == "● epoch 3 of 5  2/4"


def test_an_epoch_that_is_measured_says_so_and_how_far_that_is() -> None:
    """Also where the worker, of an earlier version, says nothing after an epoch's last batch."""
    training, epochs = Phase(name="training"), [epoch(1), epoch(2)]
    one = summary(phase=training, batch=batch(3, 4), epochs=epochs)
    assert said(one) == "● epoch 3 of 5, validation  ░░░░░░░░░░░░░░░░  0:42 left"
    half = Phase(name="training", what="validation", done=5_000, total=10_000, unit="images")
    one = summary(phase=half, validation=half, batch=batch(3, 4), epochs=epochs)
    assert said(one) == "● epoch 3 of 5, validation  ████████░░░░░░░░  5,000/10,000 images  0:42 left"


def test_between_two_epochs_the_next_one_is_under_way() -> None:
    three = [epoch(1), epoch(2), epoch(3)]
    one = summary(phase=Phase(name="training"), batch=batch(3, 4), epochs=three)
    assert said(one).startswith("● epoch 4 of 5  ░░░░░░░░░░░░░░░░  0/4")
    one = summary(phase=Phase(name="training"), batch=batch(5, 4), epochs=[*three, epoch(4), epoch(5)])
    assert said(one).startswith("● 5 of 5 epochs done")


@given(st.integers(10, 100), st.integers(0, 4))
def test_a_line_of_progress_fits_its_width(width: int, step: int) -> None:
    one = summary(phase=Phase(name="training"), batch=batch(3, step), epochs=[epoch(1), epoch(2)])
    text = said(one, width)
    assert cells_wide(text) <= max(width, len("● epoch 3 of 5, validation"))


def test_a_phase_says_how_much_of_what_is_done() -> None:
    phase = Phase(name="features", what="of block5_pool", done=1204, total=50_000, unit="images")
    assert said(summary(phase=phase), 100).startswith("● computing frozen features of block5_pool  ")
    assert said(summary(phase=phase), 100).endswith(" 1,204/50,000 images")
    download = Phase(name="downloading", what="cifar", done=5_000_000, total=170_000_000, unit="bytes")
    assert said(summary(phase=download)).endswith("  5.0/170.0 MB")
    assert said(summary(phase=Phase(name="compiling"))) == "● compiling"


@pytest.mark.parametrize(
    ("recorded", "text"),
    [
        ("waiting", "○ waiting for its worker"),
        ("running", "● starting"),
        ("done", "✓ done  2 epochs in 1:05  test accuracy 0.5870"),
        ("stopped", "■ stopped  after 2 of 5 epochs, 1:05"),
        ("failed", "× failed  after 2 of 5 epochs, 1:05"),
    ],
)
def test_every_end_is_said_in_words(recorded: Recorded, text: str) -> None:
    evaluated = Evaluated(test_accuracy=0.587, test_cross_entropy=1.2)
    one = summary(recorded, epochs=[epoch(1), epoch(2)], seconds=65.0, evaluated=evaluated)
    assert said(one) == text


def test_a_run_whose_worker_is_gone_or_silent_is_called_as_everywhere_else() -> None:
    one = summary(epochs=[epoch(1), epoch(2)], seconds=65.0)
    one.gone("its folder is gone")
    assert said(one) == "× interrupted  after 2 of 5 epochs, 1:05"
    one.unreachable("its host is not heard of")
    assert said(one) == "× unreachable  after 2 of 5 epochs, 1:05"


def test_what_comes_from_outside_is_made_visible() -> None:
    assert "\x1b" not in said(summary(phase=Phase(name="loading", what="\x1b[31mred")))
