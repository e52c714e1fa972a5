"""What changing one setting of the draft comes to: the settings that go with it, and the way back."""

from collections.abc import Mapping
from typing import Any

from tuilab.experiment import Experiment, base_of
from tuilab.experiment.optimizers import SHARED
from tuilab.experiment.overrides import CLASSIFIER, with_overrides
from tuilab.lab.draft import Draft
from tuilab.tui.panes.network.settings import Setting, value_of


def change(draft: Draft, setting: Setting, value: Any) -> bool:
    """Change one setting of the draft, as ``network_values`` gives its value; False if nothing differs.

    Raises:
        UsageError: the value is not allowed; the draft is as it was.
    """
    before = draft.experiment
    draft.change(settings_for(draft, setting, value))
    return draft.experiment != before


def reset(draft: Draft, setting: Setting) -> bool:
    """Give one setting the value that it has without the person's change; False if it has that already.

    Raises:
        UsageError: the other changes do not allow it; the draft is as it was.
    """
    changes = draft.changes
    if setting.key not in changes:
        return False
    value = unchanged_value(setting, draft, unchanged(draft, changes))
    return change(draft, setting, "none" if value is None else value)


def unchanged(draft: Draft, changes: Mapping[str, Any]) -> Experiment:
    """Return the experiment without the person's changes, but of the kinds that they took.

    Args:
        draft: the draft.
        changes: its changes.
    """
    return with_overrides(draft.start, {key: kind for key, kind in changes.items() if key.endswith(".kind")})


def unchanged_value(setting: Setting, draft: Draft, unchanged: Experiment) -> Any:
    """Return the value that a setting would have had the person not changed it."""
    return value_of(setting, draft.start if setting.key.endswith(".kind") else unchanged)


def settings_for(draft: Draft, setting: Setting, value: Any) -> Mapping[str, Any]:
    """Return all settings that a new value of one comes to, itself among them."""
    if setting.key.endswith(".kind"):
        return {setting.key: value, **_restored(draft, setting.key.partition(".")[0], value)}
    if setting.key == CLASSIFIER:
        return {setting.key: value, **_with_classifier(draft, value)}
    if setting.change is not None:
        return setting.change(draft.experiment, value)
    return {setting.key: value}


def _with_classifier(draft: Draft, classifier: Any) -> Mapping[str, Any]:
    """Back at the preset's own classifier, what the other one took away is there again."""
    theirs, ours = base_of(draft.start.model), base_of(draft.experiment.model)
    if theirs is None or theirs.head.classifier != classifier or ours is None:
        return {}
    if ours.head.classifier == classifier:
        return {}
    return {
        "model.unfreeze": theirs.unfreeze,
        "training.epochs": draft.start.training.epochs,
        "continue_from": draft.start.continue_from or "none",
    }


def _restored(draft: Draft, section: str, kind: Any) -> Mapping[str, Any]:
    """Back at the preset's own kind, its own settings are there again, not the kind's defaults."""
    theirs = getattr(draft.start, section)
    ours = getattr(draft.experiment, section)
    if theirs.kind != kind or ours.kind == kind:
        return {}
    # optimizers share settings that mean the same (the learning rate): those stay as they are now
    shared = SHARED if section == "optimizer" else frozenset[str]()
    table = theirs.model_dump(mode="json", exclude_none=True)
    return {f"{section}.{name}": value for name, value in table.items() if name not in shared | {"kind"}}
