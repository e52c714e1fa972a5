"""The looks there are: each a file in ``pages``, and a row and a case here."""

from dataclasses import dataclass
from typing import Literal, assert_never

from tuilab.looks.page import Asked, LookedAt, Page
from tuilab.runs.measurements import MeasurementName

LookName = Literal[
    "classes",
    "errors",
    "calibration",
    "forgetting",
    "agreement",
    "norms",
    "statistics",
    "gradients",
    "similarity",
    "shifts",
    "kernels",
]


@dataclass(frozen=True)
class Look:
    """A way to look into a run.

    Attributes:
        name: what it is called on the command line and in the app.
        tip: one sentence on what it shows.
        of_two: whether it compares two runs.
        measured: what computes from a trained model what it needs; None: that can only be recorded.
    """

    name: LookName
    tip: str
    of_two: bool = False
    measured: MeasurementName | None = "answers"


LOOKS = (
    Look("classes", "Which class is taken for which, and how many of each are right."),
    Look("errors", "The images that it is surest of and wrong about."),
    Look("calibration", "Whether it is as sure as it is right."),
    Look("forgetting", "Which images it learned and forgot again.", measured=None),
    Look("agreement", "Which images one of two runs gets and the other does not.", of_two=True),
    Look("norms", "Batch normalization: its moving statistics, and other momenta's.", measured=None),
    Look("statistics", "What it reaches with other statistics than the moving ones.", measured="statistics"),
    Look("gradients", "How large they are in each layer, and which units are dead.", measured="gradients"),
    Look("similarity", "Which layers training changed, and how much.", measured="similarity"),
    Look("shifts", "How right it is on blurred, noisy and pale images.", measured="shifts"),
    Look("kernels", "How long they are, what that costs, and which rate it makes.", measured="kernels"),
)
"""In the order in which they are listed."""


def look_of(name: str) -> Look | None:
    """Return a look by its name; None if there is none."""
    return next((one for one in LOOKS if one.name == name), None)


def page_of(what: LookName, first: LookedAt, second: LookedAt | None, asked: Asked) -> Page:
    """Return the page of a look; work for the background.

    Args:
        what: which look.
        first: the run.
        second: the other run, for looks of two.
        asked: what a person asks beyond that.

    Raises:
        TuilabError: what it needs was not recorded, is damaged, or does not fit; the sentence says why.
    """
    match what:
        case "classes":
            from tuilab.looks.pages import confusion

            return confusion.page(first, asked)
        case "errors":
            from tuilab.looks.pages import errors

            return errors.page(first, asked)
        case "calibration":
            from tuilab.looks.pages import calibration

            return calibration.page(first, asked)
        case "forgetting":
            from tuilab.looks.pages import forgetting

            return forgetting.page(first, asked)
        case "agreement":
            from tuilab.looks.pages import agreement

            assert second is not None, "a look of two runs"
            return agreement.page(first, second, asked)
        case "norms":
            from tuilab.looks.pages import norms

            return norms.page(first, asked)
        case "statistics":
            from tuilab.looks.pages import statistics

            return statistics.page(first, asked)
        case "gradients":
            from tuilab.looks.pages import gradients

            return gradients.page(first, asked)
        case "similarity":
            from tuilab.looks.pages import similarity

            return similarity.page(first, asked)
        case "shifts":
            from tuilab.looks.pages import shifts

            return shifts.page(first, asked)
        case "kernels":
            from tuilab.looks.pages import kernels

            return kernels.page(first, asked)
        case _:
            assert_never(what)
