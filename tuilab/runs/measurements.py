"""What was measured of a run beside its journal: a sealed JSON file for each measurement.

probes/NAME/measured.json   a summary of what was found, and the digest of all that follows it

What the network says of each image is a measurement, too, but has files of its own (``answers``).
"""

from pathlib import Path
from typing import Literal, TypeVar

from pydantic import BaseModel, ConfigDict

from tuilab.errors import MissingError
from tuilab.files.atomic import write_whole
from tuilab.files.private import make_private
from tuilab.files.regular import read_regular
from tuilab.runs.run import Run
from tuilab.runs.seals import sealed, unbroken
from tuilab.terminal import clean

MeasurementName = Literal["answers", "statistics", "gradients", "similarity", "shifts", "kernels"]
"""What can be computed of a finished run from its trained model."""


class MeasuringRequest(BaseModel):
    """What the process that measures is asked for."""

    model_config = ConfigDict(frozen=True)

    run: str
    """The run's folder."""
    what: MeasurementName


_FILE = "measured.json"
_LARGEST = 64 << 20
"""Bytes of a file that are read at most."""

Measured = TypeVar("Measured", bound=BaseModel)


def path_of(run: Run, name: MeasurementName) -> Path:
    """Return where a measurement of a run lies; it need not exist."""
    return run.probes / name / _FILE


def save(run: Run, name: MeasurementName, found: BaseModel) -> None:
    """Write what was measured, replacing an earlier one; raises OSError where the disk refuses."""
    path = path_of(run, name)
    make_private(path.parent)
    write_whole(path, sealed(found.model_dump_json().encode()), links=False)


def load(run: Run, name: MeasurementName, form: type[Measured]) -> Measured:
    """Read what was measured.

    Args:
        run: of which run.
        name: which measurement.
        form: what it is.

    Raises:
        MissingError: nothing was measured, or it is damaged.
    """
    path = path_of(run, name)
    again = f"tuilab look {run.id} WHAT --measure computes it from the trained model"
    try:
        content = read_regular(path, _LARGEST)
        if not content.startswith(b'{"seal":') or not unbroken(content):
            raise ValueError("its checksum is not the one written in it")
        return form.model_validate_json(content)
    except FileNotFoundError as error:
        raise MissingError(f"{run.id} has no measured {name} yet", [again]) from error
    except (OSError, ValueError) as error:
        why = clean(str(error).splitlines()[0], limit=200)
        raise MissingError(f"{clean(str(path))} is damaged: {why}", [again]) from error
