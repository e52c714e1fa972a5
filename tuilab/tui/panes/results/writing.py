"""What the results pane hands out: rows on the clipboard, the table in a file."""

from collections.abc import Collection, Sequence

from tuilab.files import paths
from tuilab.results.columns import Group
from tuilab.results.exports import export, markdown
from tuilab.tui.exporting import export as write
from tuilab.tui.panes.pane import Pane
from tuilab.tui.screens.export import ExportChoice, ExportScreen


def copy_runs(pane: Pane, shown: Sequence[Group], wanted: Collection[str]) -> None:
    """Copy rows of the table in Markdown.

    Args:
        pane: the pane.
        shown: what the filter keeps.
        wanted: the ids of the rows.
    """
    groups = [
        Group(group.caption, rows)
        for group in shown
        if (rows := tuple(row for row in group.rows if row.id in wanted))
    ]
    if groups:
        pane.lab.copy(markdown(groups) + "\n", "results-copied.md")
    else:
        pane.lab.say(f"the filter hides the marked runs: {pane.key_of('results.clear_filter')} clears it")


def export_runs(pane: Pane, everything: Sequence[Group], shown: Sequence[Group]) -> None:
    """Ask for a form and write the table to a file.

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
        name = f"results.{wanted.form}" if wanted.all else f"results-filtered.{wanted.form}"
        groups = everything if wanted.all else shown
        pane.lab.background.run(
            lambda: write(name, export(groups, wanted.form)),
            lambda path: pane.lab.say(f"written to {path}"),
        )

    kept = sum(len(group.rows) for group in shown)
    pane.app.push_screen(ExportScreen(runs, kept, paths.home() / "exports"), chosen)
