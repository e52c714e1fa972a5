"""The experiment: what to train. Frozen, validated, hashable; knows no TensorFlow and no Textual."""

from tuilab.spec.experiment import (
    AdamSpec,
    AdamWSpec,
    CnnSpec,
    DataSpec,
    Experiment,
    HeadSpec,
    ModelSpec,
    OptimizerSpec,
    SgdSpec,
    TrainingSpec,
    TransferSpec,
)
from tuilab.spec.overrides import with_overrides
from tuilab.spec.toml import from_toml, to_toml

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
    "from_toml",
    "to_toml",
    "with_overrides",
]
