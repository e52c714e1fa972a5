"""The runs that were asked for after another one: noted in its folder, so that they outlive whoever waits.

The note is taken away once the first of them has begun; that one's own folder then says what comes after it.
"""

from collections.abc import Sequence

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from tuilab.errors import RunError, UsageError
from tuilab.experiment.experiment import Experiment
from tuilab.files.atomic import write_whole
from tuilab.files.regular import read_regular
from tuilab.lab.plan import Step
from tuilab.runs import store
from tuilab.runs.store import Run
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


def note(run: Run, later: Sequence[Step]) -> None:
    """Note what is to be trained after a run, each from the model of the one before.

    Raises:
        RunError: it cannot be written.
    """
    if not later:
        return
    planned = [_Planned(preset=step.preset, name=step.name, experiment=step.experiment) for step in later]
    try:
        write_whole(run.later, _Note(then=planned).model_dump_json(indent=1), links=False)
    except OSError as error:
        why = clean(error.strerror or str(error))
        raise RunError(f"{clean(str(run.later))} cannot be written: {why}") from error


def waiting(run: Run) -> list[Step]:
    """Return what is still to be trained after a run, in order; nothing where the first of it has begun.

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
    steps: list[Step] = []
    for one in planned:
        before = steps[-1] if steps else None
        parent = None if before else run
        steps.append(Step(one.experiment, one.preset, one.name, parent=parent, after=before))
    return steps


def begin(step: Step, later: Sequence[Step]) -> Run:
    """Make a step's run, note in it what comes after it, and take it off its parent's note.

    Raises:
        RunError: the folder cannot be made, or the note not be written.
    """
    parent = step.after.run if step.after is not None else step.parent
    run = step.start()
    note(run, later)
    if parent is not None and _first_of(parent, step):
        parent.later.unlink(missing_ok=True)
    return run


def _first_of(parent: Run, step: Step) -> bool:
    try:
        planned = _Note.model_validate_json(read_regular(parent.later, _LARGEST)).then
    except (OSError, ValidationError):
        return False
    return planned[0].experiment.digest == step.experiment.digest


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
