"""The runs that were asked for after another one, as earlier versions noted them in its folder.

They are queued, and the note taken away, once that run is resumed or found done.
"""

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from tuilab.errors import UsageError
from tuilab.experiment.experiment import Experiment
from tuilab.files.regular import read_regular
from tuilab.lab.plan import PlannedRun
from tuilab.runs import store
from tuilab.runs.run import Run
from tuilab.terminal import clean

_LARGEST = 1 << 20


class _Planned(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")

    preset: str
    name: str = ""
    experiment: Experiment


class _Note(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")

    then: list[_Planned] = Field(min_length=1)


def waiting(run: Run) -> list[PlannedRun]:
    """Return what is still to be trained after a run, in order; nothing if the first of it has begun.

    Raises:
        UsageError: the note is damaged; the sentence says what to do.
    """
    try:
        planned = _Note.model_validate_json(read_regular(run.later, _LARGEST)).then
    except FileNotFoundError:
        return []
    except (OSError, ValidationError) as error:
        raise UsageError(
            f"{clean(str(run.later))} is damaged, so what was to be trained after {run.id} is not known; "
            "remove that file to go on without it"
        ) from error
    if _begun(run, planned[0]):
        return []
    steps: list[PlannedRun] = []
    for one in planned:
        before = steps[-1] if steps else None
        parent = None if before else run
        steps.append(PlannedRun(one.experiment, one.preset, one.name, parent=parent, after=before))
    return steps


def _begun(run: Run, first: _Planned) -> bool:
    """Return whether the run that a note names was made: whoever made it was killed just then."""
    for other in store.list_runs():
        try:
            manifest = other.manifest()
        except UsageError:
            continue
        if manifest.parent == run.id and manifest.experiment_digest == first.experiment.digest:
            return True
    return False
