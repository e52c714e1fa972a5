"""What a bad disk or a careless hand does to a run: said, mended, and the run ends with its numbers."""

import json
import os
import shutil
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from small_runs import CNN, small_run
from workers import Numbers, Nursery, numbers

from tuilab.runs.checkpoints import whole_epochs
from tuilab.runs.journal.reader import JournalReader
from tuilab.runs.run import Run
from tuilab.runs.summary import summarize
from tuilab.runs.worker.death import UNWRITABLE, death
from tuilab.runs.worker.last_words import Printed

pytestmark = pytest.mark.faults


@pytest.fixture(scope="module")
def undisturbed(nursery: Nursery) -> Numbers:
    """What the run measures when nobody disturbs it."""
    return numbers(nursery.finish(small_run(CNN, epochs=4)))


@pytest.fixture
def killed(nursery: Nursery) -> Run:
    """A run whose worker was killed after its second epoch's checkpoint."""
    run = small_run(CNN, epochs=4)
    nursery.kill_halted(run, "checkpoint", 2)
    assert whole_epochs(run.checkpoints)[-1] == 2
    return run


def cut_in_the_middle(run: Run) -> None:
    content = run.journal.read_bytes()
    run.journal.write_bytes(content[: len(content) // 2])


def flip_a_bit(run: Run) -> None:
    content = bytearray(run.journal.read_bytes())
    content[len(content) // 3] ^= 4
    run.journal.write_bytes(content)


def delete_the_journal(run: Run) -> None:
    run.journal.unlink()


def damage_the_newest_checkpoint(run: Run) -> None:
    place = max(run.checkpoints.glob("epoch-*")) / "trained.npz"
    place.write_bytes(place.read_bytes()[:-7])


def change_the_newest_manifest(run: Run) -> None:
    place = max(run.checkpoints.glob("epoch-*")) / "manifest.json"
    manifest = json.loads(place.read_bytes())
    manifest["epochs"][0]["accuracy"] = 0.99
    place.write_text(json.dumps(manifest))


def damage_every_checkpoint(run: Run) -> None:
    for place in run.checkpoints.glob("epoch-*/optimizer.npz"):
        place.write_bytes(b"PK")


def delete_the_checkpoints(run: Run) -> None:
    for place in run.checkpoints.iterdir():
        shutil.rmtree(place)


def delete_the_folder_of_checkpoints(run: Run) -> None:
    shutil.rmtree(run.checkpoints)


def leave_a_half_written_checkpoint(run: Run) -> None:
    draft = run.checkpoints / ".draft-0123456789abcdef"
    draft.mkdir()
    (draft / "trained.npz").write_bytes(b"half")


def write_rubbish_over_the_lease(run: Run) -> None:
    run.lease.write_bytes(b"\xff\x00{")


@pytest.mark.parametrize(
    "harm",
    [
        cut_in_the_middle,
        flip_a_bit,
        delete_the_journal,
        damage_the_newest_checkpoint,
        change_the_newest_manifest,
        delete_the_folder_of_checkpoints,
        damage_every_checkpoint,
        delete_the_checkpoints,
        leave_a_half_written_checkpoint,
        write_rubbish_over_the_lease,
    ],
)
def test_a_run_goes_on_from_what_is_whole(
    harm: Callable[[Run], None], nursery: Nursery, killed: Run, undisturbed: Numbers
) -> None:
    harm(killed)
    assert numbers(nursery.finish(killed)) == undisturbed
    reader = JournalReader(killed.journal)
    reader.read()
    assert reader.damage is None, "the damage was cut off before anything was written after it"
    assert not list(killed.checkpoints.glob(".draft-*"))


def test_a_changed_experiment_is_not_trained(nursery: Nursery, killed: Run, undisturbed: Numbers) -> None:
    path = killed.folder / "experiment.toml"
    made = path.read_text()
    path.write_text(made.replace("learning_rate = 0.01", "learning_rate = 0.05"))
    assert path.read_text() != made
    assert nursery.wait(nursery.start(killed)) == 2
    assert "was changed: it is not the experiment that" in summarize(killed).reason
    path.write_text(made)
    assert numbers(nursery.finish(killed)) == undisturbed


def test_what_was_cut_off_and_passed_over_is_noted(nursery: Nursery, killed: Run) -> None:
    flip_a_bit(killed)
    damage_the_newest_checkpoint(killed)
    notes = nursery.finish(killed).notes
    assert any(
        "bytes of the journal were incomplete or damaged and have been cut off" in note for note in notes
    )
    assert any("is damaged: trained.npz does not have the checksum" in note for note in notes)


def test_a_folder_that_is_read_only_ends_the_worker_with_a_sentence(
    nursery: Nursery, killed: Run, undisturbed: Numbers
) -> None:
    folder = str(killed.folder)
    bind = ["mount", "--bind", folder, folder]
    if subprocess.run(bind, capture_output=True, check=False).returncode != 0:
        pytest.skip("a folder that root cannot write to needs the right to mount one")
    try:
        subprocess.run(["mount", "-o", "remount,ro,bind", folder], check=True)
        before = killed.journal.read_bytes()
        assert nursery.wait(nursery.start(killed, log=Path(folder).with_suffix(".log"))) == 4
        assert killed.journal.read_bytes() == before
        assert "Read-only file system" in Path(folder).with_suffix(".log").read_text()
    finally:
        subprocess.run(["umount", folder], check=True)
    assert summarize(killed).state == "interrupted"
    assert numbers(nursery.finish(killed)) == undisturbed


def test_a_folder_that_turns_read_only_while_it_trains_ends_the_worker_and_the_run_goes_on_later(
    nursery: Nursery,
) -> None:
    expected = numbers(nursery.finish(small_run(CNN, epochs=8, limit=64)))
    run = small_run(CNN, epochs=8, limit=64)
    pid = nursery.start_halted(run, "epoch", 2)
    fixed = subprocess.run(["chattr", "-R", "+i", str(run.folder)], capture_output=True, check=False)
    try:
        if fixed.returncode != 0:
            os.kill(pid, signal.SIGKILL)
            nursery.wait(pid)
            pytest.skip("this disk, or this person, makes nothing immutable")
        os.kill(pid, signal.SIGCONT)
        code = nursery.wait(pid)
    finally:
        subprocess.run(["chattr", "-R", "-i", str(run.folder)], capture_output=True, check=False)
    assert code == UNWRITABLE, "its log takes no last words, either: whoever started it says so"
    assert death(run, pid, code, Printed.of(run.log)).sentence.startswith(
        f"{run.folder} could no longer be written"
    )
    assert summarize(run).resumable
    assert numbers(nursery.finish(run)) == expected
