"""The finished runs of a store as rows, for ``tuilab results``."""

from collections.abc import Sequence
from functools import cache

from tuilab import presets
from tuilab.experiment.experiment import Experiment
from tuilab.results.changes import Origin, origin_of
from tuilab.results.rows import Row, fixed, row
from tuilab.runs.index import read_all
from tuilab.runs.run import Run
from tuilab.runs.summary import Summary


def finished_rows(
    runs: Sequence[Run], preset: str | None = None, family: str | None = None
) -> tuple[list[Row], list[str]]:
    """Return the finished runs, and a sentence for each folder that could not be read.

    Args:
        runs: in any order.
        preset: only runs of this preset.
        family: only runs of presets of this family.

    Returns:
        Presets in the course's order, older runs first.
    """
    found, damaged = read_all(runs)
    order = {known.name: place for place, known in enumerate(presets.load_all())}
    members = {known.name for known in presets.load_all() if known.family == family}
    found.sort(key=lambda pair: pair[0].manifest.created)
    wanted = [
        (summary, experiment)
        for summary, experiment in found
        if summary.state == "done"
        and preset in (None, summary.manifest.preset)
        and (family is None or summary.manifest.preset in members)
    ]
    rows = _rows(wanted, found)
    rows.sort(key=lambda r: order.get(r.values["preset"], len(order)))
    return rows, list(damaged.values())


_Known = tuple[Summary, Experiment]


def _rows(wanted: Sequence[_Known], known: Sequence[_Known]) -> list[Row]:
    """Return rows of some runs, each beside its parent's."""
    by_id = {summary.run.id: (summary, experiment) for summary, experiment in known}
    origins = {
        run_id: Origin(summary.manifest, experiment) for run_id, (summary, experiment) in by_id.items()
    }
    find = cache(presets.find)

    @cache
    def parent_row(run_id: str) -> Row | None:
        # only what it is and what was measured is asked of a parent, not what it starts from itself
        summary, experiment = by_id[run_id]
        return row(fixed(experiment, summary.manifest, None, find), summary)

    def made(summary: Summary, experiment: Experiment) -> Row:
        parent = summary.manifest.parent
        part = fixed(experiment, summary.manifest, origin_of(summary, origins), find)
        return row(part, summary, parent_row(parent) if parent in by_id else None)

    return [made(summary, experiment) for summary, experiment in wanted]
