"""A worker whose GPU has too little memory ends before TensorFlow is loaded, and says how much it needs."""

import os
import subprocess
import sys
from pathlib import Path

from tuilab import presets
from tuilab.experiment import with_overrides
from tuilab.runs import store
from tuilab.runs.summary import summarize

_SUPPORT = Path(__file__).parents[1] / "support"
_DRIVER = f"""
import sys
sys.path.append({str(_SUPPORT)!r})
from fake_nvml import GIB, FakeBoard, FakeNvml
sys.modules[__name__] = FakeNvml(FakeBoard("GPU-a", total=16 * GIB, used=15 * GIB, holders=((5, 14 * GIB),)))
"""
_WORKER = """
import sys
from tuilab.engine.worker import main
code = main([sys.argv[1]])
print(code, "tensorflow" in sys.modules)
"""


def test_it_ends_before_tensorflow_is_loaded(tmp_path: Path) -> None:
    (tmp_path / "pynvml.py").write_text(_DRIVER)
    changed = {"data.source": "digits", "training.device": "gpu:0", "training.batch_size": 4096}
    run = store.create(with_overrides(presets.find("bn").experiment, changed), preset="bn")
    path = os.pathsep.join(filter(None, [str(tmp_path), os.environ.get("PYTHONPATH")]))
    variables = {name: value for name, value in os.environ.items() if name != "CUDA_VISIBLE_DEVICES"}
    ended = subprocess.run(
        [sys.executable, "-c", _WORKER, str(run.folder)],
        env={**variables, "PYTHONPATH": path},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert ended.stdout == "4 False\n", ended.stderr
    summary = summarize(run)
    assert (summary.state, summary.exit_code) == ("failed", 4)
    assert summary.reason == (
        "this training needs about 4.8 GiB of memory on GPU 0 (NVIDIA A100), where 1.0 GiB of 16.0 GiB are "
        "free; process 5 holds 14.0 GiB"
    )
    assert "--device cpu trains without it" in summary.remedies
