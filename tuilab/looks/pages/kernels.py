"""The look ``kernels``: how long they are, what that costs, and which rate it makes."""

import math
from collections.abc import Iterator
from typing import assert_never

from tuilab.looks.kernels import Rule, decoupled_decay, effective_rate, normalized, penalty, rule_of
from tuilab.looks.layer_curves import curves
from tuilab.looks.page import Asked, JsonValue, LookedAt, Page, Plot
from tuilab.looks.wording import count, in_brief, json_number, percent
from tuilab.results.document import Head, Table
from tuilab.runs.kernels import Kernel, KernelMoment, MeasuredKernels, Normalized
from tuilab.runs.measurements import load

_LARGE_EPSILON = 0.05
"""Share of epsilon from which on the length of a kernel matters a little after all."""


def page(looked: LookedAt, asked: Asked) -> Page:
    """Return the page; raises MissingError where nothing was measured."""
    found = load(looked.summary.run, "kernels", MeasuredKernels)
    moment = found.moments[-1]
    return Page(
        f"{looked.name}: the length of its kernels, and what it does",
        (*_normalized(looked, moment), *_change(looked, found), *_penalty(looked, moment)),
        (_by_kernel(looked, moment), *_by_epoch(looked, found)),
        notes=(
            f"By the network after {count(moment.epoch, 'epoch')}; norms are Euclidean.",
            *_partly(looked),
            *(f"Left out: {sentence}." for sentence in found.passed_over),
        ),
        facts=_facts(looked, found),
        plots=tuple(_plots(looked, found)),
    )


def _normalized(looked: LookedAt, moment: KernelMoment) -> list[str]:
    inside = normalized(moment)
    trained = [kernel for kernel in moment.kernels if kernel.trained]
    if not inside:
        if any(kernel.normalized == "behind its ReLU" for kernel in trained):
            return [
                "Each batch normalization stands behind a ReLU: the length of kernel and bias together does "
                "not matter there, that of the kernel alone does."
            ]
        return [
            "No batch normalization follows a kernel directly, so the length of each matters to what the "
            "network says."
        ]
    said = (
        f"Of {count(len(trained), 'trained kernel')} {len(inside)} "
        f"{'feeds' if len(inside) == 1 else 'feed'} a batch normalization, which divides the length out "
        f"again: there, it decides nothing but how far a step turns the kernel. "
        f"{_divided(rule_of(looked.experiment.optimizer))}"
    )
    worst = max(inside, key=lambda kernel: kernel.epsilon_share or 0)
    share = worst.epsilon_share or 0
    if share < _LARGE_EPSILON:
        return [said]
    return [
        f"{said} In {worst.name} that holds only in part: {percent(share)} of what is divided by is epsilon."
    ]


def _divided(rule: Rule) -> str:
    match rule:
        case "by its square":
            return "The effective rate is rate / length\N{SUPERSCRIPT TWO}."
        case "by its length":
            return (
                "Rate / length\N{SUPERSCRIPT TWO} tells that only in part: this optimizer's steps do not "
                "shrink with the gradient, so that it goes rather with rate / length."
            )
        case _:
            assert_never(rule)


def _change(looked: LookedAt, found: MeasuredKernels) -> list[str]:
    optimizer = looked.experiment.optimizer
    first, last = found.moments[0], found.moments[-1]
    before = {kernel.name: effective_rate(kernel, optimizer) for kernel in first.kernels}
    factors = [
        (now / then, kernel)
        for kernel in last.kernels
        if (now := effective_rate(kernel, optimizer)) and (then := before.get(kernel.name))
    ]
    if first is last or not factors:
        return []
    factor, most = max(factors, key=lambda one: abs(math.log(one[0])))
    rates = [in_brief(_rate_of(one, most.name, looked)) for one in (first, last)]
    return [
        f"From epoch {first.epoch} to {last.epoch} rate / length\N{SUPERSCRIPT TWO} changed most "
        f"in {most.name}: from {rates[0]} to {rates[1]}, {in_brief(factor)} times as large, at the same "
        "learning rate."
    ]


def _rate_of(moment: KernelMoment, name: str, looked: LookedAt) -> float:
    kernel = next(one for one in moment.kernels if one.name == name)
    return effective_rate(kernel, looked.experiment.optimizer) or 0.0


def _penalty(looked: LookedAt, moment: KernelMoment) -> list[str]:
    optimizer, paid = looked.experiment.optimizer, penalty(moment)
    said = []
    if paid.whole:
        nats = _cross_entropy(looked, moment.epoch)
        beside = "" if nats is None else f", beside a cross-entropy of {in_brief(nats)}"
        inside = (
            f"{percent(paid.of_rate / paid.whole)} of it is for kernels that feed a batch normalization, "
            "where it does not make the function simpler: it shortens them and so raises their effective "
            "rate."
            if paid.of_rate
            else "None of it is for kernels whose length does not matter."
        )
        said.append(f"The penalty adds {in_brief(paid.whole)} to the loss{beside}. {inside}")
    if decay := decoupled_decay(optimizer):
        said.append(
            f"Decoupled decay adds nothing to the loss: each step multiplies the trained kernels by 1 "
            f"\N{MINUS SIGN} {in_brief(optimizer.learning_rate * decay)}."
        )
    return said or ["No penalty and no decay: nothing keeps the kernels short."]


