"""What can become of a run that ended: it continues, or another one forks off from it."""

from typing import Protocol, assert_never

from tuilab.errors import UsageError
from tuilab.experiment.overrides import with_overrides
from tuilab.lab.draft import ForkPoint
from tuilab.lab.fork import LONGER, forkable_epochs
from tuilab.tui.bindings import key_by_id
from tuilab.tui.messages import DraftChanged
from tuilab.tui.protocols import HasJobs, HasPanes, HasSession, OpensScreens, ShowsMessages
from tuilab.tui.run_book import BookedRun


class Queue(Protocol):
    """The queue of runs."""

    def resume(self, run: BookedRun) -> None:
        """Put a run that ended early into it, or release one that waits in it."""


class Runs(Protocol):
    """The runs."""

    @property
    def queue(self) -> Queue:
        """The queue."""
        ...


class App(HasJobs, HasPanes, HasSession, OpensScreens, ShowsMessages, Protocol):
    """What this needs of the app."""

    @property
    def control(self) -> Runs:
        """The runs."""
        ...


def resume(app: App, run: BookedRun) -> None:
    """Put a run that ended early into the queue, or say why it cannot continue."""
    why_not = _why_not(app, run)
    if why_not:
        app.say(why_not, "warning")
    else:
        app.control.queue.resume(run)


def _why_not(app: App, run: BookedRun) -> str:
    match run.summary.state:
        case "queued":
            standing = app.session.book.standing(run.id)
            entry = standing.queued.entry if standing is not None else None
            stuck = entry is not None and (entry.held or bool(entry.problem))
            return "" if stuck else f"{run.called} is queued already"
        case "waiting" | "running":
            return f"{run.called} is training already"
        case "done":
            key = key_by_id("run.fork").names(app.settings.keys)[0]
            return f"{run.called} is done; {key} forks a new run from one of its epochs"
        case "unreachable":
            return (
                f"{run.called} may still be training: {run.summary.reason}; once that worker is gone for "
                f"good, tuilab resume {run.id} --take-over takes the run over"
            )
        case "stopped" | "failed" | "interrupted":
            return ""
        case _:
            assert_never(run.summary.state)


def choose_fork(app: App, run: BookedRun) -> None:
    """Ask for the epoch from which a fork continues, and put the fork in the network pane."""
    from tuilab.tui.screens.fork import ForkScreen

    if run.summary.manifest.preset is None:
        app.say(f"{run.called} was made without a preset: fork it with tuilab fork {run.id}", "warning")
        return

    def found(epochs: list[int]) -> None:
        if epochs:
            app.push_screen(ForkScreen(run, epochs), chosen)
        else:
            app.say(f"{run.called} has no checkpoint of a whole epoch, so it cannot be forked", "warning")

    def chosen(epoch: int | None) -> None:
        if epoch is not None:
            _load_draft(app, run, epoch)

    app.background.run(lambda: forkable_epochs(run.run), found)


def _load_draft(app: App, run: BookedRun, epoch: int) -> None:
    point = ForkPoint(run.run, run.label, epoch, run.experiment)
    experiment, longer = run.experiment, ""
    if experiment.training.epochs <= epoch:
        experiment = with_overrides(experiment, {"training.epochs": epoch + LONGER})
        longer = f"; its epochs were raised to {epoch + LONGER}, because none were left to train"
    try:
        app.session.draft.load_fork(str(run.summary.manifest.preset), experiment, point)
    except UsageError as error:
        app.say(f"{error.sentence}; to fork the run without it: tuilab fork {run.id}", "error")
        return
    app.lab_screen.post_message(DraftChanged())
    app.lab_screen.action_focus_pane("network")
    start, reset = (key_by_id(id).names(app.settings.keys)[0] for id in ("run.start", "network.reset"))
    app.say(
        f"the fork of {run.label} at epoch {epoch} is in the network pane: change its settings there, "
        f"{start} starts it, {reset} discards it{longer}"
    )
