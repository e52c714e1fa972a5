"""The look ``agreement``: which test images one of two runs gets and the other does not."""

import numpy as np
from numpy.typing import NDArray

from tuilab.errors import MissingError
from tuilab.looks.agreement import agreement
from tuilab.looks.page import Asked, Gallery, LookedAt, Page, Picture
from tuilab.looks.wording import chance, count, points, share
from tuilab.results.document import Head, Table

_SIGNIFICANT = 0.05


def page(first: LookedAt, second: LookedAt, asked: Asked) -> Page:
    """Return the page; raises MissingError where nothing is recorded, or the images differ."""
    _refuse_other_images(first, second)
    ours, theirs = first.test, second.test
    found = agreement(ours, theirs)
    images = len(ours)
    a, b = len(found.only_first), len(found.only_second)
    p = found.chance()
    gap = (b - a) / images
    more = "more" if p < _SIGNIFICANT else "no more"
    likely = (
        f"{more} than the choice of these test images makes by chance (McNemar's exact test, p = {chance(p)})"
    )
    cells = [
        ("B right", f"{found.both:,}", f"{b:,}"),
        ("B wrong", f"{a:,}", f"{found.neither:,}"),
    ]
    galleries = [
        _gallery("only A gets", found.only_first, first, second, asked),
        _gallery("only B gets", found.only_second, first, second, asked),
    ]
    return Page(
        f"A: {first.name}, B: {second.name}: which images one gets and the other does not",
        (
            f"A gets {share(float(ours.right.mean()))} of {images:,} test images right, B "
            f"{share(float(theirs.right.mean()))}. Both get {found.both:,}, neither {found.neither:,}; "
            f"{count(a, 'image')} only A, {count(b, 'image')} only B.",
            f"B is {points(gap)} points against A: {likely}. Seeds make differences of their own, which this "
            "does not count.",
        ),
        (
            Table(
                "test images", [Head(""), Head("A right", number=True), Head("A wrong", number=True)], cells
            ),
        ),
        tuple(one for one in galleries if one.pictures),
        (f"A is run {first.summary.run.id}.", f"B is run {second.summary.run.id}."),
        {
            "images": images,
            "both": found.both,
            "neither": found.neither,
            "only_first": [int(n) for n in found.only_first],
            "only_second": [int(n) for n in found.only_second],
            "mcnemar_p": p,
        },
    )


def _gallery(
    title: str, places: NDArray[np.int64], first: LookedAt, second: LookedAt, asked: Asked
) -> Gallery:
    classes = first.classes
    pictures = tuple(
        Picture(
            int(place),
            (
                f"is: {classes[first.test.labels[place]]}",
                f"A: {classes[first.test.said[place]]}, B: {classes[second.test.said[place]]}",
            ),
        )
        for place in places[: asked.pictures // 2]
    )
    return Gallery(title, "test", pictures)


def _refuse_other_images(first: LookedAt, second: LookedAt) -> None:
    ours, theirs = first.dataset, second.dataset
    same = (ours.test_digest or ours.digest) == (theirs.test_digest or theirs.digest)
    if not same or first.classes != second.classes or len(first.test) != len(second.test):
        raise MissingError(
            f"{first.summary.run.id} and {second.summary.run.id} were tested on different images, so they "
            "cannot be compared image by image"
        )
