"""What can be done about how a run ended, in the app's own words: its keys and settings, not flags."""

import re
from collections.abc import Mapping

from tuilab.results.outcome import diverged
from tuilab.runs.summary import Summary
from tuilab.terminal import clean
from tuilab.tui.bindings import key_by_id

_SETTINGS = {
    "data": "data.source",
    "weights": "model.weights",
    "device": "training.device",
    "features": "training.features",
    "limit": "training.limit",
}
"""The settings that the command line's flags of their own change."""
_FLAG = re.compile(rf"--({'|'.join(_SETTINGS)}) (?=\S)")


def remedies(summary: Summary, own_keys: Mapping[str, str], *, limit: int) -> list[str]:
    """Return what can be done about how a run ended, a line each.

    Args:
        own_keys: the person's own keys, by a binding's id.
        limit: the most characters of each.
    """
    if not diverged(summary):
        return [clean(in_the_app(remedy), limit=limit) for remedy in summary.remedies]
    fork, start = (key_by_id(id).names(own_keys)[0] for id in ("run.fork", "run.start"))
    milder = "a smaller optimizer.learning_rate, or optimizer.clip_norm 1"
    if summary.epochs:
        return [f"{fork} forks it at an epoch before that: choose {milder}"]
    return [f"choose {milder} in the network pane, then {start} trains it again"]


def in_the_app(remedy: str) -> str:
    """Return a remedy that names flags of the command line with the settings of the network pane instead."""
    return _FLAG.sub(lambda flag: f"{_SETTINGS[flag[1]]}=", remedy).replace("--set ", "")
