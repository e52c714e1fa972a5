"""pip says which Pythons there are, and does not end in a riddle about TensorFlow."""

import re
import sys
import tomllib
from pathlib import Path

PROJECT = tomllib.loads((Path(__file__).parents[1] / "pyproject.toml").read_text(encoding="utf-8"))


def test_a_python_without_a_tensorflow_is_refused_by_name() -> None:
    bounds = re.fullmatch(r">=3\.(\d+),<3\.(\d+)", PROJECT["project"]["requires-python"])
    assert bounds is not None
    least, first_beyond = (int(text) for text in bounds.groups())
    assert (least, first_beyond) == (11, 14), "raise the second where TensorFlow has wheels for more"
    assert least <= sys.version_info.minor < first_beyond
    assert PROJECT["tool"]["ruff"]["target-version"] == f"py3{least}"
