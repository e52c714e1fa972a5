"""The whole lab in a real terminal: real keys, a real worker, real training on digits."""

import os
import re
import signal
import time
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest
from terminals import Tmux

from tuilab import presets
from tuilab.lab.data_choice import DataChoice, file, save
from tuilab.runs import store
from tuilab.runs.journal.reader import JournalReader
from tuilab.runs.journal.records import Started
from tuilab.runs.summary import summarize
from tuilab.runs.worker.lease import read_lease

pytestmark = pytest.mark.slow


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[Tmux]:
    """The app in tmux at 160 by 50, opened for the first time."""
    from terminals import TUILAB

    home = {"TUILAB_HOME": str(tmp_path / "tuilab-home"), "CUDA_VISIBLE_DEVICES": "", "TMUX": ""}
    tmux = Tmux(tmp_path, 160, 50, " ".join([*TUILAB, "--preset bn-l2; sleep 30"]), home)
    yield tmux
    tmux.kill()


def put(lab: Tmux, key: str, value: str) -> None:
    """Type a value for a setting in the network pane."""
    lab.press("2")
    lab.press("Home")
    lab.until(lambda shown: explained(shown) == "model.kind")
    while (here := explained(lab.shown())) != key:
        lab.press("Down")
        lab.until(lambda shown, here=here: explained(shown) not in ("", here))
    lab.press("Enter")
    time.sleep(0.3)  # the editor opens with its value selected: what is typed takes its place
    lab.type(value)
    lab.press("Enter")
    lab.until(lambda shown: re.search(rf" {re.escape(value)} +(→ +)?was ", shown))


def explained(shown: str) -> str:
    """Return the setting under the cursor: the line below the settings explains it."""
    found = re.search(r"((?:model|optimizer|training|data)\.[\w.]+|continue_from): ", shown)
    return found[1] if found else ""


def test_train_watch_change_one_thing_train_again_and_compare(lab: Tmux) -> None:
    lab.until(lambda shown: "digits" in shown and "Enter" in shown)
    lab.press("Enter")  # start on digits
    lab.until(lambda shown: "bn-l2 · digits" in shown)
    put(lab, "training.epochs", "2")
    put(lab, "training.limit", "256")
    lab.until(lambda shown: "2 changes" in shown)

    lab.press("r")
    lab.until(lambda shown: "epoch 1 of 2" in shown or "epoch 2 of 2" in shown)
    watched = lab.until(lambda shown: "cross-entropy" in shown and "accuracy" in shown)
    done = lab.until(lambda shown: "✓ done" in shown and shown != watched)
    [first] = store.list_runs()
    tested = summarize(first).evaluated
    assert tested is not None
    assert f"{tested.test_accuracy:.4f}" in done, "the result lands in the table"

    put(lab, "model.bn_momentum", "0.5")
    lab.press("r")
    lab.until(lambda _: [summarize(run).state for run in store.list_runs()] == ["done", "done"])
    lab.until(lambda shown: "2 runs" in shown)
    second = store.list_runs()[-1]
    model = second.experiment().model
    assert model.kind == "cnn"
    assert model.bn_momentum == 0.5

    lab.press("4")
    lab.press("Home")
    lab.press("Space")
    lab.press("Down")
    lab.press("Space")
    lab.press("c")
    lab.until(lambda shown: re.search(r"model\.bn_momentum +0\.[58] → 0\.[58]", shown))
    lab.press("Escape")
    lab.press("q")


def test_a_run_outlives_the_terminal_and_the_lab_finds_it_again(lab: Tmux, tmp_path: Path) -> None:
    lab.until(lambda shown: "digits" in shown and "Enter" in shown)
    lab.press("Enter")
    lab.until(lambda shown: "bn-l2 · digits" in shown)
    put(lab, "training.epochs", "30")
    put(lab, "training.limit", "256")
    lab.press("r")
    lab.until(lambda shown: re.search(r"epoch +[2-9] of 30", shown))
    lab.kill()

    from terminals import TUILAB

    home = {"TUILAB_HOME": str(tmp_path / "tuilab-home"), "CUDA_VISIBLE_DEVICES": "", "TMUX": ""}
    (tmp_path / "again").mkdir()
    again = Tmux(tmp_path / "again", 80, 24, " ".join(TUILAB), home)
    try:
        again.until(lambda shown: re.search(r"epoch +\d+ of 30", shown))
        again.press("s")
        again.until(lambda _: summarize(store.list_runs()[0]).state == "stopped")
        assert summarize(store.list_runs()[0]).resumable
    finally:
        again.kill()


