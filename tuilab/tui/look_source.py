"""What the app asks of looks into runs: off the UI thread only. What works them out is imported there."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from tuilab.looks.catalogue import LookName
    from tuilab.looks.page import Asked, LookedAt, Page
    from tuilab.runs.answers import Part
    from tuilab.runs.measurements import MeasurementName
    from tuilab.runs.run import Run
    from tuilab.tui.measurement import Measurement


class LookSource:
    """The pages of looks, and the images of the run that was looked into last."""

    def __init__(self) -> None:
        self._run = ""
        self._images: dict[Part, NDArray[np.uint8]] = {}

    def page(self, what: "LookName", first: "LookedAt", second: "LookedAt | None", asked: "Asked") -> "Page":
        """Work out a page; raises TuilabError where what it needs was not recorded."""
        from tuilab.looks.catalogue import page_of

        return page_of(what, first, second, asked)

    def measure(
        self, runs: "Sequence[Run]", what: "MeasurementName", crashed: "Callable[[Exception], None]"
    ) -> "Measurement":
        """Begin to measure finished runs from their trained models; ``crashed`` as of ``Measurement``."""
        from tuilab.lab.measuring import Measuring
        from tuilab.tui.measurement import Measurement

        return Measurement(runs, lambda run: Measuring(run, what), crashed)

    def images(self, looked: "LookedAt", part: "Part") -> "NDArray[np.uint8]":
        """Return a part's images, read once while the same run is looked into; raises TuilabError."""
        from tuilab.lab.looking import images_of

        run = looked.summary.run.id
        if run != self._run:
            self._run, self._images = run, {}
        if part not in self._images:
            found = images_of(looked.experiment, looked.dataset, part)
            # a view would keep the whole data set
            self._images[part] = found if found.base is None else found.copy()
        return self._images[part]
