"""Rows of steps: each at its place, whole or known not to be, and readable while they are written."""

import os
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from tuilab.errors import MissingError
from tuilab.runs.step_rows import LAYOUT, Column, Layout, StepRows, StepWriter, path_of

COLUMNS = (Column(name="one/mean", width=2), Column(name="one/variance", width=2))
FIVE = Layout(columns=COLUMNS, steps=5)


def rows(first: int, count: int) -> NDArray[np.float32]:
    return (np.arange(4 * count, dtype=np.float32) + 100 * first).reshape(count, 4)


def recorded(folder: Path, epoch: int = 1, steps: int = 5, layout: Layout = FIVE) -> StepWriter:
    writer = StepWriter(folder, layout)
    writer.begin(epoch, 0)
    for step in range(steps):
        writer.write(rows(step, 1))
    return writer


def test_what_is_written_is_read_with_its_layout(tmp_path: Path) -> None:
    folder = tmp_path / "probes" / "p"
    writer = StepWriter(folder, FIVE)
    writer.begin(1, 0)
    writer.write(rows(0, 3))
    writer.write(rows(3, 2))
    writer.close()
    found = StepRows.of(folder)
    assert found.layout == FIVE and found.layout.width == 4
    np.testing.assert_array_equal(found.whole(1), np.concatenate([rows(0, 3), rows(3, 2)]))
    assert path_of(folder, 1).stat().st_size == FIVE.bytes_per_epoch == 5 * (4 * 4 + 4)
    assert (folder.stat().st_mode & 0o777, path_of(folder, 1).stat().st_mode & 0o777) == (0o700, 0o600)


def test_numbers_that_are_not_finite_are_kept_bit_for_bit(tmp_path: Path) -> None:
    strange = np.array([[np.nan, np.inf, -0.0, 1e-45]], np.float32)
    writer = StepWriter(tmp_path, Layout(columns=COLUMNS, steps=1))
    writer.begin(1, 0)
    writer.write(strange)
    assert StepRows.of(tmp_path).whole(1).tobytes() == strange.tobytes()


def test_rows_are_readable_while_they_grow_and_a_torn_one_is_none(tmp_path: Path) -> None:
    recorded(tmp_path, steps=3)
    assert len(StepRows.of(tmp_path).so_far(1)) == 3
    os.truncate(path_of(tmp_path, 1), 2 * FIVE.row.itemsize + 7)
    found = StepRows.of(tmp_path)
    assert len(found.so_far(1)) == 2 and len(found.so_far(2)) == 0
    with pytest.raises(MissingError, match="missing or damaged from step 3 of 5 on"):
        found.whole(1)


def test_whoever_continues_in_the_middle_writes_the_same_rows_at_the_same_place(tmp_path: Path) -> None:
    recorded(tmp_path / "undisturbed").close()
    recorded(tmp_path / "killed", steps=4)  # it trained on after its checkpoint at step 2
    again = StepWriter(tmp_path / "killed", FIVE)
    again.begin(1, 2)
    assert len(StepRows.of(tmp_path / "killed").so_far(1)) == 2, "what comes after is not known any more"
    for step in range(2, 5):
        again.write(rows(step, 1))
    again.close()
    assert path_of(tmp_path / "killed", 1).read_bytes() == path_of(tmp_path / "undisturbed", 1).read_bytes()


def test_epochs_that_are_trained_again_are_deleted(tmp_path: Path) -> None:
    for epoch in (1, 2, 3):
        recorded(tmp_path, epoch).close()
    StepWriter(tmp_path, FIVE).begin(2, 0)
    assert sorted(path.name for path in tmp_path.glob("*.rows")) == ["epoch-00001.rows", "epoch-00002.rows"]
    assert len(StepRows.of(tmp_path).so_far(2)) == 0


def test_a_hole_is_no_row(tmp_path: Path) -> None:
    recorded(tmp_path, steps=1)
    writer = StepWriter(tmp_path, FIVE)
    writer.begin(1, 3)  # steps 2 and 3 were lost with the machine's power
    writer.write(rows(3, 2))
    assert len(StepRows.of(tmp_path).so_far(1)) == 1


@given(st.integers(0, FIVE.bytes_per_epoch - 1), st.integers(0, 7))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=50)
def test_whatever_bit_is_flipped_the_row_is_known_as_damaged(tmp_path: Path, byte: int, bit: int) -> None:
    recorded(tmp_path).close()
    path = path_of(tmp_path, 1)
    content = bytearray(path.read_bytes())
    content[byte] ^= 1 << bit
    path.write_bytes(content)
    assert len(StepRows.of(tmp_path).so_far(1)) == byte // FIVE.row.itemsize


def test_a_row_of_another_epoch_step_or_layout_is_known_as_such(tmp_path: Path) -> None:
    recorded(tmp_path, 1).close()
    content = path_of(tmp_path, 1).read_bytes()
    path_of(tmp_path, 2).write_bytes(content)
    assert len(StepRows.of(tmp_path).so_far(2)) == 0
    size = FIVE.row.itemsize
    path_of(tmp_path, 1).write_bytes(content[size : 2 * size] + content[:size] + content[2 * size :])
    assert len(StepRows.of(tmp_path).so_far(1)) == 0
    other = Layout(columns=(COLUMNS[1], COLUMNS[0]), steps=5)
    (tmp_path / LAYOUT).write_text(other.model_dump_json())
    path_of(tmp_path, 1).write_bytes(content)
    assert len(StepRows.of(tmp_path).so_far(1)) == 0


def test_records_of_another_layout_make_way(tmp_path: Path) -> None:
    recorded(tmp_path).close()
    StepWriter(tmp_path, Layout(columns=COLUMNS, steps=6))
    assert not list(tmp_path.glob("*.rows")) and StepRows.of(tmp_path).layout.steps == 6


@pytest.mark.parametrize("content", [b"", b"{}", b"\xff", b'{"columns": [], "steps": 1}', b"[" * 1000])
def test_a_damaged_layout_is_said_in_a_sentence(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(MissingError, match="there are no records"):
        StepRows.of(tmp_path)
    (tmp_path / LAYOUT).write_bytes(content)
    with pytest.raises(MissingError, match=r"layout\.json cannot be read"):
        StepRows.of(tmp_path)


def test_a_link_is_not_followed(tmp_path: Path) -> None:
    recorded(tmp_path / "p").close()
    path_of(tmp_path / "p", 1).unlink()
    path_of(tmp_path / "p", 1).symlink_to("/dev/zero")
    with pytest.raises(MissingError, match="cannot be read"):
        StepRows.of(tmp_path / "p").whole(1)
    with pytest.raises(OSError):
        StepWriter(tmp_path / "p", FIVE).begin(1, 0)
