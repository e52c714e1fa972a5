"""The look ``gradients``: how large they are in each layer, and which units are dead."""

from collections.abc import Iterator

from tuilab.looks.gradients import (
    dead_units,
    gradient_of,
    is_step,
    step_to_weight,
    trained,
    way_back,
)
from tuilab.looks.layer_curves import curves
from tuilab.looks.page import Asked, JsonValue, LookedAt, Page, Plot, PlotCurve
from tuilab.looks.wording import count, in_brief, json_number, percent
from tuilab.results.document import Head, Table
from tuilab.runs.gradients import GradientMoment, LayerGradient, MeasuredGradients
from tuilab.runs.measurements import load


def page(looked: LookedAt, asked: Asked) -> Page:
    """Return the page; raises MissingError where nothing was measured."""
    found = load(looked.summary.run, "gradients", MeasuredGradients)
    moment = found.moments[-1]
    return Page(
        f"{looked.name}: gradients and dead units, layer by layer",
        (*_gradients(moment), *_steps(looked, moment), _dead(moment, found.images)),
        (_by_layer(looked, moment), *_by_epoch(found)),
        notes=(
            f"Measured on the first {count(found.images, 'training image')}, at most {found.batch} at once, "
            f"after {count(moment.epoch, 'epoch')}: batch normalization with the statistics of those images, "
            "as in training, dropout off.",
            "A gradient is that of the mean cross-entropy for a layer's kernel, its size the Euclidean norm.",
            *(f"Left out: {sentence}." for sentence in found.passed_over),
        ),
        facts=_facts(looked, found),
        plots=tuple(_plots(found)),
    )


def _gradients(moment: GradientMoment) -> list[str]:
    layers = trained(moment)
    if not layers:
        return ["Nothing is trained in this network, so no layer has a gradient."]
    largest, smallest = max(layers, key=gradient_of), min(layers, key=gradient_of)
    if largest is smallest:
        return [
            f"Only {largest.name} is trained; its gradient has the norm {in_brief(gradient_of(largest))}."
        ]
    said = (
        f"The gradient is largest in {largest.name} ({in_brief(gradient_of(largest))}) and smallest in "
        f"{smallest.name} ({in_brief(gradient_of(smallest))})."
    )
    back = way_back(moment)
    if back is None:
        return [said]
    between = len(layers) - 1
    way = f"On its way from {back.last.name} back to {back.first.name}"
    match back.way:
        case "keeps its size":
            return [f"{said} {way} it keeps its size: it ends {in_brief(back.factor)} times as large."]
        case "explodes" | "vanishes":
            each = back.factor ** (1 / between)
            return [
                f"{said} {way} it {back.way}: it ends {in_brief(back.factor)} times as large, a factor of "
                f"{in_brief(each)} from layer to layer."
            ]


def _steps(looked: LookedAt, moment: GradientMoment) -> list[str]:
    optimizer = looked.experiment.optimizer
    ratio = step_to_weight(moment, optimizer)
    ratios = [(value, layer) for layer in trained(moment) if (value := ratio(layer)) is not None]
    if not ratios:
        return []
    (low, slow), (high, fast) = (pick(ratios, key=lambda one: one[0]) for pick in (min, max))
    if is_step(optimizer):
        return [
            f"A step on these images moves {fast.name} by {in_brief(high)} of its norm, most of all, and "
            f"{slow.name} by {in_brief(low)}, least. About 0.001 is usual."
        ]
    return [
        f"Rate x gradient / weight is from {in_brief(low)} ({slow.name}) to {in_brief(high)} ({fast.name}). "
        f"That is not how far a step goes: {_instead(optimizer.kind)}."
    ]


def _instead(kind: str) -> str:
    if kind == "sgd":
        return "momentum adds up the gradients of many steps"
    return "the optimizer divides each gradient by how large that weight's gradients were before"


def _dead(moment: GradientMoment, images: int) -> str:
    found = dead_units(moment)
    if not found.units:
        return "No ReLU follows any of its layers, so no unit can be dead."
    behind = f"{count(found.units, 'unit')} behind a ReLU"
    if found.worst is None:
        return f"None of {behind} is dead: each fires somewhere in {count(images, 'image')}."
    worst = found.worst
    return (
        f"Of {behind}, {found.dead:,} {'is' if found.dead == 1 else 'are'} dead: 0 everywhere in "
        f"{count(images, 'image')}, so that they pass no gradient on. Most are in {worst.name}: "
        f"{worst.dead:,} of {worst.units:,}."
    )


