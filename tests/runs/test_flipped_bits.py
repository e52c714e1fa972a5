"""No bit that changed on the disk makes a run another one without a word.

What decides numbers is known again by a digest that stands elsewhere as well: the experiment's in
``run.json``, that of ``run.json`` and of each checkpoint's manifest in the journal.
"""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random
from typing import Any

import pytest
from checkpoint_folders import written
from finished_runs import finished_run, write
from records import STOPPED, VERSIONS, epoch

from tuilab.errors import MissingError, TuilabError, UsageError
from tuilab.lab.fork import fork
from tuilab.runs import checkpoints
from tuilab.runs.checkpoints import MANIFEST, TRAINED, Position, Saved
from tuilab.runs.journal.records import Checkpoint, Resumed, Started
from tuilab.runs.run import Manifest, Run
from tuilab.runs.seals import sealed, unbroken
from tuilab.runs.summary import summarize

FLIPS = 1500


def flips(path: Path, most: int = FLIPS) -> Iterator[int]:
    """Flip one bit of a file after another, each of the whole file, and put the file back at the end."""
    content, chance = path.read_bytes(), Random(path.name)
    bits = range(8 * len(content))
    for bit in chance.sample(bits, min(most, len(bits))):
        flipped = bytearray(content)
        flipped[bit // 8] ^= 1 << bit % 8
        path.write_bytes(flipped)
        yield bit
    path.write_bytes(content)


SUMS = {
    "accuracy": 0.1,
    "cross_entropy": 2.5,
    "penalty": 0.0,
    "gradient_norm": 1.0,
    "images": 4.0,
    "steps": 1.0,
    "taken": 1.0,
}


@pytest.fixture
def run() -> Run:
    """A run that went on once, with the records of today."""
    run = finished_run("bn", {"optimizer.learning_rate": 0.05}, name="a name", last=STOPPED)
    write(run, [Started(pid=1, host="h", versions=VERSIONS, manifest_seal=run.manifest().seal), STOPPED])
    return run


@pytest.fixture
def saved(run: Run) -> Saved:
    """Its checkpoint, which the journal tells of."""
    history = (epoch(1, accuracy=1 / 3), epoch(2, val_accuracy=0.1 + 0.2))
    saved = written(run.checkpoints, 2, 30, history=history, position=Position(2, 30, SUMS, ((7, 8),)))
    write(run, [told(saved), STOPPED])
    return saved


def told(saved: Saved) -> Checkpoint:
    """Return what the journal says of a checkpoint."""
    return Checkpoint(
        epoch=saved.manifest.position.epoch,
        step=saved.manifest.position.step,
        name=saved.folder.name,
        digest=saved.manifest.files[TRAINED],
        manifest=saved.digest,
    )


def refused_or(load: Callable[[], Any], expected: Any) -> bool:
    """Return whether what was loaded is what was written; False: it was refused in a sentence."""
    try:
        found = load()
    except TuilabError as error:
        assert error.sentence.isprintable() and "Traceback" not in error.sentence
        return False
    assert found == expected
    return True


def test_an_experiment_is_the_one_that_was_made_or_none(run: Run) -> None:
    made = run.experiment()
    loaded = sum(refused_or(run.experiment, made) for _ in flips(run.folder / "experiment.toml"))
    # a line that has become a comment, and whose setting has the value that it has anyway
    assert loaded < FLIPS / 50


def test_a_manifest_is_the_one_that_was_made_but_for_its_name_or_none(run: Run) -> None:
    def fixed(manifest: Manifest) -> dict[str, Any]:
        return manifest.model_dump(exclude={"name"})

    made = fixed(run.manifest())
    names = {bit for bit in flips(run.folder / "run.json") if refused_or(lambda: whole(run), made)}
    assert 0 < len(names) < FLIPS / 20, "the name is nobody's but the person's: it decides no number"


def whole(run: Run) -> dict[str, Any]:
    return summarize(run).manifest.model_dump(exclude={"name"})


def test_a_checkpoint_is_the_one_that_was_written_or_none(saved: Saved) -> None:
    def load() -> Any:
        return checkpoints.read(saved.folder, told(saved)).manifest

    assert not any(refused_or(load, saved.manifest) for _ in flips(saved.folder / MANIFEST))


def test_its_own_seal_does_as_much_where_the_journal_did_not_tell_of_it_yet(saved: Saved) -> None:
    def load() -> Any:
        return checkpoints.read(saved.folder).manifest

    # a broken word "seal" is no seal any more, and all else is as it was
    loaded = {bit for bit in flips(saved.folder / MANIFEST, 400) if refused_or(load, saved.manifest)}
    assert loaded <= set(range(8 * 9))


def test_a_setting_that_names_no_experiment_is_held_as_well(run: Run) -> None:
    path = run.folder / "experiment.toml"
    path.write_text(path.read_text().replace('device = "auto"', 'device = "cpu"'))
    with pytest.raises(
        UsageError, match=r"experiment\.toml was changed: it is not the experiment that"
    ) as told:
        run.experiment()
    assert told.value.remedies[0] == "put the file back as it was"


def test_words_and_spaces_that_mean_nothing_may_change(run: Run) -> None:
    path = run.folder / "experiment.toml"
    made = run.experiment()
    path.write_text("# a remark\n" + path.read_text().replace(" = ", "  =  "))
    assert run.experiment() == made


def test_a_manifest_that_was_exchanged_whole_is_refused_by_the_journal(run: Run) -> None:
    other = finished_run("bn-l2")
    (run.folder / "run.json").write_bytes((other.folder / "run.json").read_bytes())
    with pytest.raises(UsageError, match=r"run\.json was changed: it does not belong to the run"):
        summarize(run)


def test_a_checkpoint_that_was_exchanged_whole_is_passed_over_and_not_forked(run: Run, saved: Saved) -> None:
    before, newest = written(run.checkpoints, 1), written(run.checkpoints, 3)
    write(run, [told(newest), STOPPED])
    manifest = newest.manifest.model_copy(update={"epochs": (epoch(1), epoch(2), epoch(3, accuracy=0.9))})
    (newest.folder / MANIFEST).write_bytes(sealed(manifest.model_dump_json().encode()))
    found, skipped = checkpoints.newest(run.checkpoints, summarize(run).known)
    assert found is not None and found.folder == saved.folder != before.folder
    assert len(skipped) == 1 and "is not the one recorded in the journal" in skipped[0]
    with pytest.raises(MissingError, match="is not the one recorded in the journal"):
        fork(run, "3", [])


def test_once_a_run_went_on_from_before_a_checkpoint_what_was_told_of_that_holds_no_more(
    run: Run, saved: Saved
) -> None:
    assert summarize(run).known == {saved.folder.name: told(saved)}
    write(run, [Resumed(epoch=2, step=30, checkpoint=saved.folder.name)])
    assert list(summarize(run).known) == [saved.folder.name]
    write(run, [Resumed(epoch=1, step=0, checkpoint="epoch-00001")])
    assert summarize(run).known == {}


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"epoch": 3}, "its manifest belongs to epoch-00003-step-000030"),
        ({"step": 31}, "its manifest belongs to epoch-00002-step-000031"),
        ({"epoch": -2}, "its manifest cannot be read"),
        ({"seconds": "Infinity"}, "its manifest cannot be read"),
        ({"seconds": -1}, "its manifest cannot be read"),
    ],
)
def test_without_any_digest_a_place_or_time_that_cannot_be_is_damage(
    changed: dict[str, object], said: str, saved: Saved
) -> None:
    table = as_it_was(saved.folder / MANIFEST)
    table["position"] |= changed
    (saved.folder / MANIFEST).write_text(json.dumps(table))
    with pytest.raises(MissingError, match=said):
        checkpoints.read(saved.folder)


