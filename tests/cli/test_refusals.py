"""Whatever is wrong is said in one sentence, before anything is trained, and leaves nothing behind."""

from pathlib import Path

import h5py
import numpy as np
import pytest
from command_line import Ended, assert_no_run_is_left, assert_refused, call
from finished_runs import finished_run
from records import FAILED

from tuilab.files import paths

RUN = ["run", "--preset", "bn", "--data", "digits"]
BASE = ["run", "--preset", "iteration-i", "--data", "digits", "--weights", "random"]

USAGE = {
    "unknown preset": (["run", "--preset", "bnn"], ["'bnn'", "did you mean 'bn'?"]),
    "no preset": (["run"], ["missing option '--preset'"]),
    "unknown setting": ([*RUN, "--set", "model.bn_momentun=0.8"], ["model.bn_momentun", "'bn_momentum'"]),
    "unknown section": ([*RUN, "--set", "modle.l2=0.1"], ["'modle.l2'", "did you mean 'model'?"]),
    "no equals sign": ([*RUN, "--set", "model.l2"], ["'model.l2'", "KEY=VALUE"]),
    "momentum above 1": (
        [*RUN, "--set", "model.bn_momentum=1.5"],
        ["model.bn_momentum = 1.5 is not allowed", "at least 0 and below 1"],
    ),
    "negative L2": ([*RUN, "--set", "model.l2=-0.1"], ["model.l2 = -0.1 is not allowed", "at least 0"]),
    "L2 is no number": ([*RUN, "--set", "model.l2=nan"], ["model.l2 = nan is not allowed", "finite"]),
    "rate of 0": ([*RUN, "--set", "optimizer.learning_rate=0"], ["learning_rate = 0", "above 0"]),
    "a rate that is 0 where it is computed": (
        [*RUN, "--set", "optimizer.learning_rate=1e-308"],
        ["optimizer.learning_rate = 1e-308 is not allowed", "at least 1.2e-38"],
    ),
    "a norm that is infinite there": (
        [*RUN, "--set", "optimizer.clip_norm=1e300"],
        ["optimizer.clip_norm = 1e+300 is not allowed", "at most 3.4e+38"],
    ),
    "too many layers": ([*BASE, "--set", "model.unfreeze=last-99"], ["'last-99'", "last-1 to last-18"]),
    "no such layer": (
        [*BASE, "--set", "model.unfreeze=from:block9_conv1"],
        ["'block9_conv1'", "block1_conv1 to block5_pool"],
    ),
    "no blocks": ([*BASE, "--set", "model.unfreeze=blocks:"], ["blocks:", "a number from 1 to 5"]),
    "no such form": (
        [*BASE, "--set", "model.unfreeze=lst-3"],
        ["'lst-3'", "last-N", "did you mean 'last-3'?"],
    ),
    "epochs 0": ([*RUN, "--epochs", "0"], ["training.epochs = 0 is not allowed", "from 1 to 100,000"]),
    "epochs abc": ([*RUN, "--epochs", "abc"], ["training.epochs = 'abc' is not allowed", "a whole number"]),
    "epochs 1.5": ([*RUN, "--epochs", "1.5"], ["training.epochs = 1.5 is not allowed", "a whole number"]),
    "limit -3": ([*RUN, "--limit", "-3"], ["training.limit = -3 is not allowed", "at least 1"]),
    "seed true": ([*RUN, "--seed", "true"], ["training.seed = True is not allowed", "a whole number"]),
    "precision": (
        [*RUN, "--precision", "float23"],
        ["'float23'", "mixed_float16", "did you mean 'float32'?"],
    ),
    "device": ([*RUN, "--device", "tpu"], ["training.device = 'tpu' is not allowed", "gpu:K"]),
    "given twice": (
        [*RUN, "--epochs", "2", "--set", "training.epochs=3"],
        ["training.epochs is given twice"],
    ),
    "unknown option": ([*RUN, "--epoch", "3"], ["no such option: --epoch", "--epochs"]),
    "unknown command": (["rn"], ["no such command 'rn'", "did you mean 'run'?"]),
    "unknown subcommand": (["presets", "shw"], ["no such command 'shw'", "did you mean 'show'?"]),
    "unknown format": (["results", "-f", "xml"], ["'xml' is not one of 'table', 'csv', 'json', "]),
    "too many words": (["show", "latest", "again"], ["unexpected extra argument"]),
    "json and events": ([*RUN, "--json", "--events"], ["--json and --events", "use only one of them"]),
    "detach and json": ([*RUN, "--detach", "--json"], ["--detach exits before", "--json"]),
    "detach and plot": ([*RUN, "--detach", "--plot"], ["--detach exits before", "--plot"]),
    "a name of 300": ([*RUN, "--name", "n" * 300], ["a name of 300 characters", "at most 200"]),
    "weights for a CNN": ([*RUN, "--weights", "random"], ["model.weights", "preset 'bn'"]),
    "a word for weights": (
        ["run", "--preset", "iteration-i", "--data", "digits", "--weights", "imagnet"],
        ["'imagnet'", "did you mean 'imagenet'?"],
    ),
    "images whose path is not UTF-8": (
        ["run", "--preset", "bn", "--data", "/no/caf\udce9"],
        ["data.source = '/no/caf\\udce9' is not allowed", "is not UTF-8"],
    ),
    "weights whose path is not UTF-8": (
        ["run", "--preset", "iteration-i", "--data", "digits", "--weights", "/no/caf\udce9.h5"],
        ["model.weights = ", "is not UTF-8"],
    ),
    "no images": (["run", "--preset", "bn", "--data", ""], ["data.source = '' is not allowed"]),
    "unknown run": (["show", "20260101"], ["there is no run '20260101'", "no runs yet"]),
    "unknown run to attach to": (["attach", "x"], ["there is no run 'x'"]),
    "nothing to attach to": (["attach"], ["nothing is training now"]),
    "unknown run to stop": (["stop", "x"], ["there is no run 'x'"]),
    "nothing named to stop": (["stop"], ["name the runs to stop, or use --all"]),
    "a name beside all": (["stop", "x", "--all"], ["name the runs to stop, or use --all"]),
    "a time below 0": (["stop", "x", "--timeout", "-1"], ["--timeout = -1", "at least 0"]),
    "unknown run to resume": (["resume", "x"], ["there is no run 'x'"]),
    "unknown run to fork": (["fork", "x"], ["there is no run 'x'"]),
    "a fork's name of 300": (["fork", "x", "--name", "n" * 300], ["a name of 300 characters", "at most 200"]),
    "run to start from": ([*BASE, "--from", "x"], ["there is no run 'x'"]),
    "preset to show": (["presets", "show", "itertion-i"], ["'itertion-i'", "did you mean 'iteration-i'?"]),
    "preset to list": (["results", "--preset", "bm"], ["'bm'", "did you mean 'bn'?"]),
    "escapes in a preset": (["run", "--preset", "\x1b[31mbn"], ["e[31mbn'"]),
    "escapes in an option": (["run", "--\x1b[31m"], ["31m"]),
    "lines in a value": ([*RUN, "--set", "model.l2=a\nb"], ["model.l2 = 'a\\nb' is not allowed"]),
}


