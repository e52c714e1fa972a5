"""What happened to the experiment, in a sentence, for whoever does not see the network pane."""

from dataclasses import dataclass

from tuilab.experiment import Experiment
from tuilab.experiment.dotted import differences, dotted
from tuilab.lab.draft import Draft
from tuilab.terminal import clean

_MOST = 3
"""Settings that are named one by one."""


@dataclass(frozen=True)
class DraftSnapshot:
    """The draft at one moment.

    Attributes:
        name: what it began from.
        experiment: what would be trained.
    """

    name: str
    experiment: Experiment

    @classmethod
    def of(cls, draft: Draft) -> "DraftSnapshot":
        """Return the draft as it is now."""
        return cls(draft.name, draft.experiment)


def sentence(before: DraftSnapshot, after: DraftSnapshot) -> str:
    """Return what has changed; empty if nothing has. Clean."""
    if before.name != after.name:
        return f"now in the network pane: {clean(after.name, limit=80)}"
    changed = [
        clean(f"{one.key} {_value(one.before)} → {_value(one.after)}", limit=120)
        for one in differences(dotted(before.experiment), dotted(after.experiment))
    ]
    if not changed:
        return ""
    more = f" and {len(changed) - _MOST} more" if len(changed) > _MOST else ""
    return f"{clean(after.name, limit=80)}: {', '.join(changed[:_MOST])}{more}"


def _value(value: object) -> str:
    if value is None:
        return "none"
    return str(value).lower() if isinstance(value, bool) else str(value)
