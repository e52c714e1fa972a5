"""Saving a preset: what is read again is the experiment exactly, and the base's comments stay."""

import stat
from pathlib import Path

import pytest
from experiments import experiments, texts
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tuilab import presets
from tuilab.errors import RunError, UsageError
from tuilab.experiment import Experiment, with_overrides
from tuilab.files import paths
from tuilab.lab.preset_saving import save_own
from tuilab.presets import find, load_all, problems

SHIPPED = [preset.name for preset in load_all()]


def save(name: str, base: str, changes: dict[str, object], *, overwrite: bool = False) -> str:
    """Save a preset with settings changed and return the file's text."""
    origin = find(base)
    experiment = with_overrides(origin.experiment, changes)
    return save_own(name, "my own", origin, experiment, overwrite=overwrite).read_text()


def lines_that_differ(one: str, other: str) -> tuple[set[str], set[str]]:
    return set(one.splitlines()) - set(other.splitlines()), set(other.splitlines()) - set(one.splitlines())


def test_a_saved_preset_is_found_at_once_and_is_ones_own() -> None:
    save("mine", "bn-l2", {"model.l2": 0.01})
    mine = find("mine")
    assert (mine.title, mine.order, mine.own, mine.family) == ("my own", 900, True, "cnn")
    assert mine.experiment == with_overrides(find("bn-l2").experiment, {"model.l2": 0.01})
    assert (mine.lesson, mine.teaches) == (find("bn-l2").lesson, find("bn-l2").teaches)
    assert mine.course == type(mine.course)(), "the course's numbers are of another experiment"
    assert load_all()[-1] == mine
    assert problems() == ()


def test_only_what_differs_is_changed_and_comments_stay() -> None:
    text = save("mine", "bn-l2", {"model.l2": 0.01, "training.seed": 7})
    gone, come = lines_that_differ((presets.folder() / "bn-l2.toml").read_text(), text)
    assert come == {'title = "my own"', "order = 900", "l2 = 0.01", "seed = 7"}
    assert {line for line in gone if "=" in line} == {
        'title = "Batch normalization 0.8 and L2 0.001"',
        "order = 40",
        "l2 = 0.001",
        "expected = [0.83, 0.85]",
    }
    assert "pool = 3 # 32 -> 10 -> 3 -> 1 pixels" in text


def test_a_setting_that_the_file_left_out_is_added_to_its_table_or_with_one() -> None:
    text = save("mine", "baseline", {"data.source": "digits", "optimizer.clip_norm": 1.0, "model.l1": 1e-5})
    assert '\n[experiment.data]\nsource = "digits"\n' in text
    assert "clip_norm = 1.0" in text


def test_an_optimizer_of_another_kind_is_written_whole() -> None:
    text = save("mine", "bn", {"optimizer.kind": "adamw"})
    table = text.partition("[experiment.optimizer]\n")[2].partition("\n\n")[0]
    assert table.splitlines() == ['kind = "adamw"', "learning_rate = 0.001", "weight_decay = 0.004"]


def test_a_setting_that_was_unset_is_taken_out_of_the_file() -> None:
    first = save("first", "bn", {"training.limit": 100, "optimizer.clip_norm": 2.0})
    assert "limit = 100" in first
    second = save("second", "first", {"training.limit": "none", "optimizer.clip_norm": "none"})
    assert "limit" not in second
    assert "clip_norm" not in second


def test_an_experiment_of_another_family_takes_its_family() -> None:
    origin = find("bn-l2")
    save_own("mine", "t", origin, find("iteration-iv").experiment)
    assert find("mine").family == "transfer"
    assert find("mine").experiment == find("iteration-iv").experiment


def test_the_file_is_private_and_no_draft_stays() -> None:
    save("mine", "bn", {})
    path = presets.own_folder() / "mine.toml"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [entry.name for entry in presets.own_folder().iterdir()] == ["mine.toml"]


def test_a_preset_is_replaced_only_where_that_is_asked_for() -> None:
    first = save("mine", "bn", {})
    with pytest.raises(UsageError) as caught:
        save("mine", "bn", {"training.seed": 2})
    assert caught.value.sentence == ("there is already a preset 'mine'; choose another name, or replace it")
    assert (presets.own_folder() / "mine.toml").read_text() == first
    save("mine", "bn", {"training.seed": 2}, overwrite=True)
    assert find("mine").experiment.training.seed == 2


def test_a_preset_of_ones_own_can_be_saved_over_itself() -> None:
    save("mine", "bn", {"training.seed": 2})
    path = presets.own_folder() / "mine.toml"
    path.write_text("# my words\n" + path.read_text())
    text = save("mine", "mine", {"training.seed": 3}, overwrite=True)
    assert text.startswith("# my words\n")
    assert find("mine").experiment.training.seed == 3


