"""What a person said at the first start: which images and which weights the course's presets take."""

import json
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from tuilab.bases.named import COURSE_BASE
from tuilab.errors import RunError
from tuilab.experiment import Experiment, base_of
from tuilab.experiment.experiment import Part, Text
from tuilab.experiment.sentences import usage_error
from tuilab.files import paths
from tuilab.files.atomic import write_whole
from tuilab.files.small import read_small
from tuilab.sources.named import COURSE
from tuilab.terminal import clean


class DataChoice(Part):
    """The images and weights that presets stand on.

    Only what a preset leaves open is settled: one that asks for digits, random weights or another base keeps
    them.
    """

    source: Text = COURSE
    """What takes the place of the course's images: the name of a data set, those themselves, or a path."""

    weights: Text = "imagenet"
    """What takes the place of the course's base's ImageNet weights: ``imagenet`` themselves, or a path."""

    def settings(self, experiment: Experiment) -> dict[str, Any]:
        """Return what to change in a preset's experiment, dotted, as ``Draft.change`` takes it."""
        changes: dict[str, Any] = {}
        if experiment.data.source == COURSE != self.source:
            changes["data.source"] = self.source
        base = base_of(experiment.model)
        if base is not None and base.base == COURSE_BASE and base.weights == "imagenet" != self.weights:
            changes["model.weights"] = self.weights
        return changes


def file() -> Path:
    """Return the place of the file, which need not exist."""
    return paths.home() / "ground.json"


def load(path: Path) -> tuple[DataChoice | None, str]:
    """Return what was chosen, None before anything was, and a sentence where the file cannot be used."""
    where = clean(str(path))
    try:
        return DataChoice.model_validate(json.loads(read_small(path))), ""
    except FileNotFoundError:
        return None, ""
    except ValidationError as error:
        why = usage_error(error, DataChoice).sentence
    except (OSError, ValueError, RecursionError) as error:  # ValueError: no UTF-8, no JSON
        why = clean(str(error), limit=200)
    return None, f"the choice of images and weights in {where} cannot be read: {why}; choose them again"


def save(path: Path, choice: DataChoice) -> None:
    """Write the choice whole, mode 0600.

    Raises:
        RunError: the file cannot be written; the sentence says why.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        write_whole(path, choice.model_dump_json(indent=1) + "\n")
    except OSError as error:
        why = clean(error.strerror or str(error))
        raise RunError(f"the choice of images cannot be written to {clean(str(path))}: {why}") from error
