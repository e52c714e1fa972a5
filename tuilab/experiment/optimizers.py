"""The optimizers, each declared once: its settings, what it is in Keras, what it remembers.

To add one, write its spec here, add it to ``OptimizerSpec``, and build it in ``tuilab.engine.optimizers``,
where pyright points at what is missing. ``--set``, the network pane, lessons, the reference notebook,
estimates and completion follow.
"""

from typing import Annotated, Any, ClassVar, Literal, get_args

from pydantic import Field

from tuilab.experiment.part import Factor, Fraction, Part, Positive


class Optimizer(Part):
    """What a spec declares beside its settings, of which every optimizer has a step size and a clip norm."""

    keras: ClassVar[str]
    """Its class in ``keras.optimizers``."""

    undecayed: ClassVar[tuple[str, ...]] = ()
    """Names of the variables that its own weight decay leaves out."""

    @property
    def arguments(self) -> dict[str, Any]:
        """What Keras's class takes beside learning rate and clipping, in the order of a lesson's line."""
        return {}

    @property
    def memories(self) -> int:
        """How many numbers it remembers of each weight that trains."""
        raise NotImplementedError


class SgdSpec(Optimizer):
    """Stochastic gradient descent (Keras's ``SGD``)."""

    keras = "SGD"

    kind: Literal["sgd"]

    learning_rate: Positive = 0.01
    """Step size."""

    momentum: Fraction = 0.0
    """Share of the last step that is added to this one."""

    nesterov: bool = False
    """Look ahead along the momentum before taking the gradient."""

    clip_norm: Positive | None = None
    """Largest norm allowed for all gradients together; larger ones are scaled down to it."""

    @property
    def arguments(self) -> dict[str, Any]:
        return {"momentum": self.momentum, **({"nesterov": True} if self.nesterov else {})}

    @property
    def memories(self) -> int:
        return 1 if self.momentum else 0


class AdamSpec(Optimizer):
    """Adam (Kingma & Ba 2014; Keras's ``Adam`` with its own betas)."""

    keras = "Adam"

    kind: Literal["adam"]

    learning_rate: Positive = 0.001
    """Step size."""

    clip_norm: Positive | None = None
    """Largest norm allowed for all gradients together; larger ones are scaled down to it."""

    @property
    def memories(self) -> int:
        return 2


class AdamWSpec(Optimizer):
    """Adam with decoupled weight decay (Loshchilov & Hutter 2019; Keras's ``AdamW``)."""

    keras = "AdamW"
    undecayed = ("bias", "gamma", "beta")

    kind: Literal["adamw"]

    learning_rate: Positive = 0.001
    """Step size."""

    weight_decay: Factor = 0.004
    """Each step multiplies the kernels by 1 - learning_rate * weight_decay, separately from the gradient.
    Biases and batch normalization's gamma and beta are left out."""

    clip_norm: Positive | None = None
    """Largest norm allowed for all gradients together; larger ones are scaled down to it."""

    @property
    def arguments(self) -> dict[str, Any]:
        return {"weight_decay": self.weight_decay}

    @property
    def memories(self) -> int:
        return 2


class RmspropSpec(Optimizer):
    """RMSprop (Hinton 2012; Keras's ``RMSprop``, not centered)."""

    keras = "RMSprop"

    kind: Literal["rmsprop"]

    learning_rate: Positive = 0.001
    """Step size."""

    rho: Fraction = 0.9
    """How slowly the moving mean of squared gradients, by whose root a step is divided, follows them."""

    momentum: Fraction = 0.0
    """Share of the last step that is added to this one."""

    clip_norm: Positive | None = None
    """Largest norm allowed for all gradients together; larger ones are scaled down to it."""

    @property
    def arguments(self) -> dict[str, Any]:
        return {"rho": self.rho, "momentum": self.momentum}

    @property
    def memories(self) -> int:
        return 2 if self.momentum else 1


OptimizerSpec = Annotated[SgdSpec | AdamSpec | AdamWSpec | RmspropSpec, Field(discriminator="kind")]

OPTIMIZERS: tuple[type[Optimizer], ...] = get_args(get_args(OptimizerSpec)[0])
"""Every spec, in the order in which they are offered."""
OPTIMIZER_KINDS: tuple[str, ...] = tuple(
    get_args(spec.model_fields["kind"].annotation)[0] for spec in OPTIMIZERS
)
SHARED = frozenset.intersection(*(frozenset(spec.model_fields) for spec in OPTIMIZERS))
"""Settings that mean the same in every optimizer: they stay where the kind changes."""
