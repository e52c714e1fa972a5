"""Dotted settings, and what differs between two experiments."""

from finished_runs import experiment_of

from tuilab.experiment.dotted import Difference, differences, dotted
from tuilab.experiment.overrides import with_overrides


def test_every_setting_has_a_dotted_key() -> None:
    settings = dotted(experiment_of("bn", {}))
    assert settings["model.bn_momentum"] == 0.99
    assert settings["model.filters"] == [32, 64, 128]
    assert settings["optimizer.clip_norm"] is None and settings["continue_from"] is None
    assert not any(isinstance(value, dict) for value in settings.values())


def test_what_differs_is_told_with_both_values() -> None:
    before, after = (experiment_of(preset, {}) for preset in ("bn", "bn-momentum"))
    assert differences(dotted(before), dotted(after)) == (Difference("model.bn_momentum", 0.99, 0.8),)
    assert differences(dotted(before), dotted(before)) == ()


def test_a_setting_of_another_kind_has_no_value_on_the_other_side() -> None:
    before = experiment_of("bn", {})
    after = with_overrides(before, {"optimizer.kind": "adamw"})
    found = {d.key: (d.before, d.after) for d in differences(dotted(before), dotted(after))}
    assert found["optimizer.kind"] == ("sgd", "adamw")
    assert found["optimizer.momentum"] == (0.9, None) and found["optimizer.weight_decay"] == (None, 0.004)
    assert "optimizer.clip_norm" not in found, "unset on both sides"
