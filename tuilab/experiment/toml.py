"""Experiments as TOML, both ways without loss."""

from typing import Any

import tomlkit
from pydantic import ValidationError

from tuilab.errors import UsageError
from tuilab.experiment.experiment import Experiment
from tuilab.experiment.sentences import usage_error
from tuilab.files.bounded_toml import parse_toml
from tuilab.terminal import clean


def to_toml(experiment: Experiment) -> str:
    """Return every setting of ``experiment`` as TOML, defaults included, unset ones left out."""
    return tomlkit.dumps(experiment.model_dump(mode="json", exclude_none=True))


def from_toml(text: str, where: str = "") -> Experiment:
    """Read an experiment.

    Args:
        text: TOML.
        where: what the text is, for messages, e.g. ``experiment.toml``.

    Raises:
        UsageError: not TOML, or a setting that is missing, unknown or not allowed.
    """
    return experiment_from(read_table(text, where), where)


def read_table(text: str, where: str) -> dict[str, Any]:
    """Parse TOML into a dict; a UsageError says where it breaks."""
    try:
        return parse_toml(text)
    except ValueError as error:
        why = clean(str(error), limit=200)
        raise UsageError(f"{clean(where) or 'the text'} is not valid TOML: {why}") from error


def experiment_from(table: dict[str, Any], where: str = "") -> Experiment:
    """Validate a dict of settings; raises UsageError with one sentence."""
    try:
        return Experiment.model_validate(table)
    except ValidationError as error:
        raise usage_error(error, Experiment, f"in {clean(where)}: " if where else "") from error
