"""What the app advises where a run failed: its keys and settings, never flags of the command line."""

import pytest
from finished_runs import finished_run
from records import FAILED, epoch

from tuilab.runs.summary import Summary, summarize
from tuilab.sources.named import DOWNLOADED
from tuilab.tui.remedies import in_the_app, remedies

OLD = FAILED.model_copy(
    update={
        "reason": "the training diverged: the cross-entropy is nan",
        "remedies": ["a smaller rate: --set optimizer.learning_rate=..."],
    }
)


def diverged(epochs: int) -> Summary:
    """Return a run that diverged, as versions before this one wrote it."""
    return summarize(finished_run(epochs=[epoch(n + 1) for n in range(epochs)], last=OLD))


def test_a_run_that_diverged_is_to_be_forked_with_the_apps_key() -> None:
    (advice,) = remedies(diverged(2), {}, limit=160)
    assert advice.startswith("f forks it at an epoch before that") and "optimizer.learning_rate" in advice
    (advice,) = remedies(diverged(2), {"run.fork": "f7"}, limit=160)
    assert advice.startswith("F7 forks it")
    assert "--" not in advice


def test_one_that_diverged_at_once_is_to_be_started_again() -> None:
    (advice,) = remedies(diverged(0), {}, limit=160)
    assert "r trains it again" in advice and "fork" not in advice


OF_DATA_SETS = [remedy for files in DOWNLOADED.values() for remedy in files.remedies]
SMALLER = ["a smaller batch: --set training.batch_size=...", "or fewer images: --limit N"]


@pytest.mark.parametrize("remedy", [*OF_DATA_SETS, *SMALLER, "or train without keeping it: --features off"])
def test_no_flag_of_the_command_line_is_advised(remedy: str) -> None:
    assert "--" not in in_the_app(remedy)


def test_a_flag_becomes_its_setting() -> None:
    assert (
        in_the_app("a smaller batch: --set training.batch_size=...")
        == "a smaller batch: training.batch_size=..."
    )
    assert (
        in_the_app("use what is always there: --data digits")
        == "use what is always there: data.source=digits"
    )
    assert in_the_app("tuilab fetch cifar10 downloads it") == "tuilab fetch cifar10 downloads it"
