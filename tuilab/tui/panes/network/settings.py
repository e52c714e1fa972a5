"""The settings that the network pane offers, as a table: a newcomer adds a row."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal, get_args

from tuilab import presets
from tuilab.bases.named import BASES, COURSE_BASE
from tuilab.experiment import Experiment, ModelSpec, base_of, head_of
from tuilab.experiment.descriptions import descriptions
from tuilab.experiment.experiment import KINDS, Classifier, learns
from tuilab.experiment.optimizers import OPTIMIZERS
from tuilab.experiment.training import ProbeName
from tuilab.sources.named import DATASETS
from tuilab.tui.panes.network.boundary import kept_boundary, stops

Kind = Literal["toggle", "choice", "number", "numbers", "text"]
Steps = tuple[Any, ...] | Callable[[Experiment], tuple[Any, ...]]


def _always(_: Experiment) -> bool:
    return True


@dataclass(frozen=True)
class Setting:
    """One row.

    Attributes:
        key: the dotted setting; the row is shown where the experiment has it.
        label: at most 13 characters.
        part: the heading it stands under.
        kind: ``toggle`` (on or off), ``choice`` (one of ``steps``), or what can be typed: a ``number``,
            ``numbers`` or a ``text``.
        steps: the values that left and right go through, smallest first; None is the largest: no bound.
        unset: the word for None or for an empty list; empty if the setting is never that.
        matters: whether it makes a difference to an experiment.
        idle: where it makes none, why, in a few words.
        change: the settings that a new value comes to, itself among them; None: itself alone. May raise
            UsageError for a value that the experiment itself would take.
        check: looks at the disk whether a typed value will do for an experiment, and raises TuilabError; not
            for the UI thread.
    """

    key: str
    label: str
    part: str
    kind: Kind
    steps: Steps = ()
    unset: str = ""
    matters: Callable[[Experiment], bool] = _always
    idle: str = ""
    change: Callable[[Experiment, Any], Mapping[str, Any]] | None = None
    check: Callable[[str, Experiment], None] | None = None

    @property
    def typed(self) -> bool:
        """Whether a value can be typed."""
        return self.kind in {"number", "numbers", "text"}


def exists(setting: Setting, experiment: Experiment) -> bool:
    """Return whether an experiment has the setting: another network or optimizer may not."""
    part: Any = experiment
    for name in setting.key.split("."):
        if name not in type(part).model_fields:
            return False
        part = getattr(part, name)
    return True


def value_of(setting: Setting, experiment: Experiment) -> Any:
    """Return an experiment's value; the setting must exist there."""
    part: Any = experiment
    for name in setting.key.split("."):
        part = getattr(part, name)
    return part


def tip(setting: Setting, experiment: Experiment) -> str:
    """Return what the setting's own docstring says of it, on one line."""
    *sections, name = setting.key.split(".")
    part: Any = experiment
    for section in sections:
        part = getattr(part, section)
    text = type(part).__doc__ or "" if name == "kind" else descriptions(type(part)).get(name, "")
    base = base_of(experiment.model)
    title = (BASES[COURSE_BASE] if base is None else base.base_network).title
    return " ".join(text.replace("``", "").replace("{base}", title).split())


def _learns(experiment: Experiment) -> bool:
    return learns(experiment.model)


def _normalizes(experiment: Experiment) -> bool:
    return head_of(experiment.model).batch_norm and _learns(experiment)


def _may_take_a_gpu(experiment: Experiment) -> bool:
    return experiment.training.device != "cpu"


def _penalizes(experiment: Experiment) -> bool:
    return bool(experiment.model.l1 or experiment.model.l2) and _learns(experiment)


def _has_momentum(experiment: Experiment) -> bool:
    return getattr(experiment.optimizer, "momentum", 0.0) > 0 and _learns(experiment)


def _parents(experiment: Experiment) -> tuple[Any, ...]:
    alike = _kind_and_base(experiment.model)
    models = ((preset.name, preset.experiment.model) for preset in presets.load_all())
    return (*(name for name, model in models if _kind_and_base(model) == alike), None)


def _kind_and_base(model: ModelSpec) -> tuple[str, str | None]:
    base = base_of(model)
    return model.kind, base.base if base is not None else None


def _known_parent(_: Experiment, name: Any) -> Mapping[str, Any]:
    return {"continue_from": name if name == "none" else presets.find(str(name)).name}


def _check_source(source: str, _: Experiment) -> None:
    from tuilab.sources.datasets import check_source

    check_source(source)


