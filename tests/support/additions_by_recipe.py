"""An installation to which one of each was added, made as the README says, and where each then appears.

``python additions_by_recipe.py PACKAGE`` prints as JSON what an installation offers.
"""

import json
import sys
from pathlib import Path
from typing import Any

FORMAT = '''"""Rows as tab-separated values."""

from collections.abc import Sequence

from tuilab.results.comparison import Side
from tuilab.results.format import Format, Listing
from tuilab.results.rows import Row


def text(rows: Sequence[Row]) -> str:
    """Return the runs' names."""
    return "\\n".join(str(row.values["run"]) for row in rows) + "\\n"


def compared(first: Side, second: Side) -> str:
    """Return both runs' names."""
    return text([first.row, second.row])


def listed(listing: Listing) -> str:
    """Return the rows."""
    rows = ([str(row[column]) for column in listing.columns] for row in listing.rows)
    return "".join("\\t".join(row) + "\\n" for row in rows)


FORMAT = Format("tsv", "tab-separated values", "tsv", text, compared, listed, for_programs=True)
'''
OPTIMIZER = '''class NadamSpec(Optimizer):
    """Adam with Nesterov's momentum (Dozat 2016; Keras's ``Nadam``)."""

    keras = "Nadam"

    kind: Literal["nadam"]

    learning_rate: Positive = 0.002
    """Step size."""

    beta_1: Fraction = 0.9
    """How slowly the mean of the gradients follows them."""

    clip_norm: Positive | None = None
    """Largest norm allowed for all gradients together; larger ones are scaled down to it."""

    @property
    def arguments(self) -> dict[str, Any]:
        return {"beta_1": self.beta_1}

    @property
    def memories(self) -> int:
        return 2


'''
PRESET = """
title = "Nadam"
family = "concept"
order = 990
lesson = "nadam"
teaches = "Does looking ahead help Adam?"

[experiment.data]
source = "kuzushiji"

[experiment.model]
kind = "cnn"

[experiment.optimizer]
kind = "nadam"
"""
LESSON = """+++
title = "Nadam"
order = 990
summary = "Adam that looks ahead."
keras = ["optimizer", "head"]
+++
Nadam is Adam with Nesterov's momentum.
"""


METRIC = 'Metric("top5_accuracy", "top-5 accuracy", SHARE, "higher", InTop(5)),'


def add_one_of_each(place: Path) -> None:
    """Add a data set, a format, a preset, a lesson: a file each; a metric: a line; an optimizer: its spec."""
    mnist = (place / "tuilab/sources/named/mnist.py").read_text()
    for ours, theirs in (("mnist", "kuzushiji"), ("MNIST", "Kuzushiji")):
        mnist = mnist.replace(f'"{ours}', f'"{theirs}')
    (place / "tuilab/sources/named/kuzushiji.py").write_text(mnist)
    (place / "tuilab/results/formats/tsv.py").write_text(FORMAT)
    (place / "presets/nadam.toml").write_text(PRESET)
    (place / "tuilab/lessons/text/nadam.md").write_text(LESSON)
    _replace(place / "tuilab/runs/metrics.py", "    *ALWAYS,\n", f"    *ALWAYS,\n    {METRIC}\n")
    union = "OptimizerSpec = Annotated["
    _replace(place / "tuilab/experiment/optimizers.py", union, f"{OPTIMIZER}{union}NadamSpec | ")


def _replace(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert text.count(old) == 1, path
    path.write_text(text.replace(old, new))


def offered() -> dict[str, Any]:
    """Return where what was added appears."""
    from typer.testing import CliRunner

    from tuilab import presets
    from tuilab.advice.quantities import QUANTITIES
    from tuilab.cli.main import app
    from tuilab.experiment.optimizers import OPTIMIZER_KINDS
    from tuilab.experiment.overrides import with_overrides
    from tuilab.lessons.index import ours
    from tuilab.lessons.keras_lines import keras_lines
    from tuilab.plots.view import SHOWN
    from tuilab.results.columns import IN_APP, IN_DOCUMENTS, IN_RESULTS
    from tuilab.results.formats import find, names
    from tuilab.results.rows import FIELDS
    from tuilab.sources.named import DATASETS, title
    from tuilab.tui.panes.network.settings import shown_settings

    preset = presets.find("nadam")
    changed = with_overrides(preset.experiment, {"optimizer.beta_1": 0.5})
    help_text = CliRunner().invoke(app, ["run", "--help"]).output
    return {
        "preset": [preset.title, preset.lesson],
        "lesson": [lesson.slug for lesson in ours()][-1],
        "keras": keras_lines("optimizer", changed),
        "formats": [find(name).name for name in names()],
        "data": [title("kuzushiji"), DATASETS["kuzushiji"].download, "kuzushiji" in help_text],
        "plots": list(SHOWN),
        "quantities": [name for name in QUANTITIES if "top5" in name],
        "fields": [name for name in FIELDS if "top5" in name],
        "columns": [
            "top-5 accuracy" in {column.heading for column in columns}
            for columns in (IN_APP, IN_DOCUMENTS, [place.column for place in IN_RESULTS])
        ],
        "settings": [setting.label for setting in shown_settings(changed)],
        "completed": OPTIMIZER_KINDS,
    }


if __name__ == "__main__":
    sys.path.insert(0, sys.argv[1])
    print(json.dumps(offered()))
