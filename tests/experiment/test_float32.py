"""A number that 32-bit floating point turns into another one is refused; one of an earlier run is read."""

import numpy as np
import pytest

from tuilab.errors import UsageError
from tuilab.experiment import AdamWSpec, CnnSpec, Experiment, SgdSpec, from_toml, to_toml, with_overrides
from tuilab.experiment.float32 import LARGEST, SMALLEST, check_float32

CNN = Experiment(model=CnnSpec(kind="cnn"), optimizer=SgdSpec(kind="sgd", clip_norm=1.0))
ADAMW = CNN.model_copy(update={"optimizer": AdamWSpec(kind="adamw")})


def test_the_bounds_are_float32s() -> None:
    assert np.finfo(np.float32).tiny == SMALLEST and np.finfo(np.float32).max == LARGEST


@pytest.mark.parametrize(
    ("key", "value", "becomes"),
    [
        ("optimizer.clip_norm", 1e300, "infinite; it must be at most 3.4e+38"),
        ("optimizer.learning_rate", 1e-308, "0; it must be at least 1.2e-38"),
        ("optimizer.learning_rate", 1e39, "infinite; it must be at most 3.4e+38"),
        ("model.l2", 1e-40, "0; it must be 0, or at least 1.2e-38"),
        ("model.l1", 4e38, "infinite; it must be at most 3.4e+38"),
        ("optimizer.momentum", 0.99999999, "1; it must be at most 0.9999999"),
        ("model.dropout", 1 - 2**-30, "1; it must be at most 0.9999999"),
        ("model.bn_momentum", 0.999999999, "1; it must be at most 0.9999999"),
    ],
)
def test_a_number_that_would_be_another_is_refused(key: str, value: float, becomes: str) -> None:
    with pytest.raises(UsageError) as caught:
        with_overrides(CNN, {key: value})
    assert caught.value.sentence == (
        f"{key} = {value!r} is not allowed: networks are computed in 32-bit floating point, where it would "
        f"be {becomes}"
    )


def test_weight_decay_is_one_of_them() -> None:
    with pytest.raises(UsageError, match=r"optimizer\.weight_decay = 1e\+200 is not allowed"):
        with_overrides(ADAMW, {"optimizer.weight_decay": 1e200})


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("optimizer.clip_norm", LARGEST),
        ("optimizer.learning_rate", SMALLEST),
        ("model.l2", 0.0),
        ("optimizer.momentum", 0.9999999),
        ("optimizer.learning_rate", 0.99999999999),
    ],
)
def test_all_others_are_taken(key: str, value: float) -> None:
    check_float32(with_overrides(CNN, {key: value}))


def test_an_experiment_of_before_is_still_read() -> None:
    old = CNN.model_copy(update={"optimizer": SgdSpec(kind="sgd", learning_rate=1e-308)})
    assert from_toml(to_toml(old)) == old
