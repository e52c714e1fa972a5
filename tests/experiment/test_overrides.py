"""``--set a.b=value``: one setting changed, the rest as it was, and never a traceback."""

import unicodedata
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from other_base import with_other_base

from tuilab.errors import UsageError
from tuilab.experiment import AdamSpec, CnnSpec, Experiment, HeadSpec, SgdSpec, TransferSpec, with_overrides
from tuilab.experiment.overrides import parse_assignment

CNN = Experiment(
    model=CnnSpec(kind="cnn", l2=0.5, dropout=0.4),
    optimizer=SgdSpec(kind="sgd", learning_rate=0.03, momentum=0.9, clip_norm=2),
)
TRANSFER = Experiment(
    model=TransferSpec(kind="transfer"), optimizer=AdamSpec(kind="adam"), continue_from="iteration-i"
)


def override(experiment: Experiment, *assignments: str) -> Experiment:
    return with_overrides(experiment, dict(parse_assignment(text) for text in assignments))


@pytest.mark.parametrize(
    ("text", "key", "value"),
    [
        ("training.epochs=3", "training.epochs", 3),
        ("optimizer.learning_rate=1e-3", "optimizer.learning_rate", 0.001),
        ("model.batch_norm=true", "model.batch_norm", True),
        ("model.filters=[32, 64]", "model.filters", [32, 64]),
        ("data.source=digits", "data.source", "digits"),
        ('data.source="digits"', "data.source", "digits"),
        ("data.source=/data/a=b", "data.source", "/data/a=b"),
        (" training.epochs = 3 ", "training.epochs", 3),
        ("data.source=", "data.source", ""),
        ("a=1\nb=2", "a", "1\nb=2"),
        ("a=" + "9" * 5000, "a", "9" * 5000),
        ("a=" + "[" * 5000, "a", "[" * 5000),
    ],
)
def test_a_value_is_read_as_toml_where_it_is_toml_else_as_text(text: str, key: str, value: Any) -> None:
    assert parse_assignment(text) == (key, value)


