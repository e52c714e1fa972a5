"""What a person does with a sweep's trials: shows a run, saves the best values, writes a file."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from textual.screen import Screen

from tuilab.experiment.dotted import differences, dotted
from tuilab.files import paths
from tuilab.files.private import make_private
from tuilab.lab.sweeps.saving import BestPreset, best_preset
from tuilab.results.format import Format
from tuilab.results.formats import formats
from tuilab.sweeps.board import Board, SeedRun, Trial
from tuilab.sweeps.exports import RowsOf, exported
from tuilab.terminal import clean
from tuilab.tui.exporting import export as write
from tuilab.tui.protocols import lab_of
from tuilab.tui.screens.export import ExportScreen
from tuilab.tui.screens.save_preset import SavePresetScreen
from tuilab.tui.screens.sweeps.news import News
from tuilab.tui.screens.sweeps.seeds import SeedScreen


def show_run(screen: Screen[Any], trial: Trial | None, show: Callable[[str], object]) -> None:
    """Show a trial's run; of several, the one of the seed that the person chooses.

    Args:
        screen: where the trial is.
        trial: which; None: nothing was tried at the cursor.
        show: shows a run of this store by its id.
    """
    lab = lab_of(screen)
    runs = [run for run in trial.runs if run.run] if trial is not None else []
    here = [run for run in runs if not run.host]
    if trial is None or not runs:
        lab.say("there is no run here yet")
    elif not here:
        lab.say(f"its runs are on {clean(runs[0].host, limit=60)}, in the store there", "warning")
    elif len(here) == 1:
        show(here[0].run)
    else:

        def chosen(run: SeedRun | None) -> None:
            if run is not None:
                show(run.run)

        screen.app.push_screen(SeedScreen(trial, here), chosen)


def save_best(screen: Screen[Any], news: News | None) -> None:
    """Save the preset with the best values as one of the person's own."""
    lab = lab_of(screen)
    if news is None or news.best is None:
        lab.say("no trial is done yet, so there are no best values to save")
        return
    board = news.board

    def found(best: BestPreset) -> None:
        changes = len(differences(dotted(best.base.experiment), dotted(best.experiment)))
        screen.app.push_screen(
            SavePresetScreen(
                best.base,
                best.experiment,
                changes,
                what=f"The best values: {best.origin}.",
                title=best.title,
                comment=best.origin,
            )
        )

    lab.background.run(lambda: best_preset(board), found)


@dataclass(frozen=True)
class _Wanted:
    """What is written of a sweep.

    Attributes:
        form: the format; None: a study of Optuna's own.
        rows: what a row is, where there are rows.
    """

    form: Format | None
    rows: RowsOf = "trials"


def _choices() -> dict[str, _Wanted]:
    """Return what can be written, by its label."""
    tables = [form for form in formats() if form.name != "json"]
    return {
        **{f"{form.short_title}: the ranking, a row a trial": _Wanted(form) for form in tables},
        **{f"{form.short_title}: a row a run": _Wanted(form, "runs") for form in tables},
        **{f"{form.short_title}: all of it": _Wanted(form) for form in formats() if form not in tables},
        "Optuna: a study for optuna.load_study": _Wanted(None),
    }


def export(screen: Screen[Any], news: News | None) -> None:
    """Ask for a format and write the sweep to a file."""
    lab = lab_of(screen)
    if news is None:
        return
    board = news.board

    def chosen(wanted: _Wanted | None) -> None:
        if wanted is not None:
            lab.background.run(lambda: _written(board, wanted), lambda path: lab.say(f"written to {path}"))

    screen.app.push_screen(ExportScreen("this sweep", _choices(), paths.home() / "exports"), chosen)


def _written(board: Board, wanted: _Wanted) -> Path:
    stem = f"sweep-{board.spec.name}"
    if wanted.form is not None:
        runs = "-runs" if wanted.rows == "runs" else ""
        return write(f"{stem}{runs}.{wanted.form.suffix}", exported(board, wanted.form.name, wanted.rows))
    from tuilab.lab.sweeps.optuna_export import write_study

    folder = paths.home() / "exports"
    make_private(folder)
    write_study(board, folder / f"{stem}-optuna.log", replace=True)
    return folder / f"{stem}-optuna.log"


def copy(screen: Screen[Any], news: News | None) -> None:
    """Copy the sweep as Markdown."""
    lab = lab_of(screen)
    if news is not None:
        board, name = news.board, news.board.spec.name
        lab.background.run(
            lambda: exported(board, "markdown"), lambda text: lab.copy(text, f"sweep-{name}.md")
        )
