"""What a refused value gets to hear: one sentence with key, value, what is allowed and the nearest name."""

import unicodedata

import pytest

from tuilab.errors import UsageError
from tuilab.experiment import from_toml, with_overrides
from tuilab.experiment.overrides import parse_assignment

CNN = '[model]\nkind = "cnn"\n[optimizer]\nkind = "sgd"\n'
TRANSFER = '[model]\nkind = "transfer"\n[optimizer]\nkind = "adam"\n'


def refusal(assignment: str, start: str = CNN) -> str:
    with pytest.raises(UsageError) as caught:
        with_overrides(from_toml(start), dict([parse_assignment(assignment)]))
    sentence = caught.value.sentence
    assert not [c for c in sentence if unicodedata.category(c) in {"Cc", "Cf", "Cs", "Zl", "Zp"}]
    assert caught.value.exit_code == 2
    return sentence


EPOCHS = "a whole number from 0 to 100,000"
SHARE = "a number of at least 0 and below 1"
FILTERS = "a list of 1 to 5 whole numbers from 1 to 4,096, such as [32, 64, 128]"
DEVICE = "auto, cpu or gpu:K, where K is the number of a GPU"
PARENT = "the name of a preset (lowercase letters, digits and hyphens), or none"
TEXT = "text of 1 to 4,096 characters"
PROBES = 'a list of batch-statistics, such as ["batch-statistics"]'
SGD = "kind, learning_rate, momentum, nesterov, clip_norm"
TOP = "data, model, optimizer, training, continue_from"


@pytest.mark.parametrize(
    ("assignment", "value", "allowed"),
    [
        ("optimizer.momentum=1.5", "1.5", SHARE),
        ("model.bn_momentum=1", "1", SHARE),
        ("model.dropout=nan", "nan", SHARE.replace("number", "finite number")),
        ("model.l2=-0.001", "-0.001", "a number of at least 0"),
        ("training.epochs=-1", "-1", EPOCHS),
        ("training.epochs=1.5", "1.5", EPOCHS),
        ("training.epochs=many", "'many'", EPOCHS),
        ("training.epochs=[3]", "[3]", EPOCHS),
        ("training.limit=0", "0", "a whole number of at least 1, or none"),
        ("optimizer.clip_norm=0", "0", "a number above 0, or none"),
        ("optimizer.learning_rate=0", "0", "a number above 0"),
        ("optimizer.learning_rate=nan", "nan", "a finite number above 0"),
        ("optimizer.learning_rate=inf", "inf", "a finite number above 0"),
        ("optimizer.learning_rate=-inf", "-inf", "a finite number above 0"),
        ("model.batch_norm=maybe", "'maybe'", "true or false"),
        ("model.filters=[]", "[]", FILTERS),
        ("model.filters=[8, 0]", "0", FILTERS),
        ("model.filters=32", "32", FILTERS),
        ("data.source=", "''", TEXT),
        ("data.source=3", "3", TEXT),
        ("data=3", "3", "a table of settings"),
        ("data.pixels=imagnet", "'imagnet'", "unit, standardize or imagenet; did you mean 'imagenet'?"),
        ("training.device=gpu", "'gpu'", DEVICE),
        ("training.device=gpu:٣", "'gpu:٣'", DEVICE),
        ("training.probes=batch-statistics", "'batch-statistics'", PROBES),
        ('training.probes=["gradients"]', "'gradients'", PROBES),
        ("continue_from=../x", "'../x'", PARENT),
    ],
)
def test_a_value_that_is_not_allowed(assignment: str, value: str, allowed: str) -> None:
    key = assignment.partition("=")[0]
    assert refusal(assignment) == f"{key} = {value} is not allowed: it must be {allowed}"


def test_a_probe_that_is_named_twice() -> None:
    twice = '["batch-statistics", "batch-statistics"]'
    assert "a probe is named twice; name it once" in refusal(f"training.probes={twice}")


def test_a_pool_that_leaves_no_image_says_how_large_it_may_be() -> None:
    assert refusal("model.pool=9") == (
        "model.pool = 9 with 3 blocks leaves no image: block 2 gets 3x3 pixels; pool must be at most 3"
    )


@pytest.mark.parametrize(
    ("assignment", "why"),
    [
        (
            "model.unfreeze=last-99",
            "the base up to block5_pool has 18 layers, so last-N goes from last-1 to last-18",
        ),
        (
            "model.last_layer=block3_pol",
            "it must be a layer from block1_conv1 to block5_pool; did you mean 'block3_pool'?",
        ),
        ("model.weights=", "it must be " + TEXT),
    ],
)
def test_a_value_of_a_transfer_that_is_not_allowed(assignment: str, why: str) -> None:
    key, _, value = assignment.partition("=")
    assert refusal(assignment, TRANSFER) == f"{key} = '{value}' is not allowed: {why}"