def _cross_entropy(looked: LookedAt, epoch: int) -> float | None:
    """Return that of the training images in an epoch; None where there was none or it is not finite."""
    return next(
        (
            one.cross_entropy
            for one in looked.summary.epochs
            if one.epoch == epoch and math.isfinite(one.cross_entropy)
        ),
        None,
    )


def _by_kernel(looked: LookedAt, moment: KernelMoment) -> Table:
    heads = [
        Head("layer"), Head("norm", number=True), Head("penalty", number=True),
        Head("rate / norm\N{SUPERSCRIPT TWO}", number=True), Head("turned", number=True), Head("normalized"),
        Head("weights", number=True),
    ]  # fmt: skip
    cells = [
        (
            kernel.name,
            in_brief(kernel.norm),
            in_brief(kernel.penalty) if kernel.penalty else "-",
            "-" if (rate := effective_rate(kernel, looked.experiment.optimizer)) is None else in_brief(rate),
            "-" if kernel.angle is None else f"{kernel.angle:.1f}\N{DEGREE SIGN}",
            _normalized_word(kernel.normalized) if kernel.trained else "frozen",
            f"{kernel.weights:,}",
        )
        for kernel in moment.kernels
    ]
    notes = ("turned: by the last epoch",) if any(k.angle is not None for k in moment.kernels) else ()
    return Table(
        f"kernels from the image to the classes, after {count(moment.epoch, 'epoch')}", heads, cells, notes
    )


def _normalized_word(normalized: Normalized) -> str:
    match normalized:
        case "directly":
            return "yes"
        case "behind its ReLU" | "no":
            return normalized
        case _:
            assert_never(normalized)


def _by_epoch(looked: LookedAt, found: MeasuredKernels) -> list[Table]:
    if len(found.moments) < 2:
        return []
    names = ("epoch", "cross-entropy", "penalty", "that of normalized ones", "all kernels' norm")
    cells = []
    for moment in found.moments:
        paid, nats = penalty(moment), _cross_entropy(looked, moment.epoch)
        cells.append(
            (
                str(moment.epoch),
                "-" if nats is None else f"{nats:.4f}",
                f"{paid.whole:.4f}",
                f"{paid.of_rate:.4f}",
                in_brief(math.hypot(*(kernel.norm for kernel in moment.kernels))),
            )
        )
    notes = ("cross-entropy: mean over the epoch's training images; penalty: at its end",)
    return [Table("the loss taken apart", [Head(name, number=True) for name in names], cells, notes)]


def _partly(looked: LookedAt) -> list[str]:
    optimizer = looked.experiment.optimizer
    notes = [f"rate: {optimizer.learning_rate:g}"]
    if optimizer.clip_norm:
        notes.append("Where gradients are clipped, the rate is shortened further; that is not counted here.")
    return notes


def _plots(looked: LookedAt, found: MeasuredKernels) -> list[Plot]:
    if len(found.moments) < 2:
        return []
    last = found.moments[-1]
    trained = [kernel.name for kernel in last.kernels if kernel.trained]
    plots = [Plot("norm of kernels by epoch", "epoch", curves(trained, lambda name: _norms(found, name)))]
    inside = [kernel.name for kernel in normalized(last)]
    if inside:
        rates = curves(inside, lambda name: _rates(looked, found, name))
        plots.append(Plot("effective rate by epoch", "epoch", rates, log=True))
    return plots if trained else []


def _of(found: MeasuredKernels, name: str) -> Iterator[tuple[int, Kernel]]:
    for moment in found.moments:
        yield from ((moment.epoch, kernel) for kernel in moment.kernels if kernel.name == name)


def _norms(found: MeasuredKernels, name: str) -> Iterator[tuple[int, float]]:
    return ((epoch, kernel.norm) for epoch, kernel in _of(found, name))


def _rates(looked: LookedAt, found: MeasuredKernels, name: str) -> Iterator[tuple[int, float]]:
    for epoch, kernel in _of(found, name):
        rate = effective_rate(kernel, looked.experiment.optimizer)
        if rate is not None:
            yield epoch, rate


def _facts(looked: LookedAt, found: MeasuredKernels) -> dict[str, JsonValue]:
    optimizer = looked.experiment.optimizer
    paid = penalty(found.moments[-1])
    return {
        "epochs": [moment.epoch for moment in found.moments],
        "learning_rate": optimizer.learning_rate,
        "effective_rate_is": "exact" if rule_of(optimizer) == "by its square" else "partial",
        "penalty": json_number(paid.whole),
        "penalty_of_normalized_kernels": json_number(paid.of_rate),
        "decoupled_decay": decoupled_decay(optimizer) or None,
        "moments": [
            {
                "epoch": moment.epoch,
                "cross_entropy": json_number(_cross_entropy(looked, moment.epoch)),
                "kernels": [_fact(looked, kernel) for kernel in moment.kernels],
            }
            for moment in found.moments
        ],
    }


def _fact(looked: LookedAt, kernel: Kernel) -> dict[str, JsonValue]:
    return {
        "layer": kernel.name,
        "weights": kernel.weights,
        "norm": json_number(kernel.norm),
        "penalty": json_number(kernel.penalty),
        "trained": kernel.trained,
        "normalized": kernel.normalized,
        "epsilon_share": json_number(kernel.epsilon_share),
        "effective_rate": json_number(effective_rate(kernel, looked.experiment.optimizer)),
        "angle_of_last_epoch": json_number(kernel.angle),
    }
