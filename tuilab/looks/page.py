"""What a look into a run comes to: sentences, tables and pictures, for both front ends."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from tuilab.errors import MissingError
from tuilab.experiment.experiment import Experiment
from tuilab.results.document import Table
from tuilab.runs.answers import Answers, Part, RightByEpoch, load, right_by_epoch
from tuilab.runs.journal.records import DatasetRecord
from tuilab.runs.summary import Summary
from tuilab.terminal import clean

JsonValue = str | int | float | bool | None | Sequence["JsonValue"] | Mapping[str, "JsonValue"]


@dataclass(frozen=True)
class Picture:
    """An image of a part, and what stands below it.

    Attributes:
        place: of the image in its part, from 0.
        captions: two short lines; clean.
    """

    place: int
    captions: tuple[str, str]


@dataclass(frozen=True)
class Gallery:
    """Pictures that belong together.

    Attributes:
        title: what they have in common; clean.
        part: which images.
        pictures: what is drawn, in order.
    """

    title: str
    part: Part
    pictures: tuple[Picture, ...]


@dataclass(frozen=True)
class PlotCurve:
    """A curve of a plot.

    Attributes:
        label: one or two words; clean.
        x: ascending.
        y: as many; what is not finite is left out.
    """

    label: str
    x: tuple[float, ...]
    y: tuple[float, ...]


@dataclass(frozen=True)
class Plot:
    """Curves over one axis.

    Attributes:
        title: what is measured; clean.
        counted: what x counts, in five characters at most: epoch, step, layer.
        curves: seven at most are told apart.
        log: y on a log scale.
        digits: of a value, behind the point.
    """

    title: str
    counted: str
    curves: tuple[PlotCurve, ...]
    log: bool = False
    digits: int = 3


@dataclass(frozen=True)
class Page:
    """A look; all texts are clean.

    Attributes:
        title: what was looked at.
        paragraphs: what comes of it, in sentences.
        tables: what was measured.
        galleries: images to be drawn.
        notes: how it was measured, a sentence each.
        facts: the same numbers for a program.
        plots: curves to be drawn, below the sentences.
    """

    title: str
    paragraphs: tuple[str, ...]
    tables: tuple[Table, ...] = ()
    galleries: tuple[Gallery, ...] = ()
    notes: tuple[str, ...] = ()
    facts: Mapping[str, JsonValue] = field(default_factory=dict)
    plots: tuple[Plot, ...] = ()


@dataclass(frozen=True)
class Asked:
    """What a person asks of a look beyond its name.

    Attributes:
        is_a: the class that images are of; None: any. Text from outside.
        taken_for: the class that they are taken for; None: any. Text from outside.
        pictures: how many are drawn at most.
    """

    is_a: str | None = None
    taken_for: str | None = None
    pictures: int = 8


@dataclass(frozen=True)
class LookedAt:
    """A run that is looked into; what it recorded is read when it is asked for.

    Attributes:
        summary: what its journal says.
        experiment: what it trains.
    """

    summary: Summary
    experiment: Experiment

    @property
    def name(self) -> str:
        """What it is called; clean."""
        manifest = self.summary.manifest
        return clean(manifest.name or manifest.preset or self.summary.run.id, limit=60)

    @property
    def dataset(self) -> DatasetRecord:
        """Its images; raises MissingError where its worker has not read them."""
        if self.summary.dataset is None:
            raise MissingError(
                f"{self.summary.run.id} has not read its images yet, so there is nothing to look at"
            )
        return self.summary.dataset

    @cached_property
    def classes(self) -> tuple[str, ...]:
        """The names of the classes; clean."""
        return tuple(clean(name, limit=40) for name in self.dataset.classes)

    @cached_property
    def test(self) -> Answers:
        """What its network says of the test images; raises MissingError."""
        return self._checked(load(self.summary.run, "test"))

    @cached_property
    def validation(self) -> Answers:
        """What its network says of the images that were held out; raises MissingError."""
        return self._checked(load(self.summary.run, "validation"))

    @cached_property
    def by_epoch(self) -> RightByEpoch:
        """Which images that validate were right after each epoch; raises MissingError."""
        return right_by_epoch(self.summary.run)

    def label_of(self, name: str) -> int:
        """Return the number of a class by its name or by the beginning of it, whatever the case.

        Raises:
            MissingError: there is none, or there are several; the sentence lists the classes.
        """
        asked = name.casefold()
        exact = [n for n, known in enumerate(self.classes) if known.casefold() == asked]
        found = exact or [n for n, known in enumerate(self.classes) if known.casefold().startswith(asked)]
        if len(found) != 1:
            what = "is no class" if not found else "may be several classes"
            known = ", ".join(self.classes[:20]) + (", ..." if len(self.classes) > 20 else "")
            raise MissingError(f"{clean(name, limit=40)!r} {what} of these images; the classes are {known}")
        return found[0]

    def _checked(self, answers: Answers) -> Answers:
        if answers.probabilities.shape[1] != len(self.classes):
            raise MissingError(f"what {self.summary.run.id} recorded tells of other classes than its journal")
        return answers
