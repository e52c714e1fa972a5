"""Experiments on digits that a worker ends in a moment, and that still have everything that could be lost."""

from typing import Any

from tuilab.experiment import (
    AdamSpec,
    CnnSpec,
    DataSpec,
    Experiment,
    HeadSpec,
    TrainingSpec,
    TransferSpec,
)
from tuilab.runs import store
from tuilab.runs.run import Run

TRAINING: dict[str, Any] = {"epochs": 3, "batch_size": 32, "limit": 200, "device": "cpu"}
CNN = CnnSpec(
    kind="cnn", filters=(4,), convolutions=1, pool=4, dense=8, dropout=0.2, batch_norm=True, l2=0.001
)
"""Dropout, batch normalization and a penalty; with Adam, whose state is twice the weights."""
TRANSFER = TransferSpec(
    kind="transfer", weights="random", last_layer="block2_pool", head=HeadSpec(dense=16), unfreeze="none"
)
"""A frozen base whose features are computed once."""


def small_run(model: CnnSpec | TransferSpec = CNN, **training: Any) -> Run:
    """Make a run's folder."""
    experiment = Experiment(
        data=DataSpec(source="digits"),
        model=model,
        optimizer=AdamSpec(kind="adam", learning_rate=0.01),
        training=TrainingSpec(**{**TRAINING, **training}),
    )
    return store.create(experiment, preset="baseline" if isinstance(model, CnnSpec) else "iteration-i")
