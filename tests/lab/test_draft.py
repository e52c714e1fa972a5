"""The draft: what differs from the preset leads back to it, and every change can be undone."""

import contextlib
from pathlib import Path
from typing import Any

import pytest
from experiments import cnns, experiments, optimizers, transfers
from hypothesis import assume, given
from hypothesis import strategies as st

from tuilab import presets
from tuilab.errors import UsageError
from tuilab.experiment import Experiment, TransferSpec, with_overrides
from tuilab.experiment.experiment import learns
from tuilab.experiment.overrides import parse_assignment
from tuilab.lab.data_choice import DataChoice
from tuilab.lab.draft import Draft, ForkPoint, differences
from tuilab.runs.run import Run

PRESETS = st.sampled_from([preset.name for preset in presets.load_all()])
CHANGES = st.sampled_from(
    [
        "model.kind=cnn",
        "model.kind=transfer",
        "model.head.dense=64",
        "model.batch_norm=false",
        "model.filters=[8, 8]",
        "model.l2=0.001",
        "model.unfreeze=all",
        "optimizer.kind=sgd",
        "optimizer.kind=adam",
        "optimizer.kind=adamw",
        "optimizer.momentum=0.5",
        "optimizer.clip_norm=1",
        "optimizer.clip_norm=none",
        "training.limit=500",
        "training.limit=none",
        "training.epochs=0",
        "continue_from=none",
        "continue_from=bn",
        "no.such.setting=1",
    ]
)


def changed(draft: Draft, assignment: str) -> bool:
    """Change the draft; False if the change is refused."""
    before = (draft.experiment, draft.settings)
    try:
        draft.change(dict([parse_assignment(assignment)]))
    except UsageError:
        assert (draft.experiment, draft.settings) == before, "a refused change leaves no trace"
        return False
    return True


@given(experiments, experiments)
def test_differences_lead_from_any_experiment_to_any_other(before: Experiment, after: Experiment) -> None:
    # the word unsets the setting, so a preset of that name cannot be told from nothing
    assume(after.continue_from != "none")
    assert with_overrides(before, differences(before, after)) == after


@given(experiments, cnns() | transfers(), optimizers)
def test_only_what_differs_is_a_difference(before: Experiment, model: Any, optimizer: Any) -> None:
    assume(learns(model) == learns(before.model))  # which decides whether there are epochs
    after = before.model_copy(update={"model": model, "optimizer": optimizer})
    settings = differences(before, after)
    assert not [key for key in settings if not key.startswith(("model.", "optimizer."))]
    assert differences(before, before) == {}
    for key in settings:
        rest = {k: v for k, v in settings.items() if k != key}
        with contextlib.suppress(UsageError):  # the others make no sense without it
            assert with_overrides(before, rest) != after, f"{key} could be left out"


@given(PRESETS, st.lists(CHANGES, max_size=8))
def test_the_draft_s_settings_always_give_its_experiment(preset: str, assignments: list[str]) -> None:
    draft = Draft(preset)
    for assignment in assignments:
        changed(draft, assignment)
        assert with_overrides(draft.preset.experiment, draft.settings) == draft.experiment
        assert draft.changes == draft.settings, "nothing is chosen for all"


@given(PRESETS, st.lists(CHANGES | PRESETS, max_size=8), st.integers(0, 10))
def test_undo_walks_back_through_every_state_and_redo_forward_again(
    preset: str, steps: list[str], back: int
) -> None:
    draft = Draft(preset)
    states = [(draft.preset, draft.experiment)]
    for step in steps:
        if "=" in step:
            changed(draft, step)
        else:
            draft.choose(step)
        if (draft.preset, draft.experiment) != states[-1]:
            states.append((draft.preset, draft.experiment))
    back = min(back, len(states) - 1)
    for state in reversed(states[len(states) - 1 - back : -1]):
        assert draft.undo()
        assert (draft.preset, draft.experiment) == state
    for state in states[len(states) - back :]:
        assert draft.redo()
        assert (draft.preset, draft.experiment) == state
    assert not draft.redo(), "there is nothing left to make again"


def test_at_the_beginning_there_is_nothing_to_take_back() -> None:
    draft = Draft("bn")
    assert not draft.undo()
    assert not draft.redo()
    assert draft.settings == {}


def test_a_new_change_forgets_what_was_taken_back() -> None:
    draft = Draft("bn")
    draft.change({"training.epochs": 2})
    draft.undo()
    draft.change({"training.epochs": 3})
    assert not draft.redo()
    assert draft.experiment.training.epochs == 3


