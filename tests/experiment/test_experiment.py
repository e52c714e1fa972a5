"""The experiment: frozen, the same after any trip through TOML, and named for ever by its digest."""

import json
import os
import random
import subprocess
import sys
from typing import Any

import pytest
import tomlkit
from experiments import experiments
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from tuilab import presets
from tuilab.experiment import CnnSpec, Experiment, SgdSpec, TransferSpec, from_toml, to_toml
from tuilab.experiment.experiment import NOT_IN_DIGEST

CNN = Experiment(model=CnnSpec(kind="cnn"), optimizer=SgdSpec(kind="sgd"))
TRANSFER = Experiment(model=TransferSpec(kind="transfer"), optimizer=SgdSpec(kind="sgd"))

# Never change a line here: results on people's disks are found by these names.
DIGESTS = {
    "baseline": "bd260cdca6a5232e",
    "bn": "af82da3f79dcd725",
    "bn-momentum": "44c337d9761fefc1",
    "bn-l2": "38f699894d2dc308",
    "iteration-i": "6f45bd0bad5f95c9",
    "iteration-ii": "f1de11b3a79fb979",
    "iteration-iii": "4bf44daf7e449326",
    "iteration-iv": "3be29dcbab060dd8",
    "notebook-i": "253f4fd1c2fe7f77",
    "notebook-ii": "faf24c2ea5cf653c",
    "recorded-i": "bb29c3ecd13f9e51",
    "recorded-ii": "fbc9f948e851a9b6",
    "one-shot": "a9901baee189fe8d",
    "iteration-ii-cold": "64a0e087cc7371a1",
}

# One other value for every setting there is; a setting without a line here fails a test below.
OTHER: dict[str, Any] = {
    "data.source": "digits",
    "data.pixels": "imagenet",
    "optimizer.kind": "adam",
    "optimizer.learning_rate": 0.02,
    "optimizer.momentum": 0.5,
    "optimizer.nesterov": True,
    "optimizer.clip_norm": 1.0,
    "training.epochs": 6,
    "training.batch_size": 65,
    "training.seed": 2,
    "training.validation": "last-20%",
    "training.precision": "mixed_float16",
    "training.deterministic": False,
    "training.limit": 100,
    "training.shots": 5,
    "continue_from": "bn",
}
OTHER_CNN: dict[str, Any] = {
    "model.filters": [32, 64],
    "model.convolutions": 1,
    "model.pool": 2,
    "model.dropout": 0.3,
    "model.dense": 64,
    "model.batch_norm": True,
    "model.bn_position": "after",
    "model.bn_momentum": 0.8,
    "model.l1": 0.1,
    "model.l2": 0.1,
    "model.decay_dense": False,
}
OTHER_TRANSFER: dict[str, Any] = {
    "model.weights": "random",
    "model.last_layer": "block3_pool",
    "model.unfreeze": "last-3",
    "model.head.dense": 64,
    "model.head.batch_norm": False,
    "model.head.bn_momentum": 0.8,
    "model.head.dropout": 0.1,
    "model.l1": 0.1,
    "model.l2": 0.1,
    "model.decay_dense": False,
}


def changed(experiment: Experiment, key: str, value: Any) -> Experiment:
    table = experiment.model_dump()
    *sections, name = key.split(".")
    place = table
    for section in sections:
        place = place[section]
    place[name] = value
    if key == "optimizer.kind":
        table["optimizer"] = {"kind": value}
    return Experiment.model_validate(table)


def keys(table: dict[str, Any], above: str = "") -> set[str]:
    return {
        name
        for key, value in table.items()
        for name in (keys(value, f"{above}{key}.") if isinstance(value, dict) else {above + key})
    }


def shuffled(value: Any, order: random.Random) -> Any:
    if not isinstance(value, dict):
        return value
    items = [(key, shuffled(inner, order)) for key, inner in value.items()]
    order.shuffle(items)
    return dict(items)


@given(experiments)
@settings(suppress_health_check=[HealthCheck.too_slow])
def test_toml_gives_back_the_same_experiment(experiment: Experiment) -> None:
    back = from_toml(to_toml(experiment))
    assert back == experiment
    assert back.digest == experiment.digest


@given(experiments, st.randoms(use_true_random=False))
@settings(suppress_health_check=[HealthCheck.too_slow], max_examples=50)
def test_the_order_of_settings_does_not_matter(experiment: Experiment, order: random.Random) -> None:
    table = shuffled(experiment.model_dump(mode="json", exclude_none=True), order)
    # TOML cannot hold a top-level setting after a table
    table = dict(sorted(table.items(), key=lambda item: isinstance(item[1], dict)))
    back = from_toml(tomlkit.dumps(table))
    assert back == experiment
    assert back.digest == experiment.digest


