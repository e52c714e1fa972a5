"""What a person does with a sweep's trials: shows a run, saves the best values, writes a file."""

from collections.abc import Callable
from typing import Any

from textual.screen import Screen

from tuilab import presets
from tuilab.errors import TuilabError
from tuilab.experiment.dotted import differences, dotted
from tuilab.files import paths
from tuilab.sweeps.board import SeedRun, Trial
from tuilab.sweeps.exports import exported
from tuilab.sweeps.points import experiment_of
from tuilab.sweeps.wording import accuracy_words, point_words
from tuilab.terminal import clean
from tuilab.tui.exporting import export as write
from tuilab.tui.protocols import lab_of
from tuilab.tui.screens.export import ExportChoice, ExportScreen, in_each_format
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
    spec, best = news.board.spec, news.best
    try:
        preset = presets.find(spec.preset)
        experiment = experiment_of(spec.experiment, best.point, spec.experiment.training.seed)
    except TuilabError as error:
        lab.say(f"the best values cannot be saved: {error.sentence}", "error")
        return
    changes = len(differences(dotted(preset.experiment), dotted(experiment)))
    what = f"The best values of the sweep {spec.name}: {point_words(best.point)}, validation accuracy "
    screen.app.push_screen(
        SavePresetScreen(preset, experiment, changes, what=f"{what}{accuracy_words(best.value)}.")
    )


def export(screen: Screen[Any], news: News | None) -> None:
    """Ask for a format and write the sweep to a file."""
    lab = lab_of(screen)
    if news is None:
        return
    board, name = news.board, news.board.spec.name

    def chosen(choice: ExportChoice | None) -> None:
        if choice is not None:
            form = choice.form
            lab.background.run(
                lambda: write(f"sweep-{name}.{form.suffix}", exported(board, form.name)),
                lambda path: lab.say(f"written to {path}"),
            )

    folder = paths.home() / "exports"
    screen.app.push_screen(ExportScreen("this sweep", in_each_format(), folder), chosen)


def copy(screen: Screen[Any], news: News | None) -> None:
    """Copy the sweep as Markdown."""
    lab = lab_of(screen)
    if news is not None:
        board, name = news.board, news.board.spec.name
        lab.background.run(
            lambda: exported(board, "markdown"), lambda text: lab.copy(text, f"sweep-{name}.md")
        )
