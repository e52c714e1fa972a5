"""``tuilab bench`` as a person calls it."""

import json
import os
import signal
import subprocess
from pathlib import Path

import pytest
from command_line import assert_refused, call, command, process

SMALL = ["--images", "100", "--test-images", "30", "--epochs", "1", "--device", "cpu"]


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["--preset", "bm"], 2, "there is no preset 'bm'"),
        (["--set", "model.momentum=1"], 2, "there is no setting 'model.momentum'"),
        (["--data", "/nowhere/at/all.npz"], 3, "does not exist"),
        (["--images", "11"], 2, "--images 11 is not allowed: 3 of 10 classes"),
        (["--images", "60"], 2, "--images 60 is not allowed: bn trains in batches of 64"),
        (["--pairs", "0"], 2, "invalid value for '--pairs'"),
        (["--weights", "random"], 2, "--weights cannot be used here"),
        (["--preset", "iteration-i", "--weights", "/nowhere/at/all.h5"], 3, "cannot be read"),
        (["--device", "gpu:77"], 2, "gpu:77"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else None,
)
def test_what_is_wrong_is_said_before_anything_is_measured(
    words: list[str], code: int, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    ended = call(capsys, "bench", *words)
    told = [line for line in ended.err.splitlines(keepends=True) if not line.endswith("...\n")]
    assert_refused(type(ended)(ended.code, ended.out, "".join(told)), code, said)


@pytest.mark.slow
def test_one_object_has_both_ways_and_they_agree(tmp_path: Path) -> None:
    network = ["model.filters=[4]", "model.convolutions=1", "model.pool=4", "model.dense=8"]
    settings = [word for text in network for word in ("--set", text)]
    ended = process("bench", *SMALL, *settings, "--json", TMPDIR=str(tmp_path), timeout=300)
    assert ended.code == 0, ended.err
    assert "bn: pair 1 of 1, plain Keras" in ended.err and "bn: pair 1 of 1, tuilab" in ended.err
    found = json.loads(ended.out)
    (job,) = found["jobs"]
    (pair,) = job["pairs"]
    assert all(value < 1e-4 for name, value in pair["difference"].items() if name != "one_image")
    assert pair["ratio"] > 0 and job["median"]["tuilab"]["seconds"] > 0
    assert found["matmul_flops"] > 1e8 and found["device"].startswith("cpu: ")
    assert list(tmp_path.glob("tuilab-bench*")) == []


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=lambda number: number.name)
def test_a_signal_ends_it_and_leaves_nothing(number: signal.Signals, tmp_path: Path) -> None:
    bench = subprocess.Popen(
        command("bench", *SMALL),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "TMPDIR": str(tmp_path)},
    )
    assert bench.stderr is not None
    for line in bench.stderr:
        if line.startswith("matrix multiplication"):
            break
    assert len(list(tmp_path.glob("tuilab-bench*"))) == 1
    bench.send_signal(number)
    out, err = bench.communicate(timeout=60)
    assert (bench.returncode, out) == (130, "") and "Traceback" not in err
    assert list(tmp_path.glob("tuilab-bench*")) == []
