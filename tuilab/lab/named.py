"""What a word on the command line names: a preset, or a run where no preset has this name."""

from tuilab import presets
from tuilab.errors import UsageError
from tuilab.presets import Preset
from tuilab.runs import store
from tuilab.runs.run import Run


def preset_or_run(word: str) -> Preset | Run:
    """Return it.

    Args:
        word: a preset's name; or a run's id, its first characters, or ``latest``.

    Raises:
        UsageError: it is neither.
    """
    if word in {preset.name for preset in presets.load_all()}:
        return presets.find(word)
    try:
        return store.find(word)
    except UsageError as error:
        raise UsageError(
            f"{error.sentence}; no preset has that name either",
            [*error.remedies, "tuilab presets lists them"],
        ) from error
