"""CUDA_VISIBLE_DEVICES as CUDA reads it, against a fake driver: no test here sees a real GPU."""

import pytest
from fake_nvml import GIB, FakeBoard, FakeNvml, install

from tuilab.machine.device_choice import choose_device
from tuilab.machine.gpu_findings import gpu_findings
from tuilab.machine.gpus import list_gpus
from tuilab.machine.visible_devices import VISIBLE, read_restriction, visible_gpus


@pytest.fixture(autouse=True)
def three_cards_and_a_split_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """Cards 0 to 2, two of which have UUIDs that begin alike, and card 3, which MIG splits in two."""
    monkeypatch.delenv(VISIBLE, raising=False)
    slices = [FakeBoard("MIG-55aa-1", total=5 * GIB), FakeBoard("MIG-55bb-2", total=10 * GIB)]
    install(
        monkeypatch,
        FakeNvml(
            FakeBoard("GPU-11aa"),
            FakeBoard("GPU-11bb"),
            FakeBoard("GPU-22cc"),
            FakeBoard("GPU-33dd", mig=True, slices=slices),
        ),
    )


FIRST, SECOND, THIRD, SMALL, LARGE = "GPU-11aa", "GPU-11bb", "GPU-22cc", "MIG-55aa-1", "MIG-55bb-2"


@pytest.mark.parametrize(
    ("value", "visible"),
    [
        ("", []),
        (" ", []),
        ("-1", []),
        ("NoDevFiles", []),
        ("void", []),
        ("none", []),
        ("1", [SECOND]),
        ("2, 0", [FIRST, THIRD]),
        ("+1", [SECOND]),
        ("1x", [SECOND]),
        ("0,2,-1,1", [FIRST, THIRD]),
        ("0,9,1", [FIRST]),
        ("0,,1", [FIRST]),
        ("9", []),
        ("0,0", []),
        ("0,1,0", []),
        ("GPU-11aa,GPU-11aa", []),
        ("GPU-11aa,GPU-11a", []),
        ("GPU-22", [THIRD]),
        ("GPU-22,GPU-11b", [SECOND, THIRD]),
        ("GPU-11", []),
        ("GPU-", []),
        ("GPU-9", []),
        ("gpu-22", []),
        ("22cc", []),
        ("GPU-22,0", [THIRD]),
        ("0,GPU-22", [FIRST]),
        ("3", [SMALL, LARGE]),
        ("GPU-33", [SMALL, LARGE]),
        ("MIG-55aa-1", [SMALL]),
        ("MIG-55bb", [LARGE]),
        ("MIG-55aa-1,MIG-55bb-2", [SMALL, LARGE]),
        ("MIG-55", []),
        ("MIG-GPU-33dd/2/0", [LARGE]),
        ("MIG-GPU-33/1/0", [SMALL]),
        ("MIG-GPU-33dd/2/1", []),
        ("MIG-GPU-33dd", []),
        ("MIG-99", []),
    ],
)
def test_it_leaves_visible_what_cuda_shows(value: str, visible: list[str]) -> None:
    listed = list_gpus()
    assert [gpu.uuid for gpu in visible_gpus(listed, value)] == visible
    assert visible_gpus(listed, None) == visible_gpus(listed) == listed


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        ("", ""),
        ("NoDevFiles", ""),
        ("0,2,-1,1", ""),
        ("GPU-22", ""),
        (
            "0,9",
            "'9' is no GPU of this machine; the driver numbers them 0 to 3, and CUDA ignores it",
        ),
        ("9", "'9' is no GPU of this machine"),
        ("1,1", "it names '1' again, and CUDA then shows no GPU; name each once"),
        ("GPU-11", "'GPU-11' is the beginning of more than one UUID"),
        ("GPU-9", "'GPU-9' is the UUID of nothing on this machine; nvidia-smi -L lists them"),
        ("GPU-22,0", "'0' is not of the first entry's kind"),
        ("cuda:0", "'cuda:0' is neither a number nor a UUID that begins with GPU- or MIG-"),
        ("-2", "'-2' is neither a number nor"),
    ],
)
def test_what_is_wrong_with_it_is_said(value: str, problem: str) -> None:
    said = read_restriction(value, list_gpus()).problem
    assert said.startswith(problem) if problem else said == ""


def test_a_slice_that_an_old_driver_names_is_found_by_that_name(monkeypatch: pytest.MonkeyPatch) -> None:
    slices = [FakeBoard("MIG-GPU-a/1/0", refuses=("instance",)), FakeBoard("MIG-GPU-a/2/0")]
    install(monkeypatch, FakeNvml(FakeBoard("GPU-a", mig=True, slices=slices)))
    assert [gpu.uuid for gpu in visible_gpus(list_gpus(), "MIG-GPU-a/1/0")] == ["MIG-GPU-a/1/0"]


@pytest.mark.parametrize(
    ("value", "state", "detail"),
    [
        ("", "warn", "'' leaves no GPU visible"),
        ("0,2", "ok", "'0,2' leaves GPU 0 and GPU 2 visible"),
        ("MIG-55aa", "ok", "'MIG-55aa' leaves 1 slice of GPU 3 visible"),
        ("3", "ok", "'3' leaves 2 slices of GPU 3 visible"),
        ("0,0", "warn", "'0,0' leaves no GPU visible: it names '0' again"),
        ("0,7", "warn", "'0,7' leaves GPU 0 visible: '7' is no GPU of this machine"),
    ],
)
def test_doctor_says_what_it_means(
    value: str, state: str, detail: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(VISIBLE, value)
    (said,) = [finding for finding in gpu_findings() if finding.what == VISIBLE]
    assert said.state == state and said.detail.startswith(detail)


def test_doctor_names_a_gpu_that_cannot_be_used(monkeypatch: pytest.MonkeyPatch) -> None:
    install(monkeypatch, FakeNvml(FakeBoard("GPU-a", mig=True)))
    (said,) = [finding for finding in gpu_findings() if finding.what == "GPU 0"]
    assert said.state == "warn" and "in MIG mode and has no slice" in said.detail


def test_a_wrong_one_is_told_as_the_reason_for_the_cpu(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VISIBLE, "GPU-11")
    choice = choose_device("auto", list_gpus())
    assert choice.gpu is None
    assert "hides every GPU: 'GPU-11' is the beginning of more than one UUID" in choice.reason
