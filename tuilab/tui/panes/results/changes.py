"""What the results pane does with a run: rename it, delete it, restore it, load its experiment."""

from tuilab.errors import UsageError
from tuilab.runs import store, trash
from tuilab.runs.run import Manifest, Run
from tuilab.runs.trash import KEEP_SECONDS, Trashed
from tuilab.tui.messages import BookChanged, DraftChanged, ShowRun
from tuilab.tui.panes.pane import Pane
from tuilab.tui.run_book import BookedRun
from tuilab.tui.screens.rename import RenameScreen


def rename_run(pane: Pane, run: BookedRun) -> None:
    """Ask for a name and give it to the run."""

    def chosen(name: str | None) -> None:
        if name is None:
            return

        def rename() -> Manifest:
            store.rename(run.run, name)
            return run.run.manifest()

        pane.lab.background.run(rename, renamed)

    def renamed(manifest: Manifest) -> None:
        booked = pane.session.book.find(run.id)
        if booked is not None:
            booked.summary.manifest = manifest
            pane.post_message(BookChanged())

    pane.app.push_screen(RenameScreen(run.id, run.summary.manifest.name), chosen)


def delete_run(pane: Pane, run: BookedRun) -> None:
    """Delete a run so that it can be restored, with its mark."""
    if run.trains:
        pane.lab.say(f"{run.id} is training: stop it first", "warning")
        return
    label = f"the deletion of {run.id}"

    def deleted(trashed: Trashed) -> None:
        book, shown = pane.session.book, pane.session.book.shown == run.id
        mark = book.mark_of(run.id)
        book.remove(run.id)

        def restored(_: object) -> None:
            book.add([run])
            if mark is not None:
                book.restore_mark(run.id, mark)
            pane.post_message(BookChanged())
            if shown:
                pane.post_message(ShowRun(run.id))
            pane.lab.say(f"{run.called} was restored")

        pane.lab.can_undo(label, lambda: pane.lab.background.run(lambda: trash.restore(trashed), restored))
        pane.post_message(BookChanged())
        if shown and book.runs:
            pane.post_message(ShowRun(book.runs[-1].id))
        undo, kept = pane.key_of("draft.undo"), pane.key_of("results.trash")
        days = round(KEEP_SECONDS / 86400)
        pane.lab.say(f"{run.called} was deleted: {undo} restores it, or {kept} within {days} days")

    pane.lab.background.run(lambda: trash.trash(run.run), deleted)


def choose_deleted(pane: Pane) -> None:
    """List the deleted runs that are kept, and restore the one that is chosen."""
    from tuilab.tui.screens.deleted import DeletedScreen

    def listed(kept: list[tuple[Trashed, str]]) -> None:
        pane.app.push_screen(DeletedScreen(kept), chosen)

    def chosen(trashed: Trashed | None) -> None:
        if trashed is not None:
            pane.lab.background.run(lambda: trash.restore(trashed), restored)

    def restored(run: Run) -> None:
        pane.lab.say(f"{run.id} was restored")

    pane.lab.background.run(lambda: [(one, one.name) for one in trash.list_trash()], listed)


def load_experiment(pane: Pane, run: BookedRun) -> None:
    """Load a run's preset and experiment into the network pane."""
    preset = run.summary.manifest.preset
    if preset is None:
        sentence = "this run was made without a preset, so it cannot be loaded into the network pane"
        pane.lab.say(sentence, "warning")
        return
    try:
        pane.session.draft.take(preset, run.experiment)
    except UsageError as error:
        pane.lab.say(error.sentence, "error")
        return
    pane.post_message(DraftChanged())
    undo = pane.key_of("draft.undo")
    pane.lab.say(f"the experiment of {run.id} is now in the network pane; {undo} undoes that")