@pytest.mark.parametrize("text", ["training.epochs", "", "=3", "  =3", "\x1b[31m"])
def test_a_text_that_is_no_assignment_says_how_one_is_written(text: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse_assignment(text)
    assert "write KEY=VALUE, as in --set optimizer.learning_rate=0.01" in caught.value.sentence
    assert "\x1b" not in caught.value.sentence


def test_one_setting_changes_and_the_rest_stays() -> None:
    changed = override(CNN, "training.epochs=3")
    assert changed.training.epochs == 3
    assert with_overrides(changed, {"training.epochs": 5}) == CNN
    assert CNN.training.epochs == 5, "the original is as it was"


def test_settings_inside_settings_can_be_changed() -> None:
    changed = override(TRANSFER, "model.head.dense=64")
    assert isinstance(changed.model, TransferSpec)
    assert changed.model.head.dense == 64


def test_another_optimizer_keeps_what_both_have() -> None:
    changed = override(CNN, "optimizer.kind=adam")
    assert changed.optimizer == AdamSpec(kind="adam", learning_rate=0.03, clip_norm=2)


@pytest.mark.parametrize("order", [1, -1])
def test_a_setting_of_the_new_kind_may_stand_before_or_behind_the_kind(order: int) -> None:
    changed = override(CNN, *["optimizer.kind=adamw", "optimizer.weight_decay=0.1"][::order])
    assert changed.optimizer.model_dump() == {
        "kind": "adamw", "learning_rate": 0.03, "weight_decay": 0.1, "clip_norm": 2.0,
    }  # fmt: skip


def test_another_network_starts_from_its_own_defaults() -> None:
    assert override(CNN, "model.kind=transfer").model == TransferSpec(kind="transfer")
    assert override(TRANSFER, "model.kind=cnn").model == CnnSpec(kind="cnn")


def test_the_new_network_s_head_can_be_changed_with_its_kind() -> None:
    model = override(CNN, "model.head.dense=64", "model.kind=transfer").model
    assert model == TransferSpec(kind="transfer", head=HeadSpec(dense=64))


def test_the_same_kind_again_changes_nothing() -> None:
    assert override(CNN, "model.kind=cnn", "optimizer.kind=sgd") == CNN


def test_another_base_is_whole_and_frozen_unless_more_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    with_other_base(monkeypatch)
    tuned = override(TRANSFER, "model.last_layer=block3_pool", "model.unfreeze=blocks:3", "model.l2=0.1")
    other = TransferSpec(kind="transfer", base="other", l2=0.1)
    assert override(tuned, "model.base=other").model == other
    assert (other.last_layer, other.trained) == ("block2_pool", ())
    more = override(tuned, "model.unfreeze=last-2", "model.base=other", "model.last_layer=block1_pool")
    assert [layer.name for layer in more.model.trained] == ["block1_conv1", "block1_pool"]  # type: ignore[union-attr]
    assert override(tuned, "model.base=vgg16") == tuned


def test_another_base_has_other_digests_and_vgg16_those_without_a_name(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with_other_base(monkeypatch)
    named = TRANSFER.model_copy(update={"model": TransferSpec(kind="transfer", base="vgg16")})
    assert named.digest == TRANSFER.digest != override(TRANSFER, "model.base=other").digest


def test_a_base_or_layer_that_does_not_exist_is_refused_with_those_that_do(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with_other_base(monkeypatch)
    with pytest.raises(
        UsageError, match=r"model.base = 'oter' is not allowed: it must be vgg16 or other; did"
    ):
        override(TRANSFER, "model.base=oter")
    with pytest.raises(UsageError, match="it must be a layer from block1_conv1 to block2_pool"):
        override(TRANSFER, "model.base=other", "model.last_layer=block5_pool")


@pytest.mark.parametrize(
    ("start", "assignment"),
    [(CNN, "optimizer.clip_norm=none"), (CNN, "training.limit=none"), (TRANSFER, "continue_from=none")],
)
def test_none_unsets_what_is_optional(start: Experiment, assignment: str) -> None:
    key = assignment.partition("=")[0]
    assert key not in flat(override(start, assignment))


def test_none_is_a_word_like_any_other_elsewhere() -> None:
    assert override(TRANSFER, "model.unfreeze=last-3", "model.unfreeze=none") == TRANSFER
    with pytest.raises(UsageError, match=r"training\.epochs = 'none' is not allowed"):
        override(CNN, "training.epochs=none")


def flat(experiment: Experiment) -> set[str]:
    dumped = experiment.model_dump(exclude_none=True)
    return {f"{part}.{key}" for part, v in dumped.items() if isinstance(v, dict) for key in v} | dumped.keys()


ODD_KEYS = {"cnn", "sgd", "optimizer.sgd", "model.cnn.x", "model.head.x", "a.b", "model.", ".."}
KEYS = st.sampled_from(sorted(flat(CNN) | flat(TRANSFER) | ODD_KEYS))
NUMBERS = ["nan", "-inf", "0", "-1", "1e400", "7" * 4400, "1979-05-27"]
TABLES = ["[]", "[0]", "[[1]]", "{}", '{kind="cnn"}', '{kind="sgd", x=1}', "1\n[a]\nb=1"]
WORDS = ["none", "true", "cnn", '"\\u001b"', "\ud800", "\x1b[31m", "blocks:9", "from:\n", "'''"]
VALUES = st.sampled_from(NUMBERS + TABLES + WORDS)
ANY_TEXT = st.text(st.characters(exclude_categories=()), max_size=30)


@given(
    st.lists(st.tuples(KEYS | ANY_TEXT, VALUES | ANY_TEXT).map("=".join) | ANY_TEXT, max_size=3),
    st.booleans(),
)
@settings(max_examples=300)
@example(["cnn=3"], True)
@example(["optimizer.adam=3"], True)
@example(["data.\udcff=3"], True)
@example(["training.epochs=" + "[" * 5000], True)
@example(["training.epochs=" + "9" * 5000], True)
def test_whatever_is_typed_the_answer_is_an_experiment_or_one_clean_line(
    assignments: list[str], cnn: bool
) -> None:
    try:
        override(CNN if cnn else TRANSFER, *assignments)
    except UsageError as error:
        sentence = error.sentence
        assert sentence
        assert len(sentence) < 600
        assert not [c for c in sentence if unicodedata.category(c) in {"Cc", "Cf", "Cs", "Zl", "Zp"}]
