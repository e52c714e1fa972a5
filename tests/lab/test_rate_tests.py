"""Rate tests from outside: what is tested, what is refused, and the command that comes of it."""

import shlex

import pytest
from checkpoint_folders import written
from finished_runs import finished_run
from records import epoch

from tuilab import presets
from tuilab.errors import MissingError, UsageError
from tuilab.experiment.overrides import with_overrides
from tuilab.lab.draft import Draft, ForkPoint
from tuilab.lab.fork import fork
from tuilab.lab.plan import plan
from tuilab.lab.queue import clients
from tuilab.lab.rate_test import RateTest, command, of_draft, of_preset, of_run, of_word
from tuilab.rate.request import RateRequest, Span
from tuilab.runs.journal.records import Stopped
from tuilab.runs.run import Run

SPAN = Span(lowest=1e-4, highest=1.0, steps=20)


def trained(*, epochs: int = 5, done: bool = True) -> Run:
    """Return a run of two epochs of so many, with checkpoints of both."""
    history = [epoch(1), epoch(2)]
    run = finished_run("bn", {"training.epochs": epochs}, epochs=history)
    for number in (1, 2) if done else ():
        written(run.checkpoints, number, history=tuple(history[:number]))
    return run


def train_with(words: list[str]) -> object:
    """Return the experiment that a command of tuilab trains."""
    settings = []
    for option, value in zip(words[2::2], words[3::2], strict=True):
        key = {"--data": "data.source", "--limit": "training.limit", "--seed": "training.seed"}.get(option)
        settings.append(f"{key}={value}" if key else value)
    return plan(settings.pop(0), settings, {})[-1].experiment


def test_a_preset_is_tested_from_its_beginning() -> None:
    request = of_word("bn", ["training.batch_size=32"], {"data.source": "digits"}, SPAN)
    assert (request.preset, request.run, request.parent) == ("bn", "", "")
    assert (
        request.experiment == plan("bn", ["training.batch_size=32"], {"data.source": "digits"})[-1].experiment
    )


def test_a_run_is_tested_from_its_newest_checkpoint() -> None:
    run = trained()
    request = of_word(run.id[:20], [], {}, SPAN)
    assert (request.run, request.checkpoint, request.preset) == (str(run.folder), "", "bn")
    assert request.experiment == run.experiment()


def test_a_preset_with_a_parent_starts_from_the_newest_that_fits_and_trains_none() -> None:
    given = {"data.source": "digits", "model.weights": "random"}
    with pytest.raises(MissingError, match="starts from a trained iteration-i") as refused:
        of_preset("iteration-ii", [], given, SPAN)
    assert "train it first: tuilab run --preset iteration-i" in refused.value.remedies
    parent = finished_run("iteration-i", given)
    assert of_preset("iteration-ii", [], given, SPAN).parent == str(parent.folder)


def test_a_word_that_names_nothing_is_refused_with_both_lists() -> None:
    with pytest.raises(UsageError, match="no preset has that name either") as refused:
        of_word("nonsense", [], {}, SPAN)
    assert "tuilab presets lists them" in refused.value.remedies


def test_a_run_that_waits_is_refused() -> None:
    run = finished_run("bn", epochs=[epoch(1)], last=Stopped(epoch=1, reason="asked to", seconds=1.0))
    written(run.checkpoints, 1)
    assert of_run(run, {}, SPAN).run
    clients.enqueue_again(run)
    with pytest.raises(UsageError, match="is queued: its rate can be tested once it has ended or is stopped"):
        of_run(run, {}, SPAN)


def test_a_run_without_a_checkpoint_is_refused() -> None:
    with pytest.raises(MissingError, match="has no checkpoint to start from"):
        of_run(trained(done=False), {}, SPAN)


def test_a_damaged_run_is_refused_in_a_sentence() -> None:
    run = trained()
    (run.folder / "run.json").write_text("{")
    with pytest.raises(UsageError, match="damaged"):
        of_word(run.id, [], {}, SPAN)


@pytest.mark.parametrize("key", ["data.source", "training.limit", "model.dense"])
def test_a_run_keeps_its_network_and_its_images(key: str) -> None:
    with pytest.raises(UsageError, match=f"{key} cannot be changed in the rate test of a run"):
        of_run(trained(), {key: 5}, SPAN)


def test_the_draft_of_the_app_is_tested_as_it_stands() -> None:
    draft = Draft("bn")
    draft.change({"data.source": "digits", "training.batch_size": 32})
    request = of_draft(draft, SPAN)
    assert request.experiment == draft.experiment and not request.run
    run = trained()
    draft.load_fork("bn", run.experiment(), ForkPoint(run, "a", 1, run.experiment()))
    forked = of_draft(draft, SPAN)
    assert (forked.run, forked.checkpoint) == (str(run.folder), "epoch-00001")


def test_the_next_command_trains_what_was_tested_at_the_new_rate() -> None:
    given = {"data.source": "digits", "training.limit": 100}
    assignments = ["optimizer.kind=adam", "training.batch_size=32", "model.filters=[8, 16]"]
    request = of_preset("bn", assignments, given, SPAN)
    words = shlex.split(shlex.join(command(request, 0.025)))
    assert words[:4] == ["tuilab", "run", "--preset", "bn"]
    assert words[-2:] == ["--set", "optimizer.learning_rate=0.025"]
    expected = with_overrides(request.experiment, {"optimizer.learning_rate": 0.025})
    assert train_with(words) == expected


@pytest.mark.parametrize(("epochs", "longer"), [(5, []), (2, ["--set", "training.epochs=7"])])
def test_the_next_command_of_a_run_is_a_fork_of_it(epochs: int, longer: list[str]) -> None:
    run = trained(epochs=epochs)
    words = command(of_run(run, {"training.batch_size": 32}, SPAN), 0.02)
    assert words[:3] == ["tuilab", "fork", run.id]
    assert words[3:] == ["--set", "training.batch_size=32", *longer, "--set", "optimizer.learning_rate=0.02"]
    assert fork(run, "last", words[4::2]).experiment.optimizer.learning_rate == 0.02


def test_every_preset_of_its_own_weights_can_be_asked_for() -> None:
    for preset in presets.load_all():
        if preset.experiment.continue_from is None:
            assert isinstance(of_preset(preset.name, [], {}, SPAN), RateRequest)


def test_where_nothing_learns_there_is_no_rate_to_find() -> None:
    with pytest.raises(UsageError, match=r"no learning rate to find.*class-means"):
        RateTest(of_preset("one-shot", [], {}, Span()))
