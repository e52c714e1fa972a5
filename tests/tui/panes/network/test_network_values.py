"""The table of settings: every one can be read, stepped, typed and reset, in every preset."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tuilab import presets
from tuilab.errors import UsageError
from tuilab.experiment import Experiment
from tuilab.experiment.optimizers import OPTIMIZER_KINDS, OPTIMIZERS, Optimizer
from tuilab.lab.draft import Draft
from tuilab.tui.panes.network import changes as network_changes
from tuilab.tui.panes.network.settings import SETTINGS, Setting, exists, find, value_of
from tuilab.tui.panes.network.values import parsed, shown, stepped

PRESETS = [preset.name for preset in presets.load_all()]


def settings_of(experiment: Experiment) -> list[Setting]:
    return [setting for setting in SETTINGS if exists(setting, experiment)]


def step(draft: Draft, key: str, by: int, *, around: bool = False) -> object:
    setting = find(key)
    value = stepped(setting, draft.experiment, by, preset=draft.start, around=around)
    network_changes.change(draft, setting, value)
    return value_of(setting, draft.experiment)


@pytest.mark.parametrize("preset", PRESETS)
def test_every_step_is_allowed_or_refused_with_a_sentence(preset: str) -> None:
    draft = Draft(preset)
    for setting in settings_of(draft.experiment):
        for by in (1, -1):
            for _ in range(25):
                if not exists(setting, draft.experiment):
                    break
                try:
                    before = value_of(setting, draft.experiment)
                    if step(draft, setting.key, by) == before:
                        break
                except UsageError as error:
                    assert "is not allowed" in error.sentence or "leaves no image" in error.sentence
                    break
            draft.reset()


@pytest.mark.parametrize(("kind", "spec"), zip(OPTIMIZER_KINDS, OPTIMIZERS, strict=True))
def test_every_optimizer_has_a_row_for_each_of_its_settings_and_the_way_back_loses_nothing(
    kind: str, spec: type[Optimizer]
) -> None:
    draft = Draft("bn-l2")
    network_changes.change(draft, find("optimizer.kind"), kind)
    rows = {row.key for row in settings_of(draft.experiment) if row.part == "OPTIMIZER"}
    assert rows == {f"optimizer.{name}" for name in spec.model_fields}
    network_changes.change(draft, find("optimizer.kind"), "sgd")
    assert draft.settings == {}, "its momentum of 0.9 is there again"


@pytest.mark.parametrize("preset", PRESETS)
def test_what_is_shown_can_be_typed_again_and_means_the_same(preset: str) -> None:
    draft = Draft(preset)
    for setting in settings_of(draft.experiment):
        if setting.typed:
            text = shown(setting, value_of(setting, draft.experiment))
            assert not network_changes.change(draft, setting, parsed(setting, text)), setting.key
    assert draft.settings == {}


@pytest.mark.parametrize("preset", PRESETS)
def test_a_step_and_a_reset_come_back_to_the_preset(preset: str) -> None:
    draft = Draft(preset)
    for setting in settings_of(draft.experiment):
        for by in (1, -1):
            with contextlib.suppress(UsageError):  # a pool that the image does not outlast
                step(draft, setting.key, by)
            if exists(setting, draft.experiment):
                network_changes.reset(draft, setting)
            assert draft.settings == {}, setting.key


def test_rates_go_in_thirds_of_a_decade_and_stop_at_the_ends() -> None:
    draft = Draft("bn-l2")
    rates = [step(draft, "optimizer.learning_rate", 1) for _ in range(4)]
    assert rates == [0.003, 0.01, 0.03, 0.1]
    draft.change({"model.l2": 0.0})
    assert step(draft, "model.l2", -1) == 0.0
    assert step(draft, "model.l2", 1) == 1e-6


@pytest.mark.parametrize(
    ("value", "less", "more"), [(0.95, 0.9, 0.99), (0.91, 0.9, 0.95), (0.9999, 0.999, 0.9999)]
)
def test_a_number_between_two_steps_goes_to_the_next_one(value: float, less: float, more: float) -> None:
    for by, wanted in ((-1, less), (1, more)):
        draft = Draft("bn-l2")
        draft.change({"model.bn_momentum": value})
        assert step(draft, "model.bn_momentum", by) == wanted


def test_no_bound_is_the_largest_of_all() -> None:
    draft = Draft("bn-l2")
    assert step(draft, "training.limit", 1) is None
    assert step(draft, "training.limit", -1) == 50_000
    assert step(draft, "training.limit", 1) is None
    assert step(draft, "training.limit", 1, around=True) == 500


def test_more_filters_are_more_blocks() -> None:
    draft = Draft("bn-l2")
    draft.change({"model.pool": 2})
    assert [step(draft, "model.filters", 1) for _ in range(3)] == [
        (64, 128, 256), (32, 64, 128, 256), (32, 64, 128, 256, 512),
    ]  # fmt: skip


def test_four_blocks_under_a_pool_of_three_are_refused_with_the_reason() -> None:
    draft = Draft("bn-l2")
    step(draft, "model.filters", 1)
    with pytest.raises(UsageError, match="pool = 3 with 4 blocks leaves no image"):
        step(draft, "model.filters", 1)
    assert draft.settings == {"model.filters": [64, 128, 256]}


def test_left_is_off_and_right_is_on() -> None:
    draft = Draft("bn-l2")
    assert step(draft, "model.batch_norm", 1) is True
    assert step(draft, "model.batch_norm", -1) is False
    assert step(draft, "model.batch_norm", -1) is False
    assert step(draft, "model.batch_norm", 1, around=True) is True


@pytest.mark.parametrize(
    ("key", "typed", "value"),
    [
        ("model.filters", "8, 16", [8, 16]),
        ("model.filters", "[8 16]", [8, 16]),
        ("optimizer.clip_norm", "off", "none"),
        ("optimizer.clip_norm", "none", "none"),
        ("training.limit", " all ", "none"),
        ("training.limit", "1_000", 1000),
        ("optimizer.learning_rate", "1e-3", 0.001),
        ("data.source", " ~/my images ", "~/my images"),
        ("data.source", "1", "1"),
    ],
)
def test_what_is_typed_is_read_as_a_person_means_it(key: str, typed: str, value: object) -> None:
    assert parsed(find(key), typed) == value


@given(st.sampled_from([setting for setting in SETTINGS if setting.typed]), st.text(max_size=30))
def test_whatever_is_typed_is_taken_or_refused_and_nothing_in_between(setting: Setting, text: str) -> None:
    draft = Draft("bn-l2" if exists(setting, presets.find("bn-l2").experiment) else "iteration-ii")
    for kind in OPTIMIZER_KINDS:
        if not exists(setting, draft.experiment):
            draft.change({"optimizer.kind": kind})
    before = draft.experiment
    try:
        network_changes.change(draft, setting, parsed(setting, text))
    except UsageError as error:
        assert "\n" not in error.sentence
        assert draft.experiment == before
