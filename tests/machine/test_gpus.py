"""The choice of a GPU, against a fake ``pynvml`` at the driver's edge: no test here sees a real GPU."""

import pytest
from fake_nvml import GIB, FakeBoard, FakeNvml, install

from tuilab.errors import UsageError
from tuilab.machine.device_choice import choose_device
from tuilab.machine.gpus import (
    Gpu,
    GpuProcess,
    describe,
    driver_report,
    freest,
    left_out,
    list_gpus,
    processes_on,
)


def gpu(index: int, free: int = 10, busy: int | None = 0) -> Gpu:
    return Gpu(
        index,
        f"GPU-{index}{index}-{free}",
        "NVIDIA A100",
        80 * GIB,
        (80 - free) * GIB,
        busy,
        40,
        60.0,
        (8, 0),
    )


@pytest.fixture(autouse=True)
def unrestricted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)


def test_every_gpu_is_listed_with_its_numbers_and_the_session_is_closed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    fake = install(monkeypatch, FakeNvml(FakeBoard("GPU-a", used=GIB, busy=7), FakeBoard("GPU-b")))
    first, second = list_gpus()
    assert first == Gpu(0, "GPU-a", "NVIDIA A100", 80 * GIB, GIB, 7, 41, 61.5, (8, 0))
    assert (second.index, second.uuid) == (1, "GPU-b")
    assert (fake.sessions, fake.open_sessions) == (1, 0)


def test_numbers_a_card_does_not_report_are_none_and_the_card_still_counts(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    refused = ("memory", "utilization", "temperature", "power", "capability", "mig")
    install(monkeypatch, FakeNvml(FakeBoard("GPU-a", refuses=refused)))
    (only,) = list_gpus()
    assert only == Gpu(0, "GPU-a", "NVIDIA A100", 0, 0, None, None, None, None)
    assert describe(only) == "GPU 0 (NVIDIA A100)"


def test_a_gpu_without_a_uuid_and_a_name_is_named_by_its_number(monkeypatch: pytest.MonkeyPatch) -> None:
    install(monkeypatch, FakeNvml(FakeBoard("GPU-a", refuses=("uuid", "name"))))
    (only,) = list_gpus()
    assert (only.uuid, only.name, only.memory_total) == ("", "NVIDIA GPU", 80 * GIB)
    assert choose_device("auto", [only]).visible == "0"


def test_text_that_the_driver_tells_as_bytes_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    install(monkeypatch, FakeNvml(FakeBoard("GPU-a", name="NVIDIA A100", as_bytes=True)))
    (only,) = list_gpus()
    assert (only.uuid, only.name) == ("GPU-a", "NVIDIA A100")


def test_a_gpu_that_may_not_be_opened_is_left_out_and_the_others_keep_their_numbers(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    fake = install(monkeypatch, FakeNvml(FakeBoard("GPU-a", refuses=("handle",)), FakeBoard("GPU-b")))
    assert [(g.index, g.uuid) for g in list_gpus()] == [(1, "GPU-b")]
    assert fake.open_sessions == 0
    assert left_out() == ((0, "the NVIDIA driver reports 'handle'"),)


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (FakeNvml.NVMLError_NoPermission, "this user is not allowed to open it"),
        (FakeNvml.NVMLError_GpuIsLost, "it has fallen off the bus"),
    ],
)
@pytest.mark.parametrize("what", ["handle", "uuid"])
def test_a_gpu_that_cannot_be_used_is_named_with_the_reason(
    monkeypatch: pytest.MonkeyPatch, error: type[FakeNvml.NVMLError], words: str, what: str
) -> None:
    install(monkeypatch, FakeNvml(FakeBoard("GPU-a", refuses=(what,), refuses_with=error)))
    ((index, why),) = left_out()
    assert index == 0 and words in why
    assert words in choose_device("auto", list_gpus()).reason


@pytest.mark.parametrize("version", ["_v3", "_v2"])
def test_who_holds_a_gpus_memory_is_told_the_largest_first(
    monkeypatch: pytest.MonkeyPatch, version: str
) -> None:
    """A driver before 510 has only the second version of the question."""
    holders = ((11, 2 * GIB), (12, None), (13, 2**64 - 1), (14, 60 * GIB))
    board = FakeBoard("GPU-b", holders=holders, refuses=() if version == "_v3" else ("processes",))
    fake = install(monkeypatch, FakeNvml(FakeBoard("GPU-a"), board))
    second = list_gpus()[1]
    assert processes_on(second) == (
        GpuProcess(14, 60 * GIB),
        GpuProcess(11, 2 * GIB),
        GpuProcess(12, None),
        GpuProcess(13, None),
    )
    assert processes_on(list_gpus()[0]) == () and fake.open_sessions == 0
    board.refuses = ("processes", "processes_v2")
    assert processes_on(second) == ()


