"""What is refused before a run is made: a GPU with too little memory, against a fake driver."""

from collections.abc import Sequence

import pytest
from fake_nvml import GIB, FakeBoard, FakeNvml, install

from tuilab import presets
from tuilab.errors import RunError
from tuilab.experiment import Experiment, with_overrides
from tuilab.lab import preflight
from tuilab.lab.preflight import check_inputs
from tuilab.lab.queue.standing import Busy, Seen


def of(**settings: object) -> Experiment:
    changed = {"data.source": "digits", **{name.replace("__", "."): v for name, v in settings.items()}}
    return with_overrides(presets.find("baseline").experiment, changed)


@pytest.fixture(autouse=True)
def _no_restriction(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)


def training_here(monkeypatch: pytest.MonkeyPatch, devices: Sequence[str]) -> None:
    """Have runs of this store train on these devices."""
    busy = [Busy(f"run-{n}", device) for n, device in enumerate(devices)]
    monkeypatch.setattr(preflight.Looker, "look", lambda self: Seen([], busy))


def test_a_run_that_does_not_fit_is_refused_with_the_number_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    install(monkeypatch, FakeNvml(FakeBoard("GPU-a", total=4 * GIB, used=3 * GIB, holders=((9, 3 * GIB),))))
    with pytest.raises(RunError, match=r"needs about 1\.0 GiB of memory on GPU 0") as caught:
        check_inputs(of())
    assert "1.0 GiB of 4.0 GiB are free; process 9 holds 3.0 GiB" in caught.value.sentence
    assert "--device cpu trains without it" in caught.value.remedies
    check_inputs(of(training__device="cpu"))


def test_a_run_that_will_wait_for_one_of_ours_has_that_ones_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    install(monkeypatch, FakeNvml(FakeBoard("GPU-a", total=4 * GIB, used=3 * GIB)))
    training_here(monkeypatch, ["gpu:0"])
    check_inputs(of())
    training_here(monkeypatch, [""])
    check_inputs(of())  # its worker has not said yet where it trains
    training_here(monkeypatch, ["cpu"])
    with pytest.raises(RunError):
        check_inputs(of())


def test_a_run_that_never_fits_is_refused_whatever_trains(monkeypatch: pytest.MonkeyPatch) -> None:
    install(monkeypatch, FakeNvml(FakeBoard("GPU-a", total=4 * GIB)))
    training_here(monkeypatch, ["gpu:0"])
    with pytest.raises(RunError, match=r"where 4\.0 GiB of 4\.0 GiB are free") as caught:
        check_inputs(of(training__batch_size=20_000))
    assert any("training.batch_size=" in remedy for remedy in caught.value.remedies)


def test_a_driver_that_does_not_report_memory_refuses_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    install(monkeypatch, FakeNvml(FakeBoard("GPU-a", refuses=("memory",))))
    check_inputs(of(training__batch_size=20_000))


def test_auto_takes_the_freest_and_another_is_named_for_a_fixed_one(monkeypatch: pytest.MonkeyPatch) -> None:
    full = FakeBoard("GPU-a", total=4 * GIB, used=4 * GIB)
    install(monkeypatch, FakeNvml(full, FakeBoard("GPU-b", total=8 * GIB)))
    check_inputs(of())
    with pytest.raises(RunError) as caught:
        check_inputs(of(training__device="gpu:0"))
    assert "another GPU: --device gpu:1 has 8.0 GiB free" in caught.value.remedies
