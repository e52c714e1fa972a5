"""Hypothesis strategies: any valid experiment."""

from hypothesis import strategies as st

from tuilab.bases.named.vgg16 import BASE
from tuilab.experiment import (
    AdamSpec,
    AdamWSpec,
    CnnSpec,
    DataSpec,
    Experiment,
    HeadSpec,
    SgdSpec,
    TrainingSpec,
    TransferSpec,
)

# what 32-bit floating point would make 0 or 1 is refused where a person sets it (test_float32.py)
rates = st.floats(2**-126, 1e3)
factors = st.just(0.0) | st.floats(2**-126, 1e6)
fractions = st.just(0.0) | st.floats(2**-126, 1 - 2**-24)
texts = st.text(min_size=1, max_size=40)
"""Any text that UTF-8 can hold, control characters included."""


@st.composite
def unfreeze_points(draw: st.DrawFn, last_layer: str) -> str:
    """Every form, within the base that is kept."""
    kept = BASE.names[: BASE.names.index(last_layer) + 1]
    form = draw(st.sampled_from(["none", "all", "last", "from", "blocks"]))
    if form == "last":
        return f"last-{draw(st.integers(1, len(kept)))}"
    if form == "from":
        return f"from:{draw(st.sampled_from(kept))}"
    if form == "blocks":
        blocks = draw(st.sets(st.integers(1, int(last_layer[5])), min_size=1))
        return "blocks:" + ",".join(str(block) for block in sorted(blocks))
    return form


@st.composite
def cnns(draw: st.DrawFn) -> CnnSpec:
    """Any small CNN whose image outlasts its pools."""
    filters = draw(st.lists(st.integers(1, 4096), min_size=1, max_size=5))
    largest = {1: 32, 2: 5, 3: 3, 4: 2, 5: 2}[len(filters)]
    return CnnSpec(
        kind="cnn",
        filters=tuple(filters),
        convolutions=draw(st.integers(1, 8)),
        pool=draw(st.integers(1, largest)),
        dropout=draw(fractions),
        dense=draw(st.integers(1, 65536)),
        batch_norm=draw(st.booleans()),
        bn_position=draw(st.sampled_from(["before", "after"])),
        bn_momentum=draw(fractions),
        l1=draw(factors),
        l2=draw(factors),
        decay_dense=draw(st.booleans()),
    )


@st.composite
def transfers(draw: st.DrawFn) -> TransferSpec:
    """Any part of VGG16's base with any unfreeze point and head."""
    last_layer = draw(st.sampled_from(BASE.names))
    return TransferSpec(
        kind="transfer",
        weights=draw(st.sampled_from(["imagenet", "random"]) | texts),
        last_layer=last_layer,
        unfreeze=draw(unfreeze_points(last_layer)),
        head=HeadSpec(
            dense=draw(st.integers(1, 65536)),
            batch_norm=draw(st.booleans()),
            bn_momentum=draw(fractions),
            dropout=draw(fractions),
        ),
        l1=draw(factors),
        l2=draw(factors),
        decay_dense=draw(st.booleans()),
    )


clips = st.none() | rates
optimizers = st.one_of(
    st.builds(
        SgdSpec,
        kind=st.just("sgd"),
        learning_rate=rates,
        momentum=fractions,
        nesterov=st.booleans(),
        clip_norm=clips,
    ),
    st.builds(AdamSpec, kind=st.just("adam"), learning_rate=rates, clip_norm=clips),
    st.builds(AdamWSpec, kind=st.just("adamw"), learning_rate=rates, weight_decay=factors, clip_norm=clips),
)
trainings = st.builds(
    TrainingSpec,
    epochs=st.integers(1, 100_000),
    batch_size=st.integers(1, 2**62),
    seed=st.integers(0, 2**31 - 1),
    validation=st.sampled_from(["last-20%", "test"]),
    precision=st.sampled_from(["float32", "mixed_float16", "mixed_bfloat16"]),
    device=st.sampled_from(["auto", "cpu", "gpu:0", "gpu:17"]),
    deterministic=st.booleans(),
    xla=st.sampled_from(["auto", "on", "off"]),
    limit=st.none() | st.integers(1, 60_000),
    shots=st.none() | st.integers(1, 5_000),
    probes=st.sampled_from([(), ("batch-statistics",)]),
)
_learning = st.builds(
    Experiment,
    data=st.builds(
        DataSpec,
        source=st.sampled_from(["cifar10", "digits"]) | texts,
        pixels=st.sampled_from(["unit", "standardize", "imagenet"]),
    ),
    model=cnns() | transfers(),
    optimizer=optimizers,
    training=trainings,
    continue_from=st.none() | st.from_regex(r"[a-z0-9][a-z0-9-]{0,63}", fullmatch=True),
)


@st.composite
def still(draw: st.DrawFn) -> Experiment:
    """Any experiment in which nothing is trained: class means on a frozen base, in no epoch."""
    base = draw(_learning)
    model = draw(transfers())
    head = model.head.model_copy(update={"classifier": "class-means"})
    model = model.model_copy(update={"unfreeze": "none", "head": head})
    training = base.training.model_copy(update={"epochs": 0})
    return Experiment(data=base.data, model=model, optimizer=base.optimizer, training=training)


experiments = _learning | still()