def _check_weights(weights: str, experiment: Experiment) -> None:
    from tuilab.sources.base_weights import check_weights

    base = base_of(experiment.model)
    if base is not None:
        check_weights(base.base_network, weights)


def _unfreeze_stops(experiment: Experiment) -> tuple[Any, ...]:
    base = base_of(experiment.model)
    return stops(base) if base is not None else ()


def _base_ends(experiment: Experiment) -> tuple[Any, ...]:
    base = base_of(experiment.model)
    return base.base_network.names if base is not None else ()


def _base_depth(experiment: Experiment, last_layer: Any) -> Mapping[str, Any]:
    return {"model.last_layer": last_layer, **kept_boundary(experiment.model, last_layer)}


_SHARES = (0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8)
_MOMENTA = (0.0, 0.5, 0.8, 0.9, 0.95, 0.99, 0.999)
_FACTORS = (0.0, 1e-6, 1e-5, 3e-5, 1e-4, 3e-4, 1e-3, 3e-3, 1e-2, 3e-2, 1e-1)
_RATES = (1e-6, 1e-5, 3e-5, 1e-4, 3e-4, 1e-3, 3e-3, 1e-2, 3e-2, 1e-1, 3e-1, 1.0, 3.0, 10.0)
_NORMS = (0.1, 0.3, 1.0, 3.0, 10.0, None)
_EPOCHS = (1, 2, 3, 5, 10, 15, 20, 30, 50, 100)
_BATCHES = tuple(2**n for n in range(13))
_PRECISIONS = ("float32", "mixed_float16", "mixed_bfloat16")
_DEVICES = ("auto", "cpu", "gpu:0", "gpu:1", "gpu:2", "gpu:3")
_LIMITS = (500, 1000, 2000, 5000, 10_000, 20_000, 30_000, 40_000, 50_000, None)
_SHOTS = (1, 2, 5, 10, 20, 50, 100, 200, 500, None)
_STILL = "nothing learns"
_PROBES = ((), *((name,) for name in get_args(ProbeName)))
_UNITS = (16, 32, 64, 128, 256, 512, 1024, 2048, 4096)
_FILTERS = (
    (32,),
    (32, 64),
    (16, 32, 64),
    (32, 64, 128),
    (64, 128, 256),
    (32, 64, 128, 256),
    (32, 64, 128, 256, 512),
)


def _optimizer_rows() -> Iterator[Setting]:
    """Yield a row for each setting that some optimizer has: the step size first, clipping last."""
    ours = {
        "learning_rate": Setting(
            "optimizer.learning_rate", "learning rate", "OPTIMIZER", "number", _RATES,
            matters=_learns, idle=_STILL,
        ),
        "nesterov": Setting(
            "optimizer.nesterov", "Nesterov", "OPTIMIZER", "toggle",
            matters=_has_momentum, idle="no momentum",
        ),
        "clip_norm": Setting(
            "optimizer.clip_norm", "clip norm", "OPTIMIZER", "number", _NORMS, unset="off",
            matters=_learns, idle=_STILL,
        ),
    }  # fmt: skip
    fields = {name: field for spec in OPTIMIZERS for name, field in spec.model_fields.items()}
    del fields["kind"]
    clipping = fields.pop("clip_norm")
    for name, field in (*fields.items(), ("clip_norm", clipping)):
        below_one = any(getattr(rule, "lt", None) == 1 for rule in field.metadata)
        steps = () if field.annotation is bool else _MOMENTA if below_one else _FACTORS
        kind = "toggle" if field.annotation is bool else "number"
        yield ours.get(name) or Setting(
            f"optimizer.{name}", name.replace("_", " "), "OPTIMIZER", kind, steps,
            matters=_learns, idle=_STILL,
        )  # fmt: skip


