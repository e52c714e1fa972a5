"""A run that does not fit on its GPU is refused before anything is made, with the number needed."""

import pytest
from command_line import assert_no_run_is_left, assert_refused, call
from fake_nvml import GIB, FakeBoard, FakeNvml, install


@pytest.fixture(autouse=True)
def _a_card_that_others_hold(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    board = FakeBoard("GPU-a", name="Tesla T4", total=16 * GIB, used=13 * GIB, holders=((77, 12 * GIB),))
    install(monkeypatch, FakeNvml(board))


@pytest.mark.parametrize("device", ["auto", "gpu:0"])
def test_run_says_what_is_needed_what_is_free_and_what_helps(
    device: str, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["--data", "cifar10", "--device", device, "--set", "training.batch_size=4096"]
    ended = call(capsys, "run", "-p", "bn", *words)
    assert_refused(ended, 4, "this training needs about 4.8 GiB of memory on GPU 0 (Tesla T4)")
    assert "where 3.0 GiB of 16.0 GiB are free; process 77 holds 12.0 GiB" in ended.err
    assert "--set training.batch_size=2" in ended.err and "--precision mixed_bfloat16" in ended.err
    assert "--device cpu trains without it" in ended.err
    assert_no_run_is_left()


@pytest.mark.parametrize(
    "command",
    [
        ["sweep", "-p", "bn", "--grid", "model.l2=0,1e-3", "--dry-run"],
        ["rate", "bn"],
    ],
    ids=["sweep", "rate"],
)
def test_so_do_a_sweep_and_a_rate_test(command: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    ended = call(capsys, *command, "--data", "digits", "--set", "training.batch_size=4096")
    assert_refused(ended, 4, "this training needs about 4.8 GiB of memory on GPU 0")
    assert_no_run_is_left()
