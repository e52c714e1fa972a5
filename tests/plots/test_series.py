import math

import pytest
from curve_entries import batch, entries, epoch
from records import STARTED

from tuilab.plots.series import EPOCH_SERIES, STEP_SERIES, History
from tuilab.runs.journal.reader import Entry
from tuilab.runs.journal.records import Note, Phase, Resumed


def test_a_batch_lies_within_its_epoch_and_an_epoch_at_its_end() -> None:
    history = History.of(entries([STARTED, batch(1, 1), batch(1, 3), epoch(1), batch(2, 2), epoch(2)]))
    assert list(history.curve("accuracy").x) == [0.25, 0.75, 1.0, 1.5, 2.0]
    assert list(history.curve("val_accuracy").x) == [1.0, 2.0]
    assert list(history.curve("accuracy").track.values) == pytest.approx([0.11, 0.13, 0.15, 0.22, 0.25])


def test_time_runs_from_the_first_record() -> None:
    history = History.of(entries([STARTED, batch(1, 1), epoch(1)], seconds=2.5))
    assert list(history.curve("accuracy", "time").x) == [2.5, 5.0]
    assert history.end("time") == 5.0
    assert history.end("epoch") == 1.0


def test_the_last_batch_of_an_epoch_gives_way_to_the_epoch_itself() -> None:
    history = History.of(entries([STARTED, batch(1, 4), epoch(1)]))
    assert list(history.curve("accuracy").x) == [1.0]
    assert history.curve("accuracy").last() == pytest.approx(0.15)


def test_epochs_that_are_trained_again_replace_what_came_after() -> None:
    before = [STARTED, batch(1, 2), epoch(1), batch(2, 2), epoch(2), batch(3, 1)]
    history = History.of(entries([*before, STARTED, batch(2, 1, accuracy=0.9), epoch(2, val_accuracy=0.8)]))
    assert list(history.curve("accuracy").x) == [0.5, 1.0, 1.25, 2.0]
    assert list(history.curve("val_accuracy").track.values) == pytest.approx([0.1, 0.8])


def test_the_clock_of_a_resumed_run_goes_on_from_what_is_kept() -> None:
    first = entries([STARTED, epoch(1), epoch(2)], start=1000, seconds=10)
    later = entries([STARTED, Phase(name="loading"), batch(2, 1)], start=9000, seconds=4)
    history = History.of([*first, *later])
    # epoch 1 was done after 10 s; the second process came to its first batch 8 s after its start
    assert list(history.curve("accuracy", "time").x) == [10.0, 18.0]


def test_time_never_runs_backwards_when_a_clock_is_set() -> None:
    history = History.of(
        [Entry(0, 1000.0, STARTED), Entry(1, 1010.0, batch(1, 1)), Entry(2, 900.0, batch(1, 2))]
    )
    assert list(history.curve("accuracy", "time").x) == [10.0, 10.0]


def test_smoothing_follows_a_history_that_grows_and_is_cut() -> None:
    history = History.of(entries([STARTED, *(batch(1, s, accuracy=s / 4) for s in (1, 2, 3))]))
    history.curve("accuracy", smoothing=0.5)
    for entry in entries([STARTED, batch(1, 2, accuracy=0.0), batch(1, 3, accuracy=1.0)]):
        history.add(entry)
    got = list(history.curve("accuracy", smoothing=0.5).track.values)
    assert got == pytest.approx([0.25, (0.5 * 0.25) / 1.5, (0.25 * 0.25 + 1.0) / 1.75])


def test_series_of_epochs_stay_as_they_are_measured() -> None:
    history = History.of(entries([STARTED, epoch(1), epoch(2), epoch(3)]))
    assert history.curve("val_accuracy", smoothing=0.9).track is history.curve("val_accuracy").track


@pytest.mark.parametrize(
    ("value", "words"), [(math.nan, "not a number"), (math.inf, "infinite"), (-math.inf, "infinite")]
)
def test_divergence_is_said_in_words(value: float, words: str) -> None:
    history = History.of(entries([STARTED, epoch(1), batch(2, 1), batch(2, 2, cross_entropy=value)]))
    (found,) = history.not_finite()
    assert found.epoch == 2
    assert found.sentence() == f"the cross-entropy was {words} in epoch 2: training diverged there"


def test_a_gradient_norm_that_half_precision_left_out_is_no_verdict() -> None:
    history = History.of(entries([STARTED, batch(1, 1, gradient_norm=math.nan)]))
    (found,) = history.not_finite()
    assert found.sentence() == "the gradient norm was not a number in epoch 1"


def test_a_cursor_reads_what_was_last_measured() -> None:
    curve = History.of(entries([STARTED, epoch(1), epoch(2)])).curve("val_accuracy")
    assert curve.at(0.99) is None
    assert curve.at(1.0) == curve.at(1.99) == pytest.approx(0.1)
    assert curve.at(7.0) == curve.last() == pytest.approx(0.2)


def test_an_extent_is_that_of_its_window() -> None:
    curve = History.of(entries([STARTED, epoch(1), epoch(2), epoch(3)])).curve("val_accuracy")
    assert curve.extent(1.5, 3.0) == pytest.approx((0.2, 0.3))
    assert curve.extent(3.5, 4.0) is None


def test_other_records_change_nothing() -> None:
    history = History.of(entries([STARTED, Note(text="a"), Phase(name="training")]))
    assert len(history) == 0
    assert history.end("epoch") == history.end("time") == 0.0
    assert all(history.curve(name).last() is None for name in (*STEP_SERIES, *EPOCH_SERIES))


def test_what_came_after_the_checkpoint_is_forgotten_as_soon_as_the_run_goes_on() -> None:
    before = [STARTED, batch(1, 2), epoch(1), batch(2, 1), batch(2, 2), batch(2, 3)]
    history = History.of(entries([*before, STARTED, Resumed(epoch=1, step=2, checkpoint="c")]))
    assert list(history.curve("accuracy").x) == [0.5, 1.0, 1.25, 1.5]
    history = History.of(entries([*before, STARTED, Resumed(epoch=1, step=0, checkpoint="c")]))
    assert list(history.curve("accuracy").x) == [0.5, 1.0]
    history = History.of(entries([*before, STARTED, Resumed(epoch=0, step=0, checkpoint="")]))
    assert len(history) == 0
    assert list(history.curve("val_accuracy").x) == []


def test_a_fork_begins_with_its_parents_epochs() -> None:
    history = History.of(entries([STARTED, Resumed(epoch=2, step=0, checkpoint="c"), epoch(1), epoch(2)]))
    assert list(history.curve("val_accuracy").x) == [1.0, 2.0]


def test_a_pause_of_the_worker_takes_no_room_on_the_axis_of_time() -> None:
    """Its process stood still for an hour between the first batch and the second."""
    told = [(1000.0, STARTED), (1004.0, batch(1, 1, worked=4.0)), (4604.5, batch(1, 2, worked=4.5))]
    told.append((4605.0, epoch(1)))
    history = History.of(Entry(seq, time, record) for seq, (time, record) in enumerate(told))
    assert list(history.curve("accuracy", "time").x) == [4.0, 4.5, 5.0]
