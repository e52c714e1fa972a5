"""A pipe, a device, a loop or a folder in the place of a run's file stops nobody, and harms no other run."""

import pytest
from command_line import assert_refused, call
from finished_runs import finished_run
from obstacles import OBSTACLES, no_waiting, put
from records import STOPPED

from tuilab.files import paths
from tuilab.runs.index import NAME
from tuilab.runs.run import Run


@pytest.fixture
def good() -> Run:
    return finished_run("bn", name="the good one")


@pytest.fixture
def bad(good: Run) -> Run:
    return finished_run("bn", last=STOPPED)


@pytest.mark.parametrize("obstacle", OBSTACLES)
@pytest.mark.parametrize("name", ["run.json", "experiment.toml", "journal.jsonl"])
@pytest.mark.parametrize("indexed", [False, True])
def test_commands_list_the_others_and_say_what_is_wrong_with_that_one(
    indexed: bool, name: str, obstacle: str, good: Run, bad: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    if indexed:
        call(capsys, "ps", "--all")
    put(obstacle, bad.folder / name)
    said = f"{bad.id}/{name} cannot be read: "
    with no_waiting():
        for words in (["ps", "--all"], ["results"]):
            ended = call(capsys, *words)
            assert ended.code == 0 and good.id in ended.out and said in ended.err
        assert "the good one" in call(capsys, "show", good.id).out
        for word in ("show", "attach", "stop", "resume"):
            ended = call(capsys, word, bad.id)
            may_do_without = name == "experiment.toml" and word in ("attach", "stop")
            assert said in ended.err or may_do_without
            assert ended.code in (0, 2)
            assert "Errno" not in ended.err and "Traceback" not in ended.err


@pytest.mark.parametrize("obstacle", OBSTACLES)
def test_a_log_that_is_no_file_is_said_where_the_run_would_go_on(
    obstacle: str, bad: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    put(obstacle, bad.log)
    with no_waiting():
        ended = call(capsys, "resume", bad.id)
    assert_refused(ended, 4, f"the worker of {bad.id} cannot be started: {bad.log} cannot be opened: ")


@pytest.mark.parametrize("obstacle", OBSTACLES)
def test_an_index_that_is_no_file_is_written_anew_or_done_without(
    obstacle: str, good: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    index = paths.runs() / NAME
    put(obstacle, index)
    with no_waiting():
        for _ in range(2):
            assert good.id in call(capsys, "results").out
            assert good.id in call(capsys, "ps", "--all").out
    assert index.is_dir() if obstacle == "a folder" else (index.is_file() and not index.is_symlink())


def test_a_file_in_the_place_of_the_checkpoints_is_said(bad: Run, capsys: pytest.CaptureFixture[str]) -> None:
    bad.checkpoints.rmdir()
    bad.checkpoints.write_text("a file")
    said = "is a file, but must be a folder: checkpoints belong there"
    assert said in " ".join(call(capsys, "show", bad.id).out.split())
    assert_refused(call(capsys, "fork", bad.id, "--set", "training.epochs=9"), 3, str(bad.checkpoints), said)
    assert bad.id in call(capsys, "ps", "--all").out
    assert "resumable" in call(capsys, "ps", "--all").out


def test_a_changed_experiment_is_not_resumed_and_is_left_out_of_lists(
    good: Run, bad: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    path = bad.folder / "experiment.toml"
    path.write_text(path.read_text().replace("learning_rate = 0.001", "learning_rate = 0.005"))
    said = f"{path} was changed: it is not the experiment that {bad.id} was created with"
    ended = call(capsys, "resume", bad.id)
    assert_refused(ended, 2, said)
    assert "put the file back as it was" in ended.err and not bad.log.exists()
    assert "tuilab fork" not in ended.err  # a fork needs the same file
    listed = call(capsys, "ps", "--all")
    assert said in listed.err and good.id in listed.out and bad.id not in listed.out
