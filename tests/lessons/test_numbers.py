"""The numbers that lessons and presets tell: those of the README's table, and those of a calculation."""

import math
import re
from pathlib import Path

import pytest

from tuilab.lessons.index import find, ours
from tuilab.lessons.lesson import Lesson

README = Path(__file__).parents[2] / "README.md"

MEASURED = [
    *[("batch-normalization", preset, "measured accuracy") for preset in ("baseline", "bn")],
    *[("bn-momentum", preset, "measured accuracy") for preset in ("bn", "bn-momentum")],
    *[("weight-decay", preset, "measured accuracy") for preset in ("bn-momentum", "bn-l2")],
    *[("transfer-learning", preset, "measured accuracy") for preset in ("iteration-i", "bn-momentum")],
    *[("fine-tuning", preset, "measured accuracy") for preset in ("iteration-i", "iteration-ii")],
    *[
        ("unfreezing", preset, "measured accuracy")
        for preset in ("iteration-ii", "iteration-iii", "iteration-iv")
    ],
    *[("unfreezing", preset, "cross-entropy") for preset in ("iteration-iii", "iteration-iv")],
    *[("check-what-trains", preset, "measured accuracy") for preset in ("iteration-i", "notebook-i")],
]

CALCULATED = [
    ("gradient-descent", math.ceil(50_000 / 64), "782"),
    ("gradient-descent", 5 * math.ceil(50_000 / 64), "3,910"),
    ("gradient-descent", 1 / (1 - 0.9), "10 times"),
    ("gradient-descent", 2 / 40, "**0.05**"),
    ("gradient-descent", 1 / 40, "0.025"),
    ("normalization", math.log(10), "2.30"),
    ("exploding-gradients", 1.5**20, "3,325"),
    ("exploding-gradients", 0.5**20, "0.000001"),
    ("bn-momentum", 0.99**100, "0.37"),
    ("bn-momentum", 0.8**10, "0.11"),
    ("weight-decay", 2 / (2 * 2 * 0.001), "500\ntimes"),
    ("weight-decay", math.sqrt(0.96 * 0.04 / 100), "0.02"),
    ("decoupled-decay", 0.5 / 0.004, "125 times"),
    ("decoupled-decay", 0.001 * 0.004 * 1e6, "4 millionths"),
    ("unfreezing", -math.log(1 - 0.999), "6.9"),
    ("unfreezing", -math.log(1 - 0.5), "0.7"),
    ("unfreezing", (4 * 4 * 256 + 1) * 256, "1,048,832"),
    ("unfreezing", (512 + 1) * 256, "131,328"),
    ("reading-curves", -math.log(0.5), "0.69"),
    ("reading-curves", -math.log(0.9), "0.11"),
    ("reading-curves", math.sqrt(0.6 * 0.4 / 10_000), "0.005"),
    ("reading-curves", math.sqrt(0.9 * 0.1 / 355), "0.016"),
    ("pixels-and-loss", 0 - 123.68, "-124"),
    ("pixels-and-loss", 255 - 103.939, "151"),
]
"""Lesson, what it should be, and how it stands there."""


def everything(lesson: Lesson) -> str:
    """All texts of a lesson, lines that are wrapped in its file put together."""
    asked = [text for q in lesson.questions for text in (q.ask, q.answer, *q.choices)]
    tried = [text for t in lesson.tries for text in (t.label, t.watch)]
    return " ".join(" ".join([lesson.title, lesson.summary, lesson.body, *asked, *tried]).split())


def measured(preset: str, column: str) -> float:
    """A number of the README's tables of results."""
    names: list[str] = []
    for line in README.read_text(encoding="utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if cells[0] == "preset":
            names = cells
        elif cells[0] == f"`{preset}`" and column in names:
            return float(cells[names.index(column)])
    raise AssertionError(f"the README has no {column} of {preset}")


@pytest.mark.parametrize(("lesson", "preset", "column"), MEASURED)
def test_a_measured_number_is_that_of_the_readme(lesson: str, preset: str, column: str) -> None:
    # half a unit of the fourth digit is rounded up, as by hand
    told = f"{math.floor(measured(preset, column) * 1000 + 0.5) / 1000:.3f}"
    assert told in everything(find(ours(), lesson))


@pytest.mark.parametrize(("lesson", "value", "text"), CALCULATED)
def test_a_calculated_number_is_right(lesson: str, value: float, text: str) -> None:
    text = " ".join(text.split())
    assert text in everything(find(ours(), lesson))
    number = float(re.sub(r"[^\d.-]", "", text))
    unit = 10.0 ** -len(text.partition(".")[2]) if "." in text else 1
    assert abs(number - value) <= unit / 2 + 1e-9


def test_the_sizes_of_vgg16_are_its_own() -> None:
    text = everything(find(ours(), "vgg16"))
    blocks = [0] * 6
    inside = 3
    for block, (convolutions, channels) in enumerate([(2, 64), (2, 128), (3, 256), (3, 512), (3, 512)], 1):
        for _ in range(convolutions):
            blocks[block] += 9 * inside * channels + channels
            inside = channels
        assert f"{blocks[block]:,}" in text
    assert f"{sum(blocks):,}" in text and round(100 * sum(blocks[4:]) / sum(blocks)) == 88
    assert f"{9 * 512 * 512 + 512:,}" in text
