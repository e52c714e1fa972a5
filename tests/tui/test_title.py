"""The first line: what is in the network pane on the left, what trains on the right, whatever the width."""

import pytest
from finished_runs import finished_run
from hypothesis import given
from hypothesis import strategies as st
from records import epoch

from tuilab.config import Config
from tuilab.experiment import Experiment
from tuilab.lab.data_choice import DataChoice
from tuilab.lab.draft import Draft
from tuilab.runs.journal.records import Phase
from tuilab.runs.queue import changes
from tuilab.runs.queue.entry import Entry
from tuilab.runs.run import Run
from tuilab.runs.summary import summarize
from tuilab.tui import learning
from tuilab.tui.learning import Learning
from tuilab.tui.run_book import BookedRun
from tuilab.tui.session.session import Session
from tuilab.tui.title import facts, title


def session(*runs: Run, preset: str = "bn-l2") -> Session:
    found = Session(Draft(preset, DataChoice(source="digits")), (), Learning.load(learning.file()), Config())
    found.book.add(BookedRun(summarize(run), run.experiment()) for run in runs)
    return found


def experiment(**settings: object) -> Experiment:
    draft = Draft("iteration-i" if "model.weights" in settings else "bn")
    draft.change(settings)
    return draft.experiment


def test_what_trains_stands_at_the_right_end() -> None:
    run = finished_run(last=None, name="mine", epochs=[epoch(1)])
    found = session(run)
    found.book.runs[0].summary.phase = Phase(name="training")
    line = title(found, 120).plain
    assert len(line) == 120
    assert line.startswith("tuilab  bn-l2 · digits · CNN ")
    assert line.endswith(f"● mine epoch 2 of {run.experiment().training.epochs}")


def test_queued_runs_are_counted() -> None:
    queued = [finished_run(last=None) for _ in range(3)]
    for run in queued:
        changes.put(run, Entry())
        run.lease.unlink()
    assert title(session(*queued), 100).plain.endswith("  3 queued")
    found = session(queued[0], finished_run(last=None))
    assert title(found, 160).plain.endswith(" · 1 queued")


def test_a_phase_before_training_is_named() -> None:
    run = finished_run(last=None, epochs=[])
    found = session(run)
    assert title(found, 120).plain.endswith("● bn starting")
    found.book.runs[0].summary.phase = Phase(name="downloading")
    assert title(found, 120).plain.endswith("● bn downloading")


@given(width=st.integers(0, 200), trains=st.integers(0, 3))
def test_whatever_the_width_the_line_fits_unless_what_trains_alone_does_not(width: int, trains: int) -> None:
    found = _TRAINING.setdefault(trains, session(*(finished_run(last=None) for _ in range(trains))))
    right = title(found, 0).cell_length
    assert title(found, width).cell_length <= max(width, right)


_TRAINING: dict[int, Session] = {}


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"data.source": "digits"}, ["digits", "CNN 32-64-128"]),
        ({"data.source": "cifar10", "training.device": "gpu:1"}, ["CIFAR-10", "CNN 32-64-128", "gpu:1"]),
        ({"data.source": "/a/b/my\x1b[31m images"}, ["my\\e[31m images", "CNN 32-64-128"]),
        ({"model.weights": "imagenet"}, ["CIFAR-10", "VGG16/ImageNet"]),
        ({"model.weights": "random"}, ["CIFAR-10", "VGG16/random"]),
        ({"model.weights": "/a/b.h5"}, ["CIFAR-10", "VGG16/own weights"]),
    ],
)
def test_an_experiment_is_told_in_few_words(settings: dict[str, object], words: list[str]) -> None:
    assert facts(experiment(**settings)) == words


def test_names_from_outside_are_shown_harmlessly() -> None:
    run = finished_run(last=None, name="a\x1b[31m\u202e[red]b[/]")
    line = title(session(run), 160).plain
    assert "a\\e[31m\\u202e[red]b[/] starting" in line
