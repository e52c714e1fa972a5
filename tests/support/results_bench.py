"""The bench with the store's runs in its book, and a note of what panes ask of the lab."""

from collections.abc import Callable
from pathlib import Path

from app_bench import Bench
from finished_runs import experiment_of, write
from records import CPU, INITIAL, NETWORK, VERSIONS
from textual.widget import Widget

from tuilab.errors import UsageError
from tuilab.runs import store
from tuilab.runs.journal.reader import JournalReader
from tuilab.runs.journal.records import AnyRecord, DatasetRecord, Started
from tuilab.runs.run import Run
from tuilab.runs.summary import summarize
from tuilab.tui.messages import BookChanged, ShowRun
from tuilab.tui.panes.pane import Pane
from tuilab.tui.panes.results.pane import ResultsPane
from tuilab.tui.run_book import BookedRun


class ResultsBench(Bench):
    """Knows the runs in the test's home; copies, undos and shown runs are kept for the test."""

    def __init__(self, home: Path, widget: Widget | None = None) -> None:
        super().__init__(home, widget, lessons=(), preset="bn")
        self.copied: list[tuple[str, str]] = []
        self.undos: list[tuple[str, Callable[[], None]]] = []
        self.asked_for: list[str] = []
        self.read_store()

    def read_store(self) -> None:
        """Take every run that can be read into the book."""
        for run in store.list_runs():
            try:
                self.session.book.add([BookedRun(summarize(run), run.experiment())])
            except UsageError as error:
                self.session.book.damaged[run.id] = error.sentence
        self.session.book.listed = True

    def grow(self, run: Run, reader: JournalReader) -> None:
        """Read on, and tell the panes as the lab does."""
        self.session.book.grow(run.id, reader.read())
        for pane in self.query(Pane):
            pane.runs_grew(frozenset({run.id}))

    def copy(self, text: str, name: str) -> None:
        """Keep what is copied."""
        self.copied.append((text, name))

    def can_undo(self, label: str, take_back: Callable[[], None]) -> None:
        """Keep what can be undone."""
        self.undos.append((label, take_back))

    def follow(self, run_id: str) -> None:
        """Read the whole journal."""
        booked = self.session.book.find(run_id)
        if booked is not None and booked.history is None:
            self.session.book.grow(run_id, JournalReader(booked.run.journal).read())

    def on_book_changed(self, message: BookChanged) -> None:
        """Tell the panes, as the lab does."""
        for pane in self.query(Pane):
            pane.runs_changed()

    def on_show_run(self, message: ShowRun) -> None:
        """Keep which run is asked for."""
        self.asked_for.append(message.run_id)


def training_run(dataset: DatasetRecord, *records: AnyRecord, name: str = "") -> Run:
    """Make the folder of a run of bn that trains and has said these records so far."""
    experiment = experiment_of("bn", {"data.source": "digits", "training.epochs": 10})
    run = store.create(experiment, preset="bn", name=name)
    write(run, [Started(pid=1, host="h", versions=VERSIONS), CPU, dataset, INITIAL, NETWORK, *records])
    return run


def cells(pane: ResultsPane, run_id: str) -> dict[str, str]:
    """Return what the table holds of a run, by column."""
    table = pane.table
    return {str(key.value): table.get_cell(run_id, key) for key in table.columns}


def shown(pane: ResultsPane) -> list[str]:
    """Return the ids of the runs that are shown, top first."""
    return [line.key for line in pane.table.lines if not line.heading]


def screen_text(app: ResultsBench) -> str:
    """Return what stands on the screen."""
    lines = app.screen._compositor.render_strips()
    return "\n".join("".join(segment.text for segment in strip) for strip in lines)