@pytest.mark.parametrize(("words", "said"), USAGE.values(), ids=USAGE)
def test_a_wrong_word_is_refused_in_one_sentence(
    words: list[str], said: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert_refused(call(capsys, *words), 2, *said)
    assert_no_run_is_left()


def test_a_folder_to_stand_in_that_is_not_utf_8(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = tmp_path / "caf\udce9"
    try:
        here.mkdir()
    except OSError:
        pytest.skip("this file system takes names in UTF-8 only")
    monkeypatch.chdir(here)
    ended = call(capsys, "run", "--preset", "bn", "--data", ".")
    assert_refused(ended, 2, f"{tmp_path}/caf\\udce9 is not allowed", "is not UTF-8")
    assert_no_run_is_left()


def test_a_gpu_that_is_not_there(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    from tuilab.machine import gpus

    monkeypatch.setattr(gpus, "list_gpus", tuple)
    ended = call(capsys, *RUN, "--device", "gpu:3")
    assert_refused(ended, 2, "GPU", "--device cpu or --device auto")
    assert_no_run_is_left()


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("no/such/folder", "no/such/folder does not exist"),
        ("cifar-10", "did you mean 'cifar10'?"),
        ("~nobody-at-all/x", "~nobody-at-all/x does not exist"),
        ("with\x1b[31m", "with\\e[31m does not exist"),
        ("n" * 4000, "n"),
    ],
)
def test_images_that_are_not_there(
    source: str,
    said: str,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    ended = call(capsys, "run", "--preset", "bn", "--data", source)
    assert_refused(ended, 3, said)
    assert "--data digits" in ended.err, "there is always something to do"
    assert_no_run_is_left()


def with_data(capsys: pytest.CaptureFixture[str], path: Path) -> Ended:
    return call(capsys, "run", "--preset", "bn", "--data", str(path))


def test_an_image_folder_with_one_class(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    from PIL import Image

    (tmp_path / "images" / "cats").mkdir(parents=True)
    Image.new("RGB", (32, 32)).save(tmp_path / "images" / "cats" / "one.png")
    assert_refused(with_data(capsys, tmp_path / "images"), 2, str(tmp_path / "images"), "class")
    assert_no_run_is_left()


def test_a_file_that_holds_no_images(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("no images here")
    assert_refused(
        with_data(capsys, tmp_path / "notes.txt"), 2, "notes.txt is not a kind of file that can be read"
    )
    (tmp_path / "empty.npz").touch()
    assert_refused(with_data(capsys, tmp_path / "empty.npz"), 3, "empty.npz is empty")
    np.savez(tmp_path / "some.npz", x_train=np.zeros((4, 32, 32, 3), np.uint8))
    assert_refused(with_data(capsys, tmp_path / "some.npz"), 2, "some.npz")
    assert_no_run_is_left()


def test_weights_of_another_network(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    path = tmp_path / "resnet.h5"
    with h5py.File(path, "w") as file:
        file.attrs["layer_names"] = ["conv1"]
        file["conv1/conv1/kernel:0"] = np.zeros((7, 7, 3, 64), np.float32)
    words = ["run", "--preset", "iteration-i", "--data", "digits", "--weights"]
    assert_refused(call(capsys, *words, str(path)), 2, "resnet.h5")
    path.write_bytes(b"no HDF5 at all")
    ended = call(capsys, *words, str(path))
    assert_refused(ended, 3, "resnet.h5")
    assert_no_run_is_left()


def test_a_run_that_did_not_finish_is_no_start(capsys: pytest.CaptureFixture[str]) -> None:
    run = finished_run("iteration-i", last=FAILED)
    assert_refused(call(capsys, *BASE, "--from", run.id), 2, f"--from {run.id}", "did not finish")


@pytest.mark.parametrize(
    "words", [["results"], ["show", "latest"], RUN, [*BASE[:2], "iteration-ii", *BASE[3:]]]
)
def test_a_home_that_is_a_file(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    paths.home().write_text("a file where the folder should be")
    ended = call(capsys, *words)
    assert_refused(ended, 4, str(paths.home()))


def test_a_home_of_nobody(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TUILAB_HOME", "~nobody-at-all/x")
    assert_refused(call(capsys, "results"), 2, "TUILAB_HOME", "~nobody-at-all/x")


@pytest.mark.parametrize("number", ["10000", "-1", "two"])
def test_threads_that_tensorflow_dies_of(
    number: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TF_NUM_INTRAOP_THREADS", number)
    ended = call(capsys, *RUN)
    assert_refused(
        ended, 2, f"TF_NUM_INTRAOP_THREADS={number} in the environment is not allowed", "from 1 to"
    )
    assert_no_run_is_left()


@pytest.mark.parametrize(
    ("words", "allowed"),
    [
        (("queue", "move", "latest", "x"), "it must be a whole number"),
        (("queue", "move", "latest", "0"), "it must be at least 1"),
        (("stop", "x", "--timeout", "soon"), "it must be a number"),
    ],
)
def test_what_the_library_for_arguments_refuses_is_said_in_our_words(
    words: tuple[str, ...], allowed: str, capsys: pytest.CaptureFixture[str]
) -> None:
    ended = call(capsys, *words)
    assert_refused(ended, 2, allowed)
    assert "Input should" not in ended.err
