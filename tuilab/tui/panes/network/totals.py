"""What a network comes to, in four lines: what trains, what it needs, how long it will take."""

from textual.content import Content
from textual.widgets import Static

from tuilab.advice.estimate import Estimate, in_bytes, in_words
from tuilab.experiment import Experiment
from tuilab.experiment.network import layer_stack, totals


def trained_line(experiment: Experiment, width: int, classes: int = 10) -> str:
    """Return how many parameters and tensors train."""
    sums = totals(layer_stack(experiment, classes))
    train = f"{sums.trained:,} of {sums.parameters:,}"
    return _longest(
        width,
        f"{train} parameters trainable · {sums.tensors} tensors",
        f"{train} trainable · {sums.tensors} tensors",
        f"{train} trainable",
    )


def memory_line(
    experiment: Experiment, width: int, classes: int = 10, estimate: Estimate | None = None
) -> str:
    """Return what the activations of a batch need that are kept for the backward pass.

    Args:
        estimate: says what all of it needs of a GPU; where that is too little, nothing else is said.
    """
    if estimate is not None and estimate.too_little:
        words = estimate.gpu_memory
        return _longest(
            width, f"too little GPU memory: {words}", f"too little: {words}", "too little GPU memory"
        )
    training = experiment.training
    numbers = totals(layer_stack(experiment, classes)).activations * training.batch_size
    size = in_bytes(numbers * training.activation_bytes)
    on_gpu = [f" · {estimate.gpu_memory}"] if estimate is not None and estimate.gpu_memory else []
    return _longest(
        width,
        *(f"{size} of activations for a batch of {training.batch_size:,}{words}" for words in on_gpu),
        *(f"{size} per batch{words}" for words in on_gpu),
        f"{size} of activations for a batch of {training.batch_size:,}",
        f"{size} of activations per batch",
        f"{size} per batch",
    )


def _longest(width: int, *words: str) -> str:
    """Return the first that fits; the last where none does."""
    return next((text for text in words if len(text) <= width), words[-1])


def time_lines(estimate: Estimate | None, width: int) -> tuple[str, str]:
    """Return how long an epoch and the run will take, and what that is known from; one line if both fit."""
    if estimate is None:
        return "", ""
    if estimate.seconds_per_epoch is None or estimate.seconds is None:
        return _longest(width, estimate.sentence, "≈ ? per epoch: images not read yet"), ""
    runs = "1 run" if estimate.runs == 1 else f"{estimate.runs} runs"
    why = {
        "measured": f"estimated from {runs} like it here",
        "rate": f"estimated from the speed of {runs} here",
    }.get(estimate.basis, "a guess: no runs measured here yet")
    each = f"{in_words(estimate.seconds_per_epoch)} per epoch, " if estimate.seconds_per_epoch else ""
    time = f"≈ {each}{in_words(estimate.seconds)} in all"
    if estimate.once_seconds:
        once = in_words(estimate.once_seconds)
        time = _longest(width, f"{time} ({once} of it for the frozen part)", f"{time} ({once} once)", time)
    both = f"{time} · {why}"
    return (both, "") if len(both) <= width else (time, why)


class TotalsView(Static):
    """The lines, on the screen; painted only where they change."""

    DEFAULT_CSS = """
    TotalsView { height: 4; color: $text-muted; }
    TotalsView.-apart { margin-top: 1; }
    """

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__("", id=id, markup=False)
        self.estimate: Estimate | None = None
        """The last one, shown until the next is there."""
        self._lines: tuple[str, ...] = ()

    def show(self, experiment: Experiment, width: int, classes: int = 10) -> None:
        """Show what an experiment comes to, in lines of at most ``width`` cells where that can be."""
        trained = trained_line(experiment, width, classes)
        time, why = time_lines(self.estimate, width)
        lines = (trained, memory_line(experiment, width, classes, self.estimate), time, why)
        if lines != self._lines:
            self._lines = lines
            number, _, rest = trained.partition(" ")
            self.update(Content.assemble((number, "bold $trained"), " ", "\n".join([rest, *lines[1:]])))
