"""A library that cannot be loaded is a sentence that names it, in every command; doctor lists it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

NUMPY = '''raise ImportError("""

IMPORTANT: PLEASE READ THIS FOR ADVICE ON HOW TO SOLVE THIS ISSUE!

Importing the numpy C-extensions failed. This error can happen for
many reasons.

Original error was: libopenblas.so: cannot open shared object file
""")
'''
BROKEN = {
    "a missing library": (NUMPY, "libopenblas.so: cannot open shared object file"),
    "a torn file": ("x = (\n", "__init__.py is damaged ("),
    "a missing module": ("import nowhere_at_all\n", "No module named 'nowhere_at_all'"),
}


@pytest.mark.parametrize(("content", "reason"), BROKEN.values(), ids=BROKEN)
@pytest.mark.parametrize("words", [["run", "--preset", "bn", "--data", "digits"], ["doctor", "--quick"]])
def test_a_broken_numpy_is_a_sentence(content: str, reason: str, words: list[str], tmp_path: Path) -> None:
    (tmp_path / "numpy").mkdir()
    (tmp_path / "numpy" / "__init__.py").write_text(content)
    done = subprocess.run(
        [sys.executable, "-m", "tuilab", *words],
        env={**os.environ, "PYTHONPATH": str(tmp_path), "COLUMNS": "1000"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert "Traceback" not in done.stderr and done.returncode != 0
    name = "nowhere_at_all" if "nowhere" in content else "numpy"
    said = done.stdout if words[0] == "doctor" else done.stderr
    assert f"{name} cannot be loaded, which tuilab needs: " in said
    assert reason in said
    assert f"pip install --force-reinstall {name}" in said
    if words[0] == "doctor":
        assert "Nothing can be trained here yet" in said
    else:
        assert done.stderr.startswith("tuilab: ") and len(done.stderr.splitlines()) == 3
