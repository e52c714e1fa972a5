"""What the results pane changes on the disk: a run's name, and whether it is there at all."""

from typing import TYPE_CHECKING

from tuilab.runs import store, trash
from tuilab.runs.store import Manifest
from tuilab.runs.trash import Trashed
from tuilab.terminal import clean
from tuilab.tui.messages import BookChanged, ShowRun
from tuilab.tui.run_book import BookedRun
from tuilab.tui.screens.rename import RenameScreen

if TYPE_CHECKING:
    from tuilab.tui.widgets.results_pane import ResultsPane


def rename_run(pane: "ResultsPane", run: BookedRun) -> None:
    """Ask for a name and give it to the run."""

    def chosen(name: str | None) -> None:
        if name is None:
            return

        def rename() -> Manifest:
            store.rename(run.run, name)
            return run.run.manifest()

        pane.lab.background.run(rename, renamed)

    def renamed(manifest: Manifest) -> None:
        booked = pane.desk.book.find(run.id)
        if booked is not None:
            booked.summary.manifest = manifest
            pane.post_message(BookChanged())

    pane.app.push_screen(RenameScreen(run.id, run.summary.manifest.name), chosen)


def delete_run(pane: "ResultsPane", run: BookedRun) -> None:
    """Delete a run so that ctrl+z brings it back, with its mark."""
    if run.trains:
        pane.lab.say(f"{run.id} is training: stop it first", "warning")
        return
    label = f"the deleted run {run.id}"
    name = clean(run.summary.manifest.name, limit=60)

    def deleted(trashed: Trashed) -> None:
        book, shown = pane.desk.book, pane.desk.book.shown == run.id
        book.remove(run.id)
        pane.lab.can_undo(label, lambda: pane.lab.background.run(lambda: trash.restore(trashed), restored))
        pane.post_message(BookChanged())
        if shown and book.runs:
            pane.post_message(ShowRun(book.runs[-1].id))
        pane.lab.say(f"{name or run.id} deleted; Ctrl-Z brings it back")

    def restored(_: object) -> None:
        pane.desk.book.add([run])
        pane.post_message(BookChanged())
        pane.lab.say(f"{name or run.id} is back")

    pane.lab.background.run(lambda: trash.trash(run.run), deleted)