@given(experiments)
@settings(suppress_health_check=[HealthCheck.too_slow], max_examples=50)
def test_the_digest_is_sixteen_hex_digits_and_hash_and_equality_agree(experiment: Experiment) -> None:
    assert len(experiment.digest) == 16
    assert set(experiment.digest) <= set("0123456789abcdef")
    twin = experiment.model_copy(deep=True)
    assert twin == experiment
    assert hash(twin) == hash(experiment)


@given(experiments, st.sampled_from(["auto", "cpu", "gpu:0", "gpu:3"]))
@settings(suppress_health_check=[HealthCheck.too_slow], max_examples=50)
def test_where_it_runs_is_not_what_it_is(experiment: Experiment, device: str) -> None:
    assert changed(experiment, "training.device", device).digest == experiment.digest
    assert changed(experiment, "training.xla", "on").digest == experiment.digest


@given(experiments)
@settings(suppress_health_check=[HealthCheck.too_slow], max_examples=50)
def test_what_is_kept_of_it_is_not_what_it_is(experiment: Experiment) -> None:
    assert changed(experiment, "training.keep_checkpoints", "all").digest == experiment.digest
    assert changed(experiment, "training.features", "off").digest == experiment.digest
    assert changed(experiment, "training.probes", ["batch-statistics"]).digest == experiment.digest


@pytest.mark.parametrize("key", sorted(OTHER | OTHER_CNN))
def test_every_other_setting_of_a_cnn_changes_the_digest(key: str) -> None:
    assert changed(CNN, key, (OTHER | OTHER_CNN)[key]).digest != CNN.digest


@pytest.mark.parametrize("key", sorted(OTHER | OTHER_TRANSFER))
def test_every_other_setting_of_a_transfer_changes_the_digest(key: str) -> None:
    assert changed(TRANSFER, key, (OTHER | OTHER_TRANSFER)[key]).digest != TRANSFER.digest


def test_adamws_own_setting_changes_the_digest() -> None:
    adamw = changed(CNN, "optimizer.kind", "adamw")
    assert changed(adamw, "optimizer.weight_decay", 0.1).digest != adamw.digest


def test_no_setting_was_forgotten_above() -> None:
    silent = {f"training.{name}" for name in NOT_IN_DIGEST} | {"model.kind"}
    assert keys(CNN.model_dump()) == OTHER.keys() | OTHER_CNN.keys() | silent
    # test_additions.py has another base; test_classifier.py the other classifier
    only_one = {"model.base", "model.head.classifier"}
    assert keys(TRANSFER.model_dump()) == OTHER.keys() | OTHER_TRANSFER.keys() | silent | only_one


def test_changed_settings_all_have_different_digests() -> None:
    digests = [changed(CNN, key, value).digest for key, value in (OTHER | OTHER_CNN).items()]
    assert len(set(digests)) == len(digests)


def test_the_courses_presets_keep_their_names() -> None:
    assert {name: presets.find(name).experiment.digest for name in DIGESTS} == DIGESTS
    assert set(DIGESTS) == {preset.name for preset in presets.load_all() if preset.family != "concept"}


def test_the_digest_is_the_same_in_every_process() -> None:
    code = (
        "import json; from tuilab import presets;"
        "course = [p for p in presets.load_all() if p.family != 'concept'];"
        "print(json.dumps({p.name: p.experiment.digest for p in course}))"
    )
    for seed in ("1", "4711"):
        out = subprocess.run(
            [sys.executable, "-c", code],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            check=True,
        ).stdout
        assert json.loads(out) == DIGESTS


@pytest.mark.parametrize("write", ["whole", "part", "new"])
def test_an_experiment_cannot_be_written_to(write: str) -> None:
    with pytest.raises(ValidationError, match=r"frozen|no field"):
        match write:
            case "whole":
                setattr(CNN, "optimizer", None)  # noqa: B010 - pyright would rightly refuse an assignment
            case "part":
                setattr(CNN.training, "epochs", 9)  # noqa: B010
            case _:
                setattr(CNN, "colour", "red")  # noqa: B010


def test_an_int_where_a_number_is_meant_is_the_same_experiment() -> None:
    ones = [changed(CNN, "optimizer.learning_rate", value) for value in (1, 1.0)]
    assert ones[0] == ones[1]
    assert ones[0].digest == ones[1].digest


def test_defaults_written_out_are_the_same_experiment() -> None:
    assert from_toml('[model]\nkind = "cnn"\n[optimizer]\nkind = "sgd"\n') == CNN
    assert from_toml(to_toml(CNN)).digest == CNN.digest


def test_only_a_transfer_has_weights() -> None:
    assert CNN.weights is None
    assert TRANSFER.weights == "imagenet"


def test_the_largest_pool_is_what_the_image_outlasts() -> None:
    for blocks, largest in ((1, 32), (2, 5), (3, 3), (4, 2), (5, 2)):
        CnnSpec(kind="cnn", filters=(8,) * blocks, pool=largest)
        if largest < 32:
            with pytest.raises(ValidationError, match=f"at most {largest}"):
                CnnSpec(kind="cnn", filters=(8,) * blocks, pool=largest + 1)
