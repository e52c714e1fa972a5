"""What a run says of each image: written whole, read back as it was, and damage is known as such."""

import json
import os

import numpy as np
import pytest
from finished_runs import finished_run
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from tuilab.errors import MissingError
from tuilab.runs import answers
from tuilab.runs.answers import Answers, RightLayout, RightWriter, folder_of, right_by_epoch
from tuilab.runs.run import Run

NINE = RightLayout(part="validation", images=9, digest="d")


def said(part: answers.Part = "test", images: int = 4) -> Answers:
    rng = np.random.default_rng(1)
    probabilities = rng.dirichlet(np.ones(3), images).astype(np.float32)
    return Answers(part, 5, rng.integers(0, 3, images).astype(np.int32), probabilities)


def bits(*numbers: int) -> NDArray[np.bool_]:
    return np.isin(np.arange(9), numbers)


def recorded(run: Run, epochs: int = 3) -> RightWriter:
    writer = RightWriter(run, NINE)
    for epoch in range(1, epochs + 1):
        writer.write(epoch, bits(epoch, 8))
    return writer


def test_answers_are_read_as_they_were_written() -> None:
    run = finished_run()
    for part in ("test", "validation"):
        answers.save(run, said(part))
        found = answers.load(run, part)
        assert (found.part, found.epoch) == (part, 5)
        assert found.probabilities.tobytes() == said().probabilities.tobytes()
        np.testing.assert_array_equal(found.labels, said().labels)
    file = folder_of(run) / "test.npz"
    assert (file.parent.stat().st_mode & 0o777, file.stat().st_mode & 0o777) == (0o700, 0o600)


def test_of_equal_probabilities_the_earlier_class_is_said() -> None:
    even = Answers("test", 1, np.array([1, 0], np.int32), np.array([[0.4, 0.4, 0.2], [0.3, 0.3, 0.4]]))
    assert even.said.tolist() == [0, 2] and even.right.tolist() == [False, False]


def test_what_was_not_recorded_is_said_to_be_missing() -> None:
    run = finished_run()
    with pytest.raises(MissingError, match=f"{run.id} did not record what it says of the test images"):
        answers.load(run, "test")
    with pytest.raises(MissingError, match="did not record which images it had right after each epoch"):
        right_by_epoch(run)
    RightWriter(run, NINE)
    with pytest.raises(MissingError, match="did not record which images"):
        right_by_epoch(run)


@given(place=st.floats(0, 0.999), bit=st.integers(0, 7))
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_flipped_bit_never_gives_other_answers(place: float, bit: int) -> None:
    run = finished_run()
    answers.save(run, said(images=40))
    path = folder_of(run) / "test.npz"
    content = bytearray(path.read_bytes())
    content[int(place * len(content))] ^= 1 << bit
    path.write_bytes(content)
    try:
        found = answers.load(run, "test")
    except MissingError as error:
        assert "test.npz is damaged" in error.sentence or "did not record" in error.sentence
    else:  # a bit of a time stamp, or of what else nothing is read from
        assert found.probabilities.tobytes() == said(images=40).probabilities.tobytes()
        np.testing.assert_array_equal(found.labels, said(images=40).labels)


@pytest.mark.parametrize("rubbish", [b"", b"PK\x03\x04", b"no zip", b"\x93NUMPY"])
def test_rubbish_in_place_of_answers_is_damage(rubbish: bytes) -> None:
    run = finished_run()
    answers.save(run, said())
    (folder_of(run) / "test.npz").write_bytes(rubbish)
    with pytest.raises(MissingError, match="is damaged"):
        answers.load(run, "test")


def test_a_pickle_in_it_is_not_opened() -> None:
    run = finished_run()
    answers.save(run, said())
    strange = np.array([{"a": 1}], dtype=object)
    np.savez(folder_of(run) / "test.npz", epoch=1, labels=strange, probabilities=strange)
    with pytest.raises(MissingError, match="is damaged"):
        answers.load(run, "test")


def test_labels_of_no_class_and_probabilities_that_are_none_are_damage() -> None:
    run = finished_run()
    whole = said()
    for labels, probabilities in (
        (whole.labels + 3, whole.probabilities),
        (whole.labels[:2], whole.probabilities),
        (whole.labels, whole.probabilities * np.nan),
        (whole.labels[:0], whole.probabilities[:0]),
    ):
        answers.save(run, Answers("test", 1, labels, probabilities))
        with pytest.raises(MissingError, match="is damaged"):
            answers.load(run, "test")


def test_bits_of_epochs_are_read_in_order() -> None:
    run = finished_run()
    recorded(run)
    found = right_by_epoch(run)
    assert (found.part, found.epochs) == ("validation", (1, 2, 3))
    for n, row in enumerate(found.right, start=1):
        np.testing.assert_array_equal(row, bits(n, 8))
    assert (folder_of(run) / answers.ROWS).stat().st_size == 3 * (2 + 4)


def test_an_epoch_that_is_trained_again_is_written_over_and_later_ones_go() -> None:
    run = finished_run()
    recorded(run)
    RightWriter(run, NINE).write(2, bits(0))
    found = right_by_epoch(run)
    assert found.epochs == (1, 2)
    np.testing.assert_array_equal(found.right[1], bits(0))


def test_a_row_that_is_torn_or_damaged_or_was_never_written_is_left_out() -> None:
    run = finished_run()
    writer = recorded(run)
    writer.write(5, bits(2))
    assert right_by_epoch(run).epochs == (1, 2, 3, 5), "the disk refused the fourth"
    path = folder_of(run) / answers.ROWS
    content = bytearray(path.read_bytes())
    content[6] ^= 1
    path.write_bytes(content)
    os.truncate(path, len(content) - 1)
    assert right_by_epoch(run).epochs == (1, 3)


def test_bits_of_other_images_are_not_taken_for_these() -> None:
    run = finished_run()
    recorded(run)
    other = NINE.model_copy(update={"digest": "e"})
    RightWriter(run, other).write(2, bits(1))
    assert right_by_epoch(run).epochs == (2,)


@pytest.mark.parametrize("text", ["", "{", '{"part": "test"}', '{"part": "x", "images": 9, "digest": ""}'])
def test_a_damaged_layout_is_said(text: str) -> None:
    run = finished_run()
    recorded(run)
    (folder_of(run) / answers.LAYOUT).write_text(text)
    with pytest.raises(MissingError, match="cannot be read"):
        right_by_epoch(run)


def test_a_layout_of_a_million_images_is_no_row_of_this_file() -> None:
    run = finished_run()
    recorded(run)
    layout = {**json.loads(NINE.model_dump_json()), "images": 1 << 26}
    (folder_of(run) / answers.LAYOUT).write_text(json.dumps(layout))
    with pytest.raises(MissingError, match="has recorded no epoch yet"):
        right_by_epoch(run)
