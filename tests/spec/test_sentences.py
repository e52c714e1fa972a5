"""What a refused value gets to hear: one sentence with the key, the value, what is allowed, the nearest name."""

import unicodedata

import pytest

from tuilab.errors import UsageError
from tuilab.spec import from_toml, with_overrides
from tuilab.spec.overrides import parse_assignment

CNN = '[model]\nkind = "cnn"\n[optimizer]\nkind = "sgd"\n'
TRANSFER = '[model]\nkind = "transfer"\n[optimizer]\nkind = "adam"\n'


def refusal(assignment: str, start: str = CNN) -> str:
    with pytest.raises(UsageError) as caught:
        with_overrides(from_toml(start), dict([parse_assignment(assignment)]))
    sentence = caught.value.sentence
    assert not [c for c in sentence if unicodedata.category(c) in {"Cc", "Cf", "Cs", "Zl", "Zp"}]
    assert caught.value.exit_code == 2
    return sentence


@pytest.mark.parametrize(
    ("assignment", "sentence"),
    [
        ("optimizer.momentum=1.5", "optimizer.momentum = 1.5 is not allowed: allowed is a number of at least 0 and below 1"),
        ("model.bn_momentum=1", "model.bn_momentum = 1 is not allowed: allowed is a number of at least 0 and below 1"),
        ("model.l2=-0.001", "model.l2 = -0.001 is not allowed: allowed is a number of at least 0"),
        ("training.epochs=0", "training.epochs = 0 is not allowed: allowed is a whole number of at least 1 and at most 100,000"),
        ("training.epochs=1.5", "training.epochs = 1.5 is not allowed: allowed is a whole number of at least 1 and at most 100,000"),
        ("training.epochs=many", "training.epochs = 'many' is not allowed: allowed is a whole number of at least 1 and at most 100,000"),
        ("training.limit=0", "training.limit = 0 is not allowed: allowed is a whole number of at least 1, or none"),
        ("optimizer.clip_norm=0", "optimizer.clip_norm = 0 is not allowed: allowed is a number above 0, or none"),
        ("optimizer.learning_rate=0", "optimizer.learning_rate = 0 is not allowed: allowed is a number above 0"),
        ("optimizer.learning_rate=nan", "optimizer.learning_rate = nan is not allowed: allowed is a number above 0 and finite"),
        ("optimizer.learning_rate=inf", "optimizer.learning_rate = inf is not allowed: allowed is a number above 0 and finite"),
        ("optimizer.learning_rate=-inf", "optimizer.learning_rate = -inf is not allowed: allowed is a number above 0 and finite"),
        ("model.batch_norm=maybe", "model.batch_norm = 'maybe' is not allowed: allowed is true or false"),
        ("model.filters=[]", "model.filters = [] is not allowed: allowed is a list of 1 to 5 whole numbers from 1 to 4,096, such as [32, 64, 128]"),
        ("model.filters=[8, 0]", "model.filters = 0 is not allowed: allowed is a list of 1 to 5 whole numbers from 1 to 4,096, such as [32, 64, 128]"),
        ("data.source=", "data.source = '' is not allowed: allowed is a text of 1 to 4096 characters"),
        ("data.source=3", "data.source = 3 is not allowed: allowed is a text of 1 to 4096 characters"),
        ("data=3", "data = 3 is not allowed: allowed is a table of settings"),
        ("data.pixels=imagnet", "data.pixels = 'imagnet' is not allowed: allowed is unit or standardize or imagenet; did you mean 'imagenet'?"),
        ("training.device=gpu", "training.device = 'gpu' is not allowed: allowed is auto, cpu or gpu:K with K the number of a GPU"),
        ("continue_from=../x", "continue_from = '../x' is not allowed: allowed is the name of a preset (small letters, digits and hyphens), or none"),
        ("model.pool=9", "model.pool = 9 with 3 blocks leaves no image: block 2 gets 3x3 pixels; allowed is a pool of at most 3"),
    ],
)  # fmt: skip
def test_a_value_that_is_not_allowed(assignment: str, sentence: str) -> None:
    assert refusal(assignment) == sentence