def test_a_change_to_the_same_value_is_no_change() -> None:
    draft = Draft("bn-l2")
    draft.change({"model.l2": 0.001})
    draft.choose("bn-l2")
    draft.reset()
    assert not draft.undo()


def test_several_settings_change_together_or_not_at_all() -> None:
    draft = Draft("bn-l2")
    with pytest.raises(UsageError, match=r"training\.epochs = 0 is not allowed"):
        draft.change({"model.l2": 0.01, "training.epochs": 0})
    assert draft.settings == {}
    assert not draft.undo()


def test_reset_goes_back_to_the_preset_and_can_be_taken_back() -> None:
    draft = Draft("bn-l2")
    draft.change({"model.l2": 0.01})
    draft.change({"model.bn_momentum": 0.5})
    draft.reset()
    assert draft.settings == {}
    draft.undo()
    assert draft.settings == {"model.bn_momentum": 0.5, "model.l2": 0.01}


def test_a_network_of_another_kind_is_told_by_what_differs_from_that_kind_s_own_settings() -> None:
    draft = Draft("bn-l2")
    draft.change({"model.kind": "transfer", "model.head.dense": 64, "model.l2": 0.001})
    model = draft.experiment.model
    assert isinstance(model, TransferSpec)
    assert (model.head.dense, model.l2) == (64, 0.001)
    assert draft.settings == {"model.kind": "transfer", "model.head.dense": 64, "model.l2": 0.001}


def test_a_setting_that_is_gone_is_none() -> None:
    draft = Draft("iteration-ii")
    draft.change({"continue_from": "none"})
    assert draft.settings == {"continue_from": "none"}


def test_a_run_s_own_experiment_can_be_put_on_the_desk_and_taken_off_again() -> None:
    draft = Draft("bn")
    theirs = with_overrides(presets.find("bn-l2").experiment, {"model.l2": 0.1})
    draft.take("bn-l2", theirs)
    assert (draft.preset.name, draft.settings) == ("bn-l2", {"model.l2": 0.1})
    draft.undo()
    assert (draft.preset.name, draft.settings) == ("bn", {})
    with pytest.raises(UsageError, match="there is no preset 'gone'"):
        draft.take("gone", theirs)
    assert draft.preset.name == "bn"


def test_the_last_two_hundred_changes_can_be_taken_back() -> None:
    draft = Draft("bn")
    for epochs in range(100, 400):
        draft.change({"training.epochs": epochs})
    undone = 0
    while draft.undo():
        undone += 1
    assert undone == 200
    assert draft.experiment.training.epochs == 199


def test_images_that_a_person_chose_for_all_are_no_change_of_theirs() -> None:
    draft = Draft("bn-l2", DataChoice(source="digits"))
    assert (draft.experiment.data.source, draft.start) == ("digits", draft.experiment)
    assert draft.settings == {"data.source": "digits"}, "what a run is told"
    assert draft.changes == {}
    draft.change({"model.l2": 0.01})
    assert draft.changes == {"model.l2": 0.01}
    draft.reset()
    assert draft.experiment.data.source == "digits"
    draft.change({"data.source": "cifar10"})
    assert draft.changes == {"data.source": "cifar10"}


def test_a_fork_is_changed_from_its_parent_and_only_where_a_fork_may_be() -> None:
    draft = Draft("bn-l2")
    before = draft.experiment
    parent = with_overrides(before, {"training.epochs": 8, "model.l2": 0.01})
    draft.load_fork("bn-l2", parent, ForkPoint(Run(Path("runs/x")), "mine", 3, parent))
    assert (draft.name, draft.start, draft.changes) == ("fork of mine at epoch 3", parent, {})
    draft.change({"model.l2": 0.1})
    assert draft.changes == {"model.l2": 0.1}
    assert draft.left.training.epochs == 5
    for settings in ({"model.filters": [16, 32]}, {"data.source": "digits"}, {"training.epochs": 3}):
        with pytest.raises(UsageError):
            draft.change(settings)
    assert draft.changes == {"model.l2": 0.1}
    assert draft.can_change("optimizer.momentum")
    assert not draft.can_change("model.filters")
    draft.reset()
    assert (draft.fork, draft.experiment, draft.name) == (None, before, "bn-l2")
    draft.undo()
    draft.undo()
    assert draft.fork is not None
    assert draft.changes == {}
    draft.undo()
    assert draft.experiment == before
