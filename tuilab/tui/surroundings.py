"""What the app finds around it: how often it looks, and the machine. Tests put another in its place."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tuilab.advice.machine import Machine
    from tuilab.tui.meters import Reading
    from tuilab.tui.screens.welcome_facts import Fact


@dataclass(frozen=True)
class Pace:
    """Seconds from one look, or one tick, to the next.

    Attributes:
        look: at journals, while something trains.
        list: at the store, and at the queue while something waits.
        meter: at what the machine is at, while something trains.
        tick: of the panes, while something trains, at least.
        share: of one core's time that drawing takes, at most: where it costs more, ticks are fewer.
    """

    look: float = 0.25
    list: float = 2.0
    meter: float = 2.0
    tick: float = 0.5
    share: float = 0.04


USUAL, LOW_BANDWIDTH = Pace(), Pace(look=1.0, list=8.0, meter=8.0, tick=1.0)


class Surroundings:
    """The real ones. What is asked of the machine takes a moment: not on the UI thread."""

    def pace(self, low_bandwidth: bool) -> Pace:
        """Return how often to look and to paint."""
        return LOW_BANDWIDTH if low_bandwidth else USUAL

    def meters(self) -> "Reading":
        """Return what the machine is at."""
        from tuilab.tui.meters import read_meters

        return read_meters()

    def machine(self) -> "Machine":
        """Return what estimates ask of it."""
        from tuilab.advice.machine import this_machine

        return this_machine()

    def facts(self) -> "Mapping[str, Callable[[], Fact]]":
        """Return what finds out each thing that a first start needs to know."""
        from tuilab.tui.screens.welcome_facts import FACTS

        return FACTS
