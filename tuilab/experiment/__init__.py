"""The experiment: what to train. Frozen, validated, hashable; knows no TensorFlow and no Textual."""

from tuilab.experiment.experiment import (
    CnnSpec,
    DataSpec,
    Experiment,
    HeadSpec,
    ModelSpec,
    TrainingSpec,
    TransferSpec,
    base_of,
    head_of,
)
from tuilab.experiment.optimizers import AdamSpec, AdamWSpec, OptimizerSpec, SgdSpec
from tuilab.experiment.overrides import with_overrides
from tuilab.experiment.toml import from_toml, to_toml

__all__ = [
    "AdamSpec",
    "AdamWSpec",
    "CnnSpec",
    "DataSpec",
    "Experiment",
    "HeadSpec",
    "ModelSpec",
    "OptimizerSpec",
    "SgdSpec",
    "TrainingSpec",
    "TransferSpec",
    "base_of",
    "from_toml",
    "head_of",
    "to_toml",
    "with_overrides",
]
