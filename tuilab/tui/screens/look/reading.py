"""Pages and pictures of a run, worked out off the UI thread and kept as long as the screen is there."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from textual.screen import Screen

from tuilab.errors import TuilabError
from tuilab.looks.catalogue import LookName
from tuilab.looks.page import Asked, Gallery, LookedAt, Page
from tuilab.looks.pictures import Line, side_by_side
from tuilab.terminal import clean
from tuilab.tui.look_source import LookSource
from tuilab.tui.protocols import lab_of

PICTURES = 24
"""Images of a page, at most."""


@dataclass(frozen=True)
class Wanted:
    """A page that a person wants to see.

    Attributes:
        what: which look.
        runs: the ids of the runs that it is of.
        is_a, taken_for: for errors, the classes of the filter.
    """

    what: LookName
    runs: tuple[str, ...]
    is_a: str | None = None
    taken_for: str | None = None

    @property
    def asked(self) -> Asked:
        """As looks take it."""
        return Asked(self.is_a, self.taken_for, PICTURES)


@dataclass(frozen=True)
class Found:
    """What was found: a page, or the sentence on why there is none; clean, without a full stop."""

    page: Page | None = None
    problem: str = ""


@dataclass(frozen=True)
class Drawing:
    """How pictures are drawn.

    Attributes:
        galleries: which.
        width: columns that there are.
        color: in half-blocks, else in shades of ASCII.
    """

    galleries: tuple[Gallery, ...]
    width: int
    color: bool


@dataclass(frozen=True)
class Drawn:
    """Pictures as lines, a list for each gallery, or the sentence on why there are none."""

    galleries: tuple[tuple[Line, ...], ...] = ()
    problem: str = ""


class Reading:
    """Looks into runs; says whenever there is something new to show."""

    def __init__(self, screen: Screen[Any], source: LookSource, changed: Callable[[], object]) -> None:
        """Prepare.

        Args:
            screen: as long as it is there, somebody wants to know.
            source: where pages and images come from.
            changed: called on the UI thread.
        """
        self._screen, self._source, self._changed = screen, source, changed
        self._found: dict[Wanted, Found] = {}
        self._drawn: dict[Drawing, Drawn] = {}
        self._under_way: set[Wanted | Drawing] = set()

    def found(self, wanted: Wanted) -> Found | None:
        """Return what was found; None while it is worked out."""
        return self._found.get(wanted)

    def drawn(self, drawing: Drawing) -> Drawn | None:
        """Return pictures; None while they are drawn."""
        return self._drawn.get(drawing)

    def forget(self) -> None:
        """Forget all pages: there may be more to say by now."""
        self._found.clear()

    def look(self, wanted: Wanted, looked: tuple[LookedAt, ...], *, again: bool = False) -> None:
        """Have a page worked out, if it is not known; ``again``: even if it is."""
        if wanted in self._under_way or (wanted in self._found and not again):
            return
        first, second = looked[0], looked[1] if len(looked) > 1 else None

        def work() -> Found:
            try:
                return Found(self._source.page(wanted.what, first, second, wanted.asked))
            except TuilabError as error:
                return Found(problem=error.sentence)
            except OSError as error:
                return Found(problem=f"it cannot be read: {clean(error.strerror or str(error))}")

        def worked_out(found: Found) -> None:
            self._under_way.discard(wanted)
            news = self._found.get(wanted) != found
            self._found[wanted] = found
            self._tell(news)

        self._under_way.add(wanted)
        lab_of(self._screen).background.run(work, worked_out)

    def draw(self, drawing: Drawing, looked: LookedAt) -> None:
        """Have pictures drawn, if they are not."""
        if drawing in self._under_way or drawing in self._drawn:
            return

        def work() -> Drawn:
            try:
                return Drawn(tuple(self._draw(one, looked, drawing) for one in drawing.galleries))
            except TuilabError as error:
                return Drawn(problem=error.sentence)
            except OSError as error:
                return Drawn(problem=f"the images cannot be read: {clean(error.strerror or str(error))}")

        def worked_out(drawn: Drawn) -> None:
            self._under_way.discard(drawing)
            self._drawn[drawing] = drawn
            self._tell(True)

        self._under_way.add(drawing)
        lab_of(self._screen).background.run(work, worked_out)

    def _draw(self, gallery: Gallery, looked: LookedAt, drawing: Drawing) -> tuple[Line, ...]:
        images = self._source.images(looked, gallery.part)
        shown = [images[one.place] for one in gallery.pictures]
        captions = [one.captions for one in gallery.pictures]
        return tuple(side_by_side(shown, captions, drawing.width, color=drawing.color))

    def _tell(self, news: bool) -> None:
        if news and self._screen.is_attached:
            self._changed()