def as_it_was(path: Path) -> dict[str, Any]:
    """Return a file's content as the first versions wrote it: without what is held against it today."""
    table = json.loads(path.read_bytes())
    for name in ("seal", "settings_digest", "forked_digest"):
        table.pop(name, None)
    return table


def test_runs_of_the_first_versions_are_read_as_before_and_held_to_their_digest(saved: Saved) -> None:
    run = finished_run("bn", {"optimizer.learning_rate": 0.05}, last=STOPPED)
    (run.folder / "run.json").write_text(json.dumps(as_it_was(run.folder / "run.json")))
    old = written(run.checkpoints, 1)
    (old.folder / MANIFEST).write_text(json.dumps(as_it_was(old.folder / MANIFEST)))
    write(run, [told(old).model_copy(update={"manifest": ""})])
    assert summarize(run).manifest.seal and run.experiment().optimizer.learning_rate == 0.05
    assert checkpoints.newest(run.checkpoints, summarize(run).known)[1] == []
    path = run.folder / "experiment.toml"
    path.write_text(path.read_text().replace("0.05", "0.25"))
    with pytest.raises(UsageError, match="was changed"):
        run.experiment()


def test_a_seal_holds_every_byte_behind_it() -> None:
    content = sealed(b'{"a":1}')
    assert json.loads(content)["a"] == 1 and unbroken(content)
    for place in range(9, len(content)):
        assert not unbroken(content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :])
        assert not unbroken(content[:place])