def test_a_setting_deep_inside_is_named_whole() -> None:
    assert refusal("model.head.dropout=1", TRANSFER) == (
        f"model.head.dropout = 1 is not allowed: it must be {SHARE}"
    )
    assert refusal("model.head.droput=0.1", TRANSFER) == (
        "there is no setting 'model.head.droput'; model.head has classifier, dense, batch_norm, "
        "bn_momentum, dropout; did you mean 'dropout'?"
    )


@pytest.mark.parametrize(
    ("assignment", "sentence"),
    [
        (
            "optimizer.momentun=0.9",
            f"there is no setting 'optimizer.momentun'; optimizer has {SGD}; did you mean 'momentum'?",
        ),
        (
            "optimizer.weight_decay=0.1",  # AdamW's, not SGD's
            f"there is no setting 'optimizer.weight_decay'; optimizer has {SGD}",
        ),
        (
            "epochs=3",
            f"there is no setting 'epochs'; the top level has {TOP}",
        ),
        (
            "trainig.epochs=3",
            "there is no setting 'trainig.epochs': an experiment has the sections data, model, optimizer, "
            "training; did you mean 'training'?",
        ),
        (
            "training.epochs.more=3",
            "there is no setting 'training.epochs.more': training has the sections none",
        ),
        # the kinds' own names are no settings, and pydantic's paths hold them
        (
            "cnn=3",
            f"there is no setting 'cnn'; the top level has {TOP}",
        ),
        (
            "optimizer.sgd=3",
            f"there is no setting 'optimizer.sgd'; optimizer has {SGD}",
        ),
    ],
)
def test_a_setting_that_does_not_exist(assignment: str, sentence: str) -> None:
    assert refusal(assignment) == sentence


@pytest.mark.parametrize(
    ("assignment", "sentence"),
    [
        (
            "model.kind=cnm",
            "model.kind = 'cnm' is not allowed: it must be cnn or transfer; did you mean 'cnn'?",
        ),
        (
            "optimizer.kind=lion",
            "optimizer.kind = 'lion' is not allowed: it must be sgd, adam, adamw or rmsprop",
        ),
        ("optimizer={}", "optimizer.kind is missing: it must be sgd, adam, adamw or rmsprop"),
    ],
)
def test_a_kind_that_does_not_exist(assignment: str, sentence: str) -> None:
    assert refusal(assignment) == sentence


@pytest.mark.parametrize(
    "key", ["training.epochs", "optimizer.learning_rate", "model.l2", "model.dense", "optimizer.clip_norm"]
)
def test_true_is_no_number(key: str) -> None:
    assert refusal(f"{key}=true").startswith(f"{key} = True is not allowed: it must be a")
    assert refusal("model.filters=[true]").startswith("model.filters = True is not allowed")


def test_a_long_value_is_shortened() -> None:
    for assignment in ("model.unfreeze=", "model.last_layer=", "model.kind=", "training.epochs="):
        assert len(refusal(assignment + "x" * 10_000, TRANSFER)) < 300
    assert len(refusal("x" * 10_000 + "=1", TRANSFER)) < 300
    assert len(refusal("model.unfreeze=from:" + "x" * 10_000, TRANSFER)) < 300
    assert len(refusal("model.unfreeze=blocks:" + "x" * 10_000, TRANSFER)) < 300


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "in x.toml: model is missing: it must be a table of settings"),
        ('[optimizer]\nkind = "sgd"\n', "in x.toml: model is missing: it must be a table of settings"),
        ("[model]\n[optimizer]\n", "in x.toml: model.kind is missing: it must be cnn or transfer"),
        (CNN + "[extra]\n", f"in x.toml: there is no setting 'extra'; the top level has {TOP}"),
    ],
)
def test_a_file_names_itself_and_its_key(text: str, sentence: str) -> None:
    with pytest.raises(UsageError) as caught:
        from_toml(text, "x.toml")
    assert caught.value.sentence == sentence


@pytest.mark.parametrize(
    "text", ["a = ", "[a", "a = " + "[" * 5000, "a = " + "9" * 5000, "a\x00", "a = 1\na = 2"]
)
def test_a_file_that_is_no_toml_says_so_in_one_line(text: str) -> None:
    with pytest.raises(UsageError) as caught:
        from_toml(text, "x\x1b.toml")
    assert caught.value.sentence.startswith("x\\e.toml is not valid TOML: ")
    assert "\n" not in caught.value.sentence
    assert len(caught.value.sentence) < 300
