"""What the results pane hands out: rows on the clipboard, the table in a file."""

from collections.abc import Collection, Sequence

from tuilab.files import paths
from tuilab.results.formats import markdown
from tuilab.results.groups import Group
from tuilab.tui.exporting import export
from tuilab.tui.panes.pane import Pane
from tuilab.tui.screens.export import ExportChoice, ExportScreen, of_results


def copy_runs(pane: Pane, shown: Sequence[Group], wanted: Collection[str]) -> None:
    """Copy rows of the table in Markdown.

    Args:
        pane: the pane.
        shown: what the filter keeps.
        wanted: the ids of the rows.
    """
    rows = [row for group in shown for row in group.rows if row.id in wanted]
    if rows:
        pane.lab.copy(markdown.text(rows), "results-copied.md")
    else:
        pane.lab.say(f"the filter hides the marked runs: {pane.key_of('results.clear_filter')} clears it")


def export_runs(pane: Pane, everything: Sequence[Group], shown: Sequence[Group]) -> None:
    """Ask for a format and write the table to a file.

    Args:
        pane: the pane.
        everything: all runs.
        shown: what the filter keeps.
    """
    runs = sum(len(group.rows) for group in everything)
    if not runs:
        pane.lab.say("there are no runs to export yet")
        return

    def chosen(wanted: ExportChoice | None) -> None:
        if wanted is None:
            return
        name = f"results{'' if wanted.all else '-filtered'}.{wanted.form.suffix}"
        rows = [row for group in (everything if wanted.all else shown) for row in group.rows]
        pane.lab.background.run(
            lambda: export(name, wanted.form.text(rows)),
            lambda path: pane.lab.say(f"written to {path}"),
        )

    kept = sum(len(group.rows) for group in shown)
    pane.app.push_screen(
        ExportScreen("the results", of_results(runs, kept), paths.home() / "exports"), chosen
    )