SETTINGS = (
    Setting("model.kind", "network", "MODEL", "choice", KINDS["model"]),
    Setting("model.filters", "filters", "MODEL", "numbers", _FILTERS),
    Setting("model.convolutions", "convolutions", "MODEL", "number", tuple(range(1, 9))),
    Setting("model.pool", "pool", "MODEL", "number", (1, 2, 3, 4, 5, 8)),
    Setting("model.dropout", "dropout", "MODEL", "number", _SHARES),
    Setting("model.dense", "dense units", "MODEL", "number", _UNITS),
    Setting("model.base", "base", "MODEL", "choice", tuple(BASES)),
    Setting("model.weights", "weights", "MODEL", "text", ("imagenet", "random"), check=_check_weights),
    Setting("model.last_layer", "base up to", "MODEL", "text", _base_ends, change=_base_depth),
    Setting("model.unfreeze", "unfreeze", "MODEL", "text", _unfreeze_stops, matters=_learns, idle=_STILL),
    Setting(
        "continue_from", "starts from", "MODEL", "text", _parents, "nothing", change=_known_parent,
        matters=_learns, idle=_STILL,
    ),
    Setting("model.head.classifier", "classifier", "HEAD", "choice", get_args(Classifier)),
    Setting("model.head.dense", "head units", "HEAD", "number", _UNITS, matters=_learns, idle=_STILL),
    Setting("model.head.dropout", "head dropout", "HEAD", "number", _SHARES, matters=_learns, idle=_STILL),
    Setting("model.batch_norm", "batch norm", "BATCH NORMALIZATION", "toggle"),
    Setting(
        "model.head.batch_norm", "batch norm", "BATCH NORMALIZATION", "toggle",
        matters=_learns, idle=_STILL,
    ),
    Setting(
        "model.bn_position", "BN position", "BATCH NORMALIZATION", "choice", ("before", "after"),
        matters=_normalizes, idle="no BN",
    ),
    Setting(
        "model.bn_momentum", "BN momentum", "BATCH NORMALIZATION", "number", _MOMENTA,
        matters=_normalizes, idle="no BN",
    ),
    Setting(
        "model.head.bn_momentum", "BN momentum", "BATCH NORMALIZATION", "number", _MOMENTA,
        matters=_normalizes, idle="no BN",
    ),
    Setting("model.l1", "L1", "WEIGHT DECAY", "number", _FACTORS, matters=_learns, idle=_STILL),
    Setting("model.l2", "L2", "WEIGHT DECAY", "number", _FACTORS, matters=_learns, idle=_STILL),
    Setting(
        "model.decay_dense", "on dense too", "WEIGHT DECAY", "toggle",
        matters=_penalizes, idle="no L1, no L2",
    ),
    Setting(
        "optimizer.kind", "optimizer", "OPTIMIZER", "choice", KINDS["optimizer"],
        matters=_learns, idle=_STILL,
    ),
    *_optimizer_rows(),
    Setting("training.epochs", "epochs", "TRAINING", "number", _EPOCHS, matters=_learns, idle=_STILL),
    Setting(
        "training.batch_size", "batch size", "TRAINING", "number", _BATCHES,
        matters=_learns, idle=_STILL,
    ),
    Setting("training.validation", "validation", "TRAINING", "choice", ("test", "last-20%")),
    Setting("training.seed", "seed", "TRAINING", "number", tuple(range(101))),
    Setting("training.precision", "precision", "TRAINING", "choice", _PRECISIONS),
    Setting("training.device", "device", "TRAINING", "text", _DEVICES),
    Setting(
        "training.deterministic", "repeatable", "TRAINING", "toggle",
        matters=_may_take_a_gpu, idle="a CPU always is",
    ),
    Setting(
        "training.xla", "compiled", "TRAINING", "choice", ("auto", "on", "off"),
        matters=_learns, idle=_STILL,
    ),
    Setting("training.features", "frozen part", "TRAINING", "choice", ("auto", "on", "off")),
    Setting("training.keep_checkpoints", "checkpoints", "TRAINING", "choice", ("latest", "all")),
    Setting("training.probes", "records", "TRAINING", "choice", _PROBES, unset="nothing"),
    Setting("data.source", "images", "DATA", "text", tuple(DATASETS), check=_check_source),
    Setting("data.pixels", "pixels", "DATA", "choice", ("unit", "standardize", "imagenet")),
    Setting("training.limit", "limit", "DATA", "number", _LIMITS, unset="all"),
    Setting("training.shots", "shots", "DATA", "number", _SHOTS, unset="all"),
)  # fmt: skip
"""In the order in which they are shown; rows of one part stand together."""


def shown_settings(experiment: Experiment) -> tuple[Setting, ...]:
    """Return the rows that an experiment has, without those that leave no choice."""
    return tuple(setting for setting in SETTINGS if exists(setting, experiment) and _leaves_a_choice(setting))


def _leaves_a_choice(setting: Setting) -> bool:
    return setting.kind != "choice" or callable(setting.steps) or len(setting.steps) > 1


def find(key: str) -> Setting:
    """Return the row of a key in the table; raises KeyError if there is none."""
    return {setting.key: setting for setting in SETTINGS}[key]
