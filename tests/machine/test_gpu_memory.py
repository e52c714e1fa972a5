"""Too little memory on a GPU is said with the number needed, who holds it and what helps."""

import pytest
from fake_nvml import GIB, FakeBoard, FakeNvml, install

from tuilab.machine.gpu_memory import fits, too_little
from tuilab.machine.gpus import list_gpus


def test_it_is_said_with_the_numbers_the_holders_and_another_gpu(monkeypatch: pytest.MonkeyPatch) -> None:
    holders = ((41, 60 * GIB), (42, None), (43, 18 * GIB))
    busy = FakeBoard("GPU-a", name="NVIDIA A100\x1b[31m", used=78 * GIB, holders=holders)
    install(monkeypatch, FakeNvml(busy, FakeBoard("GPU-b", used=70 * GIB), FakeBoard("GPU-c", used=79 * GIB)))
    listed = list_gpus()
    error = too_little(listed[0], 5 * GIB, ["a smaller batch"], listed)
    assert error.sentence == (
        "this training needs about 5.0 GiB of memory on GPU 0 (NVIDIA A100\\e[31m), where 2.0 GiB of "
        "80.0 GiB are free; process 41 holds 60.0 GiB and process 43 holds 18.0 GiB"
    )
    assert list(error.remedies) == [
        "a smaller batch",
        "another GPU: --device gpu:1 has 10.0 GiB free",
        "--device cpu trains without it",
    ]
    assert error.exit_code == 4


def test_of_many_holders_the_largest_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    holders = tuple((pid, pid * GIB) for pid in range(1, 7))
    install(monkeypatch, FakeNvml(FakeBoard("GPU-a", used=79 * GIB, holders=holders)))
    sentence = too_little(list_gpus()[0], 5 * GIB, []).sentence
    assert sentence.endswith(
        "process 6 holds 6.0 GiB, process 5 holds 5.0 GiB, process 4 holds 4.0 GiB and 3 more hold less"
    )


def test_a_driver_that_does_not_tell_who_leaves_that_out(monkeypatch: pytest.MonkeyPatch) -> None:
    board = FakeBoard("GPU-a", used=79 * GIB, refuses=("processes", "processes_v2"))
    install(monkeypatch, FakeNvml(board))
    assert too_little(list_gpus()[0], 5 * GIB, []).sentence.endswith("1.0 GiB of 80.0 GiB are free")


@pytest.mark.parametrize(
    ("refuses", "needed", "fit"), [((), 10, True), ((), 11, False), (("memory",), 99, True)]
)
def test_a_gpu_that_does_not_report_its_memory_has_enough(
    refuses: tuple[str, ...], needed: int, fit: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    install(monkeypatch, FakeNvml(FakeBoard("GPU-a", used=70 * GIB, refuses=refuses)))
    assert fits(list_gpus()[0], needed * GIB) is fit


def test_of_a_split_gpu_the_slice_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    slices = [FakeBoard("MIG-1", total=5 * GIB, used=4 * GIB, holders=((7, 4 * GIB),))]
    install(monkeypatch, FakeNvml(FakeBoard("GPU-a", mig=True, slices=slices)))
    error = too_little(list_gpus()[0], 2 * GIB, [])
    assert "where 1.0 GiB of 5.0 GiB are free; process 7 holds 4.0 GiB" in error.sentence