def _by_layer(looked: LookedAt, moment: GradientMoment) -> Table:
    optimizer = looked.experiment.optimizer
    ratio = step_to_weight(moment, optimizer)
    name = "step / weight" if is_step(optimizer) else "rate x gradient / weight"
    heads = [
        Head("layer"), Head("gradient", number=True), Head("weight", number=True), Head(name, number=True),
        Head("dead", number=True), Head("units", number=True), Head("zeros", number=True),
    ]  # fmt: skip
    cells = [
        (
            layer.name,
            "frozen" if layer.gradient is None else in_brief(layer.gradient),
            in_brief(layer.norm),
            "-" if (value := ratio(layer)) is None else in_brief(value),
            "-" if layer.dead is None else f"{layer.dead:,}",
            "-" if layer.units is None else f"{layer.units:,}",
            "-" if layer.zeros is None else percent(layer.zeros),
        )
        for layer in moment.layers
    ]
    notes = ["zeros: share of its ReLU's outputs that are 0"]
    if looked.experiment.model.l1 or looked.experiment.model.l2:
        notes.append(f"{name}: with the gradient of the penalty")
    if optimizer.clip_norm:
        notes.append(f"{name}: clipped to a norm of {optimizer.clip_norm:g}, as in training")
    return Table(
        f"layers from the image to the classes, after {count(moment.epoch, 'epoch')}", heads, cells, notes
    )


def _by_epoch(found: MeasuredGradients) -> list[Table]:
    if len(found.moments) < 2:
        return []
    names = ("epoch", "first layer", "last layer", "first / last", "dead")
    cells = []
    for moment in found.moments:
        layers, back = trained(moment), way_back(moment)
        cells.append(
            (
                str(moment.epoch),
                in_brief(gradient_of(layers[0])) if layers else "-",
                in_brief(gradient_of(layers[-1])) if layers else "-",
                in_brief(back.factor) if back else "-",
                f"{dead_units(moment).dead:,}",
            )
        )
    heads = [Head(name, number=True) for name in names]
    return [Table("gradients by epoch, where a checkpoint was kept", heads, cells)]


def _plots(found: MeasuredGradients) -> list[Plot]:
    layers = trained(found.moments[-1])
    if len(layers) < 2:
        return []
    places = tuple(float(n) for n in range(1, len(layers) + 1))
    curve = PlotCurve("gradient", places, tuple(gradient_of(layer) for layer in layers))
    plots = [Plot("norm of the gradient, from the image to the classes", "layer", (curve,), log=True)]
    if len(found.moments) > 1:
        by_layer = curves([layer.name for layer in layers], lambda name: _over_epochs(found, name))
        plots.append(Plot("norm of the gradient by epoch", "epoch", by_layer, log=True))
    return plots


def _over_epochs(found: MeasuredGradients, name: str) -> Iterator[tuple[int, float]]:
    for moment in found.moments:
        for layer in trained(moment):
            if layer.name == name:
                yield moment.epoch, gradient_of(layer)


def _facts(looked: LookedAt, found: MeasuredGradients) -> dict[str, JsonValue]:
    last, optimizer = found.moments[-1], looked.experiment.optimizer
    back, dead = way_back(last), dead_units(last)
    return {
        "images": found.images,
        "epochs": [moment.epoch for moment in found.moments],
        "first_over_last": json_number(back.factor if back else None),
        "way": back.way if back else None,
        "units": dead.units,
        "dead": dead.dead,
        "ratio_is_step": is_step(optimizer),
        "moments": [
            {
                "epoch": moment.epoch,
                "global_norm": json_number(moment.global_norm),
                "layers": [_fact(layer, step_to_weight(moment, optimizer)(layer)) for layer in moment.layers],
            }
            for moment in found.moments
        ],
    }


def _fact(layer: LayerGradient, ratio: float | None) -> dict[str, JsonValue]:
    return {
        "layer": layer.name,
        "weights": layer.weights,
        "norm": json_number(layer.norm),
        "gradient": json_number(layer.gradient),
        "gradient_with_penalty": json_number(layer.of_loss),
        "rate_gradient_over_weight": json_number(ratio),
        "units": layer.units,
        "dead": layer.dead,
        "zeros": json_number(layer.zeros),
    }