@pytest.mark.parametrize(
    ("assignment", "sentence"),
    [
        (
            "model.unfreeze=last-99",
            "model.unfreeze = 'last-99' is not allowed: the base up to block5_pool has 18 layers: last-1 to last-18",
        ),
        (
            "model.last_layer=block3_pol",
            "model.last_layer = 'block3_pol' is not allowed: allowed is a layer from block1_conv1 to block5_pool; "
            "did you mean 'block3_pool'?",
        ),
        (
            "model.head.dropout=1",
            "model.head.dropout = 1 is not allowed: allowed is a number of at least 0 and below 1",
        ),
        (
            "model.head.droput=0.1",
            "there is no setting 'model.head.droput'; model.head has dense, batch_norm, bn_momentum, dropout; "
            "did you mean 'dropout'?",
        ),
    ],
)  # fmt: skip
def test_a_value_of_a_transfer_that_is_not_allowed(assignment: str, sentence: str) -> None:
    assert refusal(assignment, TRANSFER) == sentence


@pytest.mark.parametrize(
    ("assignment", "sentence"),
    [
        (
            "optimizer.momentun=0.9",
            "there is no setting 'optimizer.momentun'; optimizer has kind, learning_rate, momentum, nesterov, "
            "clip_norm; did you mean 'momentum'?",
        ),
        (
            "optimizer.weight_decay=0.1",  # AdamW's, not SGD's
            "there is no setting 'optimizer.weight_decay'; optimizer has kind, learning_rate, momentum, nesterov, "
            "clip_norm",
        ),
        (
            "epochs=3",
            "there is no setting 'epochs'; the top has data, model, optimizer, training, continue_from",
        ),
        (
            "trainig.epochs=3",
            "there is no setting 'trainig.epochs': an experiment has the sections data, model, optimizer, training; "
            "did you mean 'training'?",
        ),
        (
            "training.epochs.more=3",
            "there is no setting 'training.epochs.more': training has the sections none",
        ),
        # the kinds' own names are no settings, and pydantic's paths hold them
        (
            "cnn=3",
            "there is no setting 'cnn'; the top has data, model, optimizer, training, continue_from",
        ),
        (
            "optimizer.sgd=3",
            "there is no setting 'optimizer.sgd'; optimizer has kind, learning_rate, momentum, nesterov, clip_norm",
        ),
    ],
)  # fmt: skip
def test_a_setting_that_does_not_exist(assignment: str, sentence: str) -> None:
    assert refusal(assignment) == sentence


@pytest.mark.parametrize(
    ("assignment", "sentence"),
    [
        (
            "model.kind=cnm",
            "model.kind = 'cnm' is not allowed: allowed is cnn or transfer; did you mean 'cnn'?",
        ),
        (
            "optimizer.kind=rmsprop",
            "optimizer.kind = 'rmsprop' is not allowed: allowed is sgd or adam or adamw",
        ),
        ("optimizer={}", "optimizer.kind is missing: allowed is sgd or adam or adamw"),
    ],
)
def test_a_kind_that_does_not_exist(assignment: str, sentence: str) -> None:
    assert refusal(assignment) == sentence


@pytest.mark.parametrize(
    "key", ["training.epochs", "optimizer.learning_rate", "model.l2", "model.dense", "optimizer.clip_norm"]
)
def test_true_is_no_number(key: str) -> None:
    assert refusal(f"{key}=true").startswith(f"{key} = True is not allowed: allowed is a")
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
        ("", "in x.toml: model is missing; allowed is a table of settings"),
        ('[optimizer]\nkind = "sgd"\n', "in x.toml: model is missing; allowed is a table of settings"),
        ("[model]\n[optimizer]\n", "in x.toml: model.kind is missing: allowed is cnn or transfer"),
        (CNN + "[extra]\n", "in x.toml: there is no setting 'extra'; the top has data, model, optimizer, training, continue_from"),
    ],
)  # fmt: skip
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