def test_a_gpu_split_by_mig_appears_as_its_slices(monkeypatch: pytest.MonkeyPatch) -> None:
    slices = [FakeBoard("MIG-1", total=5 * GIB, refuses=("utilization",)), FakeBoard("MIG-2", total=10 * GIB)]
    install(monkeypatch, FakeNvml(FakeBoard("GPU-a", mig=True, slices=slices), FakeBoard("GPU-b", mig=True)))
    listed = list_gpus()
    assert [(g.index, g.uuid) for g in listed] == [(0, "MIG-1"), (0, "MIG-2")]
    assert [(g.board, g.instance, g.memory_total) for g in listed] == [
        ("GPU-a", (1, 0), 5 * GIB),
        ("GPU-a", (2, 0), 10 * GIB),
    ]
    assert choose_device("gpu:0", listed).visible == "MIG-2"
    ((index, why),) = left_out()
    assert index == 1 and "it is in MIG mode and has no slice" in why


@pytest.mark.parametrize(
    ("broken", "words"),
    [
        (FakeNvml.NVMLError_LibraryNotFound, "no NVIDIA driver is installed"),
        (FakeNvml.NVMLError_DriverNotLoaded, "not loaded"),
        (FakeNvml.NVMLError_LibRmVersionMismatch, "restarting the machine"),
        (FakeNvml.NVMLError_NoPermission, "is not allowed to open"),
        (FakeNvml.NVMLError, "the driver's words"),
    ],
)
def test_a_driver_that_does_not_work_means_no_gpus_and_a_reason(
    monkeypatch: pytest.MonkeyPatch, broken: type[FakeNvml.NVMLError], words: str
) -> None:
    install(monkeypatch, FakeNvml(broken=broken))
    assert list_gpus() == ()
    report = driver_report()
    assert report.version is None and report.problem is not None and words in report.problem
    choice = choose_device("auto", ())
    assert (choice.gpu, choice.visible) == (None, "-1")
    assert words in choice.reason
    with pytest.raises(UsageError, match="the driver shows no NVIDIA GPU on this machine") as caught:
        choose_device("gpu:0", ())
    assert words in caught.value.sentence and "--device cpu" in caught.value.sentence


def test_a_driver_without_gpus_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    install(monkeypatch, FakeNvml())
    report = driver_report()
    assert (report.version, report.cuda, report.problem) == ("550.54.15", "12.4", None)
    assert "550.54.15 shows no GPU" in choose_device("auto", ()).reason


def test_the_real_pynvml_answers_without_raising() -> None:
    report = driver_report()
    assert (report.version is None) == (report.problem is not None)
    assert isinstance(list_gpus(), tuple)


def test_freest_is_by_memory_then_utilization_then_index() -> None:
    assert freest([gpu(0, 10), gpu(1, 30), gpu(2, 20)]).index == 1
    assert freest([gpu(0, 10, 90), gpu(1, 10, 5), gpu(2, 10, None)]).index == 1
    assert freest([gpu(2), gpu(1)]).index == 1
    with pytest.raises(ValueError):
        freest([])


def test_auto_takes_the_freest_gpu_by_its_uuid_and_says_why() -> None:
    choice = choose_device("auto", [gpu(0, 10), gpu(1, 70)])
    assert (choice.gpu, choice.visible) == (gpu(1, 70), "GPU-11-70")
    assert choice.reason == "GPU 1 (NVIDIA A100, 70.0 GiB free) has the most free memory of 2 GPUs"
    assert choose_device("auto", [gpu(0)]).reason.endswith("is this machine's only GPU")


def test_the_cpu_on_request_hides_every_gpu() -> None:
    assert choose_device("cpu", [gpu(0)]).visible == "-1"


def test_a_gpu_that_is_not_there_is_refused_with_those_that_are() -> None:
    with pytest.raises(UsageError) as caught:
        choose_device("gpu:3", [gpu(0, 71), gpu(1, 2)])
    assert caught.value.sentence == (
        "there is no GPU 3; this machine has GPU 0 (NVIDIA A100, 71.0 GiB free) and "
        "GPU 1 (NVIDIA A100, 2.0 GiB free)"
    )


@pytest.mark.parametrize(
    "device", ["", "gpu", "gpu:", "gpu:-1", "gpu:x", "GPU:0", "gpu:٣", "cuda:0", "gpu:0 "]
)
def test_other_words_for_a_device_are_refused(device: str) -> None:
    with pytest.raises(UsageError, match="is not allowed: it must be auto, cpu or gpu:K"):
        choose_device(device, [gpu(0)])


def test_auto_stays_within_the_users_restriction(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "0")
    choice = choose_device("auto", [gpu(0, 1), gpu(1, 79)])
    assert choice.gpu == gpu(0, 1) and "only GPU that CUDA_VISIBLE_DEVICES allows" in choice.reason
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "-1")
    choice = choose_device("auto", [gpu(0)])
    assert choice.gpu is None and "CUDA_VISIBLE_DEVICES='-1' hides every GPU" in choice.reason


def test_a_gpu_outside_the_users_restriction_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "0")
    with pytest.raises(UsageError, match=r"GPU 1 is hidden by CUDA_VISIBLE_DEVICES='0'.* allows GPU 0 \("):
        choose_device("gpu:1", [gpu(0), gpu(1)])
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    with pytest.raises(UsageError, match="allows no GPU"):
        choose_device("gpu:0", [gpu(0)])
