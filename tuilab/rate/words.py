"""What a rate test says, in sentences."""

from tuilab.rate.curve import FURTHEST, LEAST, Reading
from tuilab.rate.said import Ending


def sentences(reading: Reading, own: float, ending: Ending, reached: float, highest: float) -> list[str]:
    """Return the verdict.

    Args:
        reading: what the losses come to.
        own: the rate that the preset or the run has.
        ending: how the test ended.
        reached: the rate of its last step.
        highest: the rate that it would have ended with.
    """
    said = [_steepest(reading), _edge(reading, ending, reached, highest), _suggestion(reading, own)]
    return [sentence for sentence in said if sentence]


def _steepest(reading: Reading) -> str:
    place = reading.steepest
    if place is None:
        return "The loss falls nowhere by more than its noise."
    fall = f"{place.fall:.2g}"
    return f"Steepest at {rate_text(place.rate)}: there the loss falls by {fall} while the rate doubles."


def _edge(reading: Reading, ending: Ending, reached: float, highest: float) -> str:
    if reading.edge is not None:
        grown = f"The edge is at {rate_text(reading.edge.rate)}: beyond it the loss grows"
        if ending == "diverged":
            return f"{grown}, and at {rate_text(reached)} it has diverged."
        return f"{grown}."
    match ending:
        case "diverged":
            return f"At {rate_text(reached)} the loss diverges, before it was seen to fall."
        case "complete":
            return f"There is no edge up to {rate_text(highest)}: the loss does not grow."
        case "stopped":
            return f"Stopped at {rate_text(reached)}, before the loss grew."


def _suggestion(reading: Reading, own: float) -> str:
    rate = reading.suggested
    if rate is None:
        if reading.edge is None:
            return f"Nothing to suggest beside the present {rate_text(own)}."
        return f"Nothing to suggest beside the present {rate_text(own)} but to stay well below the edge."
    why = _why(reading)
    if rate == own:
        return f"It suggests {rate_text(rate)}, {why}; that is what it has now."
    times = rate / own if rate > own else own / rate
    much = f"{times:.2g} times" if times < 100 else f"{times:,.0f} times"
    # a difference within a factor of 2 is less than the test can tell
    if times < 2:
        return f"It suggests {rate_text(rate)}, {why}; the present {rate_text(own)} is about that."
    how = "larger" if rate > own else "smaller"
    return f"It suggests {rate_text(rate)}, {why}: {much} {how} than the present {rate_text(own)}."


def _why(reading: Reading) -> str:
    """Return where a suggestion comes from."""
    if reading.steepest is None or reading.suggested is None or reading.edge is None:
        return "the steepest place"
    if reading.edge.rate * LEAST > reading.steepest.rate:
        return "a tenth of the edge, which is far behind the steepest place"
    if reading.edge.rate * FURTHEST < reading.steepest.rate:
        return "a quarter of the edge, which is close behind the steepest place"
    return "the steepest place"


def rate_text(rate: float) -> str:
    """Return a learning rate with two digits, as a person writes it."""
    if 1e-4 <= rate < 1000:
        return f"{float(f'{rate:.2g}'):g}"
    return f"{rate:.1e}".replace("e-0", "e-").replace("e+0", "e")