PATHS = ["../bn", "..", "/tmp/bn", "a.b", "{epoch}"]
ODD = ["", "My Try", "-x", "x" * 65, "x" * 300, "\x1b[2J", "x\n", "x\0"]


@pytest.mark.parametrize("name", PATHS + ODD)
def test_a_name_that_cannot_name_a_run_is_refused(name: str) -> None:
    with pytest.raises(UsageError, match="lowercase letters, digits and hyphens") as caught:
        save(name, "bn", {})
    assert "\x1b" not in caught.value.sentence
    assert not presets.own_folder().exists()


@pytest.mark.parametrize("overwrite", [False, True])
def test_tuilabs_own_names_are_refused(overwrite: bool) -> None:
    with pytest.raises(UsageError, match="'bn-l2' is one of tuilab's own presets"):
        save("bn-l2", "bn", {}, overwrite=overwrite)


@pytest.mark.parametrize("title", ["", "  ", "two\nlines", "x" * 201, "a\u2028b"])
def test_a_title_is_one_line(title: str) -> None:
    with pytest.raises(UsageError, match="it must be one line of 1 to 200 characters"):
        save_own("mine", title, find("bn"), find("bn").experiment)


@pytest.mark.parametrize("title", ["\x1b[2J[bold]\u202e", "caf\udce9", '"""', "é" * 200])
def test_any_line_can_be_a_title(title: str) -> None:
    save_own("mine", title, find("bn"), find("bn").experiment)
    assert find("mine").title == title.encode(errors="backslashreplace").decode()


@pytest.mark.parametrize("harm", ["gone", "broken"])
def test_where_the_file_it_began_from_is_gone_or_broken_it_is_written_anew(harm: str) -> None:
    save("first", "bn", {})
    base = find("first")
    path = presets.own_folder() / "first.toml"
    if harm == "gone":
        path.unlink()
    else:
        path.write_text("title = ")
    experiment = with_overrides(base.experiment, {"training.seed": 9})
    save_own("second", "t", base, experiment)
    assert find("second").experiment == experiment


@pytest.mark.parametrize(
    "layout",
    [
        'experiment = {model = {kind = "cnn"}, optimizer = {kind = "sgd"}}',
        '[experiment]\nmodel.kind = "cnn"\noptimizer.kind = "sgd"',
        'experiment.model.kind = "cnn"\nexperiment.optimizer.kind = "sgd"',
        '[experiment.optimizer]\nkind = "sgd"\n[course]\nrecorded = 0.5\n[experiment.model]\nkind = "cnn"',
        '["experiment"."model"]\n"kind" = "cnn"\n[experiment.optimizer]\n"kind" = \'sgd\'',
    ],
)
def test_however_a_persons_file_is_laid_out_what_is_saved_is_the_experiment(layout: str) -> None:
    folder = presets.own_folder()
    folder.mkdir(parents=True)
    head = 'title = "t"\nfamily = "cnn"\norder = 1\nlesson = "l"\nteaches = "w"\n'
    (folder / "odd.toml").write_text(head + layout + "\n")
    assert problems() == ()
    for n, changes in enumerate(
        [
            {"training.epochs": 3, "continue_from": "bn", "data.source": "digits"},
            {"optimizer.kind": "adam", "model.batch_norm": True},
            {"model.kind": "transfer", "model.head.dense": 7},
        ]
    ):
        save(f"saved-{n}", "odd", changes)
        assert find(f"saved-{n}").experiment == with_overrides(find("odd").experiment, changes)


def test_a_full_disk_leaves_the_old_file(monkeypatch: pytest.MonkeyPatch) -> None:
    first = save("mine", "bn", {})

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(RunError, match=r"cannot be written to .*No space left on device"):
        save("mine", "bn", {"training.seed": 2}, overwrite=True)
    assert (presets.own_folder() / "mine.toml").read_text() == first


def test_a_file_in_place_of_the_folder_is_told() -> None:
    Path(paths.config()).mkdir(parents=True)
    presets.own_folder().write_text("a file")
    with pytest.raises(RunError, match="the preset cannot be written to"):
        save("mine", "bn", {})


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sampled_from(SHIPPED), experiments, texts)
def test_any_experiment_is_read_again_exactly(base: str, experiment: Experiment, title: str) -> None:
    line = "".join(title.splitlines()).strip() or "t"
    save_own("mine", line, find(base), experiment, overwrite=True)
    mine = find("mine")
    assert mine.experiment == experiment
    assert mine.experiment.digest == experiment.digest
    assert mine.title == line


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(experiments, experiments)
def test_a_saved_preset_is_itself_a_beginning(first: Experiment, second: Experiment) -> None:
    save_own("first", "t", find("bn"), first, overwrite=True)
    save_own("second", "t", find("first"), second, overwrite=True)
    assert find("second").experiment == second
