"""The look ``calibration``: whether the network is as sure as it is right."""

from tuilab.errors import MissingError
from tuilab.looks.calibration import BINS, LEAST, MOST, Calibration, calibration, fitted_temperature
from tuilab.looks.page import Asked, JsonValue, LookedAt, Page
from tuilab.looks.wording import count, percent, points, share
from tuilab.results.document import Head, Table

_AS_SURE = 0.005
"""A mean gap below which a network counts as neither too sure nor too unsure."""


def page(looked: LookedAt, asked: Asked) -> Page:
    """Return the page; raises MissingError where nothing is recorded."""
    answers = looked.test
    before = calibration(answers)
    paragraphs = [_surety(before)]
    tables = [_bins(before, f"sure and right, {len(before.bins)} bins of equally many test images")]
    facts: dict[str, JsonValue] = {
        "expected_calibration_error": before.error,
        "mean_confidence": before.sure,
        "accuracy": before.right,
        "cross_entropy": before.nats,
        "bins": [
            {"images": b.images, "low": b.low, "high": b.high, "confidence": b.sure, "accuracy": b.right}
            for b in before.bins
        ],
        "temperature": None,
    }
    if not looked.experiment.training.holds_out:
        paragraphs.append(
            "No temperature is fitted: the images that validate are the test images themselves, on which it "
            "would be judged. training.validation=last-20% holds images out for that."
        )
    else:
        try:
            validation = looked.validation
        except MissingError as error:
            paragraphs.append(f"No temperature is fitted: {error.sentence}.")
        else:
            temperature = fitted_temperature(validation)
            after = calibration(answers, temperature=temperature)
            paragraphs.append(_tempered(before, after, temperature, len(validation)))
            facts |= {
                "temperature": temperature,
                "expected_calibration_error_tempered": after.error,
                "cross_entropy_tempered": after.nats,
            }
    return Page(
        f"{looked.name}: whether it is as sure as it is right",
        tuple(paragraphs),
        tuple(tables),
        notes=(
            f"The calibration error is the mean gap between sure and right over {BINS} bins of equally many "
            "images (expected calibration error, equal mass).",
            f"By the network after {count(answers.epoch, 'epoch')}.",
        ),
        facts=facts,
    )


def _surety(found: Calibration) -> str:
    gap = found.sure - found.right
    if abs(gap) < _AS_SURE:
        word = "about as sure as it is right"
    else:
        word = f"{'too sure' if gap > 0 else 'not sure enough'}, by {100 * abs(gap):.1f} points"
    return (
        f"The network says it is {percent(found.sure, 1)} sure of its answers, and "
        f"{percent(found.right, 1)} of them are right: it is {word}. The calibration error is "
        f"{share(found.error)}."
    )


def _tempered(before: Calibration, after: Calibration, temperature: float, images: int) -> str:
    if temperature < 1.02 * LEAST or temperature > 0.98 * MOST:
        return (
            f"No temperature between {LEAST:g} and {MOST:g} fits the {count(images, 'validation image')}: "
            "the network says too little of them."
        )
    change = "falls" if after.error < before.error else "rises"
    return (
        f"With its logits divided by a temperature of {temperature:.2f}, fitted on "
        f"{count(images, 'validation image')}, the calibration error on the test images {change} to "
        f"{share(after.error)}, and the cross-entropy goes from {before.nats:.3f} to {after.nats:.3f}. "
        "No answer changes."
    )


def _bins(found: Calibration, caption: str) -> Table:
    heads = [
        Head("from", number=True), Head("to", number=True), Head("images", number=True),
        Head("sure", number=True), Head("right", number=True), Head("gap", number=True), Head("")
    ]  # fmt: skip
    cells = [
        (*map(share, (b.low, b.high)), f"{b.images:,}", *map(share, (b.sure, b.right)),
         points(b.right - b.sure), _bar(b.sure, b.right))
        for b in found.bins
    ]  # fmt: skip
    return Table(caption, heads, cells, ("#: right; .: sure beyond that; +: right beyond what it is sure",))


def _bar(sure: float, right: float, width: int = 20) -> str:
    """Return a bar that is ``width`` long for 1: what is right, and how far the two are apart."""
    ours, theirs = round(right * width), round(sure * width)
    return "#" * min(ours, theirs) + ("." * (theirs - ours) if theirs > ours else "+" * (ours - theirs))
