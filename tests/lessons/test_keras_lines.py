"""The Keras code that a lesson shows: it compiles, and what it builds is what the engine builds."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from experiments import experiments
from hypothesis import given

from tuilab import presets
from tuilab.errors import UsageError
from tuilab.experiment import Experiment, with_overrides
from tuilab.lessons.keras_lines import NAMES, WIDTH, keras_lines

EVERY_PRESET = [preset.name for preset in presets.load_all()]


def changed(preset: str, **settings: object) -> Experiment:
    """A preset with settings changed; a double underscore stands for the dot."""
    return with_overrides(
        presets.find(preset).experiment, {k.replace("__", "."): v for k, v in settings.items()}
    )


@given(experiments)
def test_the_lines_of_any_experiment_are_python(experiment: Experiment) -> None:
    for name in NAMES:
        compile(keras_lines(name, experiment), name, "exec")


@pytest.mark.parametrize("preset", EVERY_PRESET)
def test_the_lines_of_a_preset_are_short(preset: str) -> None:
    for name in NAMES:
        lines = keras_lines(name, presets.find(preset).experiment).splitlines()
        assert 1 <= len(lines) <= 15, name
        assert max(map(len, lines)) <= WIDTH, name


@pytest.mark.parametrize(
    ("name", "experiment", "lines"),
    [
        ("optimizer", changed("bn"), "optimizer = keras.optimizers.SGD(\n    0.001, momentum=0.9,\n)"),
        ("optimizer", changed("iteration-i"), "optimizer = keras.optimizers.Adam(\n    0.0001,\n)"),
        ("batch_norm", changed("baseline"), "# no batch normalization here"),
        (
            "batch_norm",
            changed("bn", model__bn_position="after"),
            "# at every convolution and the first\n"
            "# dense layer\n"
            'x = keras.layers.Activation("relu")(x)\n'
            "x = keras.layers.BatchNormalization(\n"
            "    momentum=0.99,\n"
            ")(x)",
        ),
        ("base", changed("bn"), "# no pre-trained base: random weights"),
        ("freezing", changed("bn"), "# no base: all layers are trainable"),
        (
            "freezing",
            changed("iteration-i"),
            "base.trainable = False\n"
            "# compile here, then count the tensors\n"
            "trained = network.trainable_variables\n"
            "assert len(trained) == 6",
        ),
        (
            "freezing",
            changed("iteration-ii"),
            "base.trainable = True\n"
            "for layer in base.layers[:-3]:\n"
            "    layer.trainable = False\n"
            "# compile here, then count the tensors\n"
            "trained = network.trainable_variables\n"
            "assert len(trained) == 10",
        ),
        ("clipping", changed("bn"), "# no clipping: gradients as they are"),
        ("regularizer", changed("bn"), "# no weight penalty here: l1 = l2 = 0"),
        (
            "regularizer",
            changed("bn-l2", model__l1=1e-5),
            "# on the kernels of every convolution\n"
            "# and of the first dense layer\n"
            "penalty = keras.regularizers.L1L2(\n"
            "    l1=1e-05, l2=0.001,\n"
            ")",
        ),
        ("dropout", changed("bn", model__dropout=0), "# no dropout here"),
        (
            "fit",
            changed("bn", training__limit=640),
            "keras.utils.set_random_seed(1)\n"
            "network.fit(\n"
            "    x[:640], y[:640], batch_size=64,\n"
            "    epochs=5,\n"
            "    validation_data=(x_test, y_test),\n"
            ")",
        ),
    ],
)
def test_the_lines_follow_the_setting(name: str, experiment: Experiment, lines: str) -> None:
    assert keras_lines(name, experiment) == lines


def test_the_head_has_as_many_units_as_the_images_have_classes() -> None:
    for source, units in (("cifar10", "10"), ("cifar100", "100"), ("/my/images", "classes")):
        last = " ".join(keras_lines("head", changed("bn", data__source=source)).split()[-4:])
        assert f"Dense({units}," in last.replace("( ", "("), last


def test_a_path_with_quotes_and_escapes_stays_a_text() -> None:
    path = 'my "weights"\'\x1b[2J\n.h5'
    lines = keras_lines("base", changed("iteration-i", model__weights=path))
    assert "\x1b" not in lines
    [weights] = [line.strip(" ,") for line in lines.splitlines() if "weights=" in line]
    assert eval(weights.split("weights=")[1].split(", input_shape")[0]) == path


def test_an_unknown_name_gets_the_nearest() -> None:
    with pytest.raises(UsageError) as caught:
        keras_lines("batchnorm", changed("bn"))
    assert caught.value.sentence.startswith("there is no Keras line 'batchnorm'; choose from optimizer, ")
    assert caught.value.sentence.endswith("; did you mean 'batch_norm'?")


EVALUATED = {
    "sgd": changed("bn-l2", optimizer__nesterov=True, optimizer__clip_norm=0.5),
    "after-l1": changed("bn-l2", model__bn_position="after", model__l1=1e-4, model__l2=0.0, model__dropout=0),
    "no-decay-dense": changed("bn-l2", model__decay_dense=False, optimizer__kind="adamw"),
    "frozen": changed("iteration-i", model__weights="random", data__pixels="imagenet"),
    "last-3": changed("iteration-ii", model__weights="random", data__pixels="standardize"),
    "blocks": changed("iteration-iv", model__weights="random", model__l2=0.001),
    "block": changed("iteration-iii", model__weights="random", model__head__batch_norm=False),
    "from": changed("notebook-i", model__weights="random", model__l1=1e-5, model__l2=1e-4),
    "rmsprop": changed("bn-l2", optimizer__kind="rmsprop", optimizer__clip_norm=0.5),
    "all": changed("recorded-i", model__weights="random", optimizer__kind="adamw", optimizer__clip_norm=1),
}
"""Every optimizer, penalty, place of BN, form of unfreezing and way of scaling."""


@pytest.fixture(scope="module")
def comparisons(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, list]]:
    """For every experiment and concept what the lines build and what the engine does, from one process."""
    asked = {name: experiment.model_dump(mode="json") for name, experiment in EVALUATED.items()}
    lines = {
        name: {concept: keras_lines(concept, experiment) for concept in NAMES}
        for name, experiment in EVALUATED.items()
    }
    folder = tmp_path_factory.mktemp("lines")
    (folder / "asked.json").write_text(json.dumps({"experiments": asked, "lines": lines}))
    script = Path(__file__).parents[1] / "support" / "evaluated_lines.py"
    command = [sys.executable, str(script), str(folder / "asked.json"), str(folder / "built.json")]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads((folder / "built.json").read_text())


@pytest.mark.slow
@pytest.mark.parametrize("name", EVALUATED)
def test_what_the_lines_build_is_what_the_engine_builds(
    name: str, comparisons: dict[str, dict[str, list]]
) -> None:
    assert {"optimizer", "scaling", "layers", "penalty"} <= set(comparisons[name])
    assert {"base", "trained"} <= set(comparisons[name]) or EVALUATED[name].weights is None
    for part, (shown, real) in comparisons[name].items():
        assert shown == real, part
