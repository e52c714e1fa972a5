"""An installation to which one of each was added, made as the README says, and where each then appears.

``python additions_by_recipe.py PACKAGE`` prints as JSON what an installation offers.
"""

import hashlib
import json
import sys
from pathlib import Path
from typing import Any

from weight_files import random_layers, written

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


BASE = '''"""A base of two blocks."""

from tuilab.bases.base_network import BaseNetwork, PublishedWeights, in_blocks

BASE = BaseNetwork(
    name="two-blocks",
    title="TwoBlocks",
    layers=in_blocks((1, 4), (2, 8)),
    keras="nets.TwoBlocks",
    preprocessing="nets.two_blocks",
    published=PublishedWeights(
        file="two_blocks.h5",
        url="https://example.invalid/two_blocks.h5",
        size=5_000_000,
        md5="{md5}",
        digest="{digest}",
        attribution="TwoBlocks by nobody",
    ),
)
'''
ON_THE_BASE = """
title = "Two blocks, the second one trained"
family = "transfer"
order = 995
lesson = "fine-tuning"
teaches = "Does a small base help?"

[experiment.data]
source = "digits"

[experiment.model]
kind = "transfer"
base = "two-blocks"
unfreeze = "blocks:2"

[experiment.optimizer]
kind = "adam"

[experiment.training]
epochs = 1
limit = 320
"""


METRIC = 'Metric("top5_accuracy", "top-5 accuracy", SHARE, "higher", InTop(5)),'


def add_one_of_each(place: Path) -> None:
    """Add a file each (data set, base, format, presets, lesson), a metric's line and an optimizer's spec."""
    mnist = (place / "tuilab/sources/named/mnist.py").read_text()
    for ours, theirs in (("mnist", "kuzushiji"), ("MNIST", "Kuzushiji")):
        mnist = mnist.replace(f'"{ours}', f'"{theirs}')
    (place / "tuilab/sources/named/kuzushiji.py").write_text(mnist)
    md5, digest = _write_weights(place / "home/downloads/two_blocks.h5")
    (place / "tuilab/bases/named/two_blocks.py").write_text(BASE.format(md5=md5, digest=digest))
    (place / "presets/two-blocks.toml").write_text(ON_THE_BASE)
    (place / "tuilab/results/formats/tsv.py").write_text(FORMAT)
    (place / "presets/nadam.toml").write_text(PRESET)
    (place / "tuilab/lessons/text/nadam.md").write_text(LESSON)
    _replace(place / "tuilab/runs/metrics.py", "    *ALWAYS,\n", f"    *ALWAYS,\n    {METRIC}\n")
    union = "OptimizerSpec = Annotated["
    _replace(place / "tuilab/experiment/optimizers.py", union, f"{OPTIMIZER}{union}NadamSpec | ")


def _write_weights(path: Path) -> tuple[str, str]:
    """Write weights as Keras has them; return the file's MD5, and the SHA-256 of names and tensors."""
    path.parent.mkdir(parents=True)
    table = {"block1_conv1": (3, 4), "block2_conv1": (4, 8), "block2_conv2": (8, 8)}
    layers = random_layers(table)
    names_and_tensors = b"".join(
        f"{name} {tensor.shape}\n".encode() + tensor.tobytes()
        for name, tensors in layers.items()
        for tensor in tensors
    )
    md5 = hashlib.md5(written(path, layers).read_bytes()).hexdigest()
    return md5, hashlib.sha256(names_and_tensors).hexdigest()


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


def base_offered() -> dict[str, Any]:
    """Return where the base appears."""
    from typer.testing import CliRunner

    from tuilab import presets
    from tuilab.bases.named import BASES
    from tuilab.cli.completions import complete_download
    from tuilab.cli.main import app
    from tuilab.experiment import base_of, with_overrides
    from tuilab.experiment.network import layer_stack
    from tuilab.lab.data_choice import DataChoice
    from tuilab.lessons.keras_lines import keras_lines
    from tuilab.machine.source_findings import source_findings
    from tuilab.sources.base_weights import load_weights
    from tuilab.tui.panes.network.boundary import stops
    from tuilab.tui.panes.network.settings import find, shown_settings, tip
    from tuilab.tui.screens.welcome_facts import FACTS
    from tuilab.tui.title import facts

    experiment, vgg16 = presets.find("two-blocks").experiment, presets.find("iteration-ii").experiment
    by_count = with_overrides(experiment, {"model.unfreeze": "last-2", "data.pixels": "imagenet"})
    whole = with_overrides(vgg16, {"model.base": "two-blocks"})
    base, other = base_of(experiment.model), base_of(whole.model)
    assert base is not None and other is not None
    weights = load_weights(BASES["two-blocks"], "imagenet")
    fetched = CliRunner().invoke(app, ["fetch", "two-blocks"])
    return {
        "plan": [
            f"{layer.name} {layer.trained}" for layer in layer_stack(experiment) if layer.part == "base"
        ],
        "by_count": [layer.name for layer in layer_stack(by_count) if layer.trained][:1],
        "stops": stops(base),
        "whole": [other.last_layer, other.unfreeze, presets.course_columns(whole)["loaded_vgg16_blocks"]],
        "digests": [whole.digest, vgg16.digest],
        "title": facts(experiment),
        "keras": [
            *keras_lines("base", experiment).splitlines(),
            *keras_lines("scaling", by_count).splitlines()[-3:],
            keras_lines("convolution", experiment).splitlines()[0],
        ],
        "setting": [s.steps for s in shown_settings(experiment) if s.key == "model.base"],
        "tip": tip(find("model.weights"), experiment),
        "facts": [FACTS["TwoBlocks"]().state],
        "doctor": [f.state for f in source_findings() if f.what == "TwoBlocks weights"],
        "completed": complete_download("two"),
        "fetched": [fetched.exit_code, fetched.output.splitlines()[0].rpartition("/")[2]],
        "weights": [
            weights.digest == base.base_network.published.digest,
            weights.source,
            weights.attribution,
        ],
        "own_file": DataChoice(weights="/w.h5").settings(experiment),
    }


if __name__ == "__main__":
    sys.path.insert(0, sys.argv[1])
    print(json.dumps({**offered(), "base": base_offered()}))
