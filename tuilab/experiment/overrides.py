"""``--set a.b=value``: one setting changed, the rest as it was."""

from collections.abc import Mapping
from typing import Any

from tuilab.errors import UsageError, nearest
from tuilab.experiment.experiment import Experiment
from tuilab.experiment.float32 import check_float32
from tuilab.experiment.optimizers import SHARED
from tuilab.experiment.toml import experiment_from
from tuilab.files.bounded_toml import parse_toml
from tuilab.terminal import clean

CLASSIFIER = "model.head.classifier"


def parse_assignment(text: str) -> tuple[str, Any]:
    """Split ``a.b=value``; the value is read as TOML where it is TOML, else as text.

    Raises:
        UsageError: no ``=``, or no key before it.
    """
    key, equals, value = text.partition("=")
    if not equals or not key.strip():
        raise UsageError(
            f"--set '{clean(text, limit=80)}' is not allowed: write KEY=VALUE, "
            "as in --set optimizer.learning_rate=0.01"
        )
    try:
        table = parse_toml(f"value = {value.strip()}")
    except ValueError:
        return key.strip(), value.strip()
    # a value of several lines may hold more than a value: then it is text
    return key.strip(), table["value"] if len(table) == 1 else value.strip()


def with_overrides(experiment: Experiment, settings: Mapping[str, Any]) -> Experiment:
    """Return ``experiment`` with dotted settings changed, e.g. ``{"training.epochs": 3}``.

    Changing the optimizer's ``kind`` keeps the settings that both kinds have and drops the others,
    which the new kind would not understand. Changing the model's starts from the new kind's own
    defaults: the two share names, not meanings. Another base is kept whole and frozen unless more is said,
    and so is a base below class means, which are taken in no epoch and continue nothing.
    ``none`` unsets an optional setting.

    Raises:
        UsageError: an unknown key or a value that is not allowed, or that 32-bit numbers cannot hold.
    """
    table = experiment.model_dump(mode="json", exclude_none=True)
    # kinds first: a setting that only the new kind has may stand before it on the command line; then the base
    for key, value in sorted(settings.items(), key=lambda item: _turn(item[0])):
        _assign(table, key, value)
    changed = experiment_from(table)
    check_float32(changed)
    return changed


def _turn(key: str) -> int:
    return 0 if key.endswith(".kind") else 1 if key in ("model.base", CLASSIFIER) else 2


def _assign(table: dict[str, Any], key: str, value: Any) -> None:
    shown = clean(key, limit=80)
    if clean(key) != key:
        raise UsageError(
            f"there is no setting '{shown}': names are lowercase letters, digits and underscores"
        )
    *sections, name = key.split(".")
    place = table
    for depth, section in enumerate(sections):
        inside = place.get(section)
        if not isinstance(inside, dict):
            names = [k for k, v in place.items() if isinstance(v, dict)]
            at = ".".join(sections[:depth]) or "an experiment"
            raise UsageError(
                f"there is no setting '{shown}': {at} has the sections {', '.join(names) or 'none'}"
                f"{nearest(section, names)}"
            )
        place = inside
    if name == "kind" and sections in (["model"], ["optimizer"]) and place.get("kind") != value:
        _change_kind(place, sections[0], value)
    elif key == "model.base" and place.get(name, value) != value:
        _change_base(place, value)
    elif key == CLASSIFIER and place.get(name, value) != value:
        _change_classifier(table, value)
    elif value == "none" and _optional(key):
        place.pop(name, None)
    else:
        place[name] = value


def _optional(key: str) -> bool:
    return key in {"training.limit", "training.shots", "optimizer.clip_norm", "continue_from"}


def _change_base(place: dict[str, Any], base: Any) -> None:
    """Set the base and drop what is said in terms of another's layers."""
    for name in ("last_layer", "unfreeze"):
        place.pop(name, None)
    place["base"] = base


def _change_classifier(table: dict[str, Any], classifier: Any) -> None:
    """Set what is on top of the base and drop what only makes sense with the other one."""
    table["model"]["head"]["classifier"] = classifier
    if classifier == "class-means":
        table["model"].pop("unfreeze", None)
        table.pop("continue_from", None)
        table["training"]["epochs"] = 0
    else:
        table["training"].pop("epochs", None)


def _change_kind(place: dict[str, Any], section: str, kind: Any) -> None:
    """Set the kind and keep only the settings that mean the same in every kind."""
    # a network of another kind shares names, not meanings: it starts from its own defaults
    for name in set(place) - (SHARED if section == "optimizer" else frozenset()):
        del place[name]
    place["kind"] = kind
    if section == "model" and kind == "transfer":
        place["head"] = {}  # so that settings of the head can be changed together with the kind