def test_a_run_that_is_stopped_and_goes_on_ends_with_the_numbers_of_one_that_never_stopped(lab: Tmux) -> None:
    lab.until(lambda shown: "digits" in shown and "Enter" in shown)
    lab.press("Enter")
    lab.until(lambda shown: "bn-l2 · digits" in shown)
    put(lab, "training.epochs", "12")
    put(lab, "training.limit", "256")
    lab.press("r")
    lab.until(lambda shown: re.search(r"epoch +[2-9] of 12", shown))
    lab.press("s")
    lab.until(lambda _: summarize(store.list_runs()[0]).state == "stopped")
    lab.until(lambda shown: "■ stopped" in shown)
    lab.press("R")
    lab.until(lambda _: summarize(store.list_runs()[0]).state == "done")
    lab.press("r")
    lab.until(lambda _: [summarize(run).state for run in store.list_runs()] == ["done", "done"])
    went_on, whole = (summarize(run) for run in store.list_runs())
    assert went_on.resumed is not None and whole.resumed is None
    assert went_on.evaluated == whole.evaluated
    assert [e.model_dump(exclude={"seconds"}) for e in went_on.epochs] == [
        e.model_dump(exclude={"seconds"}) for e in whole.epochs
    ]
    tested = whole.evaluated
    assert tested is not None
    lab.until(lambda shown: shown.count(f"{tested.test_accuracy:.4f}") >= 2)


def test_no_frame_of_a_real_training_says_two_things(lab: Tmux) -> None:
    """More than 200 frames of a run of 20 epochs, as tmux shows them."""
    from test_tick import quarrels, said

    lab.until(lambda shown: "digits" in shown and "Enter" in shown)
    lab.press("Enter")
    lab.until(lambda shown: "bn-l2 · digits" in shown)
    put(lab, "training.epochs", "20")
    put(lab, "training.limit", "1000")
    lab.press("r")
    lab.until(lambda shown: "epoch  1 of 20" in shown)
    frames = [lab.shown()]
    while "● bn-l2" in frames[-1].split("\n")[0]:
        frames.append(lab.shown())
        time.sleep(0.01)
    told = [(frame, quarrels(frame)) for frame in frames if said(frame)["line"]]
    # a capture may fall between two halves of what the terminal was sent: then the next one is whole
    wrong = [one for (_, one), (_, after) in pairwise(told) if one and after]
    assert len(told) >= 200 and not wrong, f"{len(wrong)} of {len(told)}: {wrong[:3]}"
    assert {said(frame)["table"] for frame, _ in told} >= {str(n) for n in range(2, 19)}
    assert any(said(frame)["line validates"] for frame, _ in told)


CHILD = """\
title = "A preset of one's own, which starts from another one's model"
family = "concept"
order = 900
lesson = "batch-normalization"
teaches = "Nothing new."

[experiment]
continue_from = "digits-plain"
"""


def test_five_runs_queued_in_the_app_are_done_each_once_though_the_app_is_killed(tmp_path: Path) -> None:
    from terminals import TUILAB

    save(file(), DataChoice(source="digits"))
    own = presets.own_folder()
    own.mkdir(parents=True)
    tables = (presets.folder() / "digits-plain.toml").read_text().partition("[experiment.data]")
    (own / "child.toml").write_text(CHILD + "".join(tables[1:]).replace("epochs = 8", "epochs = 2"))
    home = {"TUILAB_HOME": str(tmp_path / "tuilab-home"), "CUDA_VISIBLE_DEVICES": "", "TMUX": ""}
    lab = Tmux(tmp_path, 160, 50, " ".join([*TUILAB, "--preset child; sleep 600"]), home)
    try:
        lab.until(lambda shown: "child · digits" in shown)
        for queued in (2, 4):  # a parent and its child each
            lab.press("r")
            lab.until(lambda _, queued=queued: len(store.list_runs()) == queued)
        lab.press("p")
        lab.until(lambda shown: "Esc: back" in shown)
        lab.type("digits-plain")
        lab.press("Enter")
        lab.until(lambda shown: "digits-plain · digits" in shown)
        lab.press("r")
        lab.until(lambda shown: len(store.list_runs()) == 5 and re.search(r"[45] queued", shown))
        [app] = [read_lease(note) for note in (tmp_path / "tuilab-home/queue").glob("app-*.json")]
        assert app is not None
        os.kill(app.pid, signal.SIGKILL)
        lab.until(lambda _: all(summarize(run).state == "done" for run in store.list_runs()), seconds=240)
    finally:
        lab.kill()
    runs = [(run, JournalReader(run.journal).read()) for run in store.list_runs()]
    times = {run.id: (entries[0].time, entries[-1].time) for run, entries in runs}
    for run, entries in runs:
        assert sum(isinstance(entry.record, Started) for entry in entries) == 1, "each once"
        parent = run.manifest().parent
        assert parent is None or times[parent][1] <= times[run.id][0], "parents first"
    assert sum(run.manifest().parent is not None for run, _ in runs) == 2
