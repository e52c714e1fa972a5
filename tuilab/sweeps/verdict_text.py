"""What comes of a sweep, in sentences: the answer first, then what it rests on."""

from collections.abc import Iterator
from typing import assert_never

from tuilab.errors import listed
from tuilab.sweeps.board import Board
from tuilab.sweeps.chance import Difference
from tuilab.sweeps.verdict import Confirmation, Flattery, Verdict, Winner, verdict
from tuilab.sweeps.wording import accuracy_words, counted, point_words
from tuilab.terminal import clean

_MOST_NAMED = 3
"""Trials, or problems, that a sentence names."""
_LEAST = 0.0005
"""Half a tenth of a point: less is not told."""


def verdict_words(board: Board, found: Verdict | None = None, *, confirm: str = "") -> list[str]:
    """Return the verdict as paragraphs of plain text.

    Args:
        board: the sweep.
        found: its verdict, if it is at hand.
        confirm: what trains the best again where the words are read; empty: the command.
    """
    found = verdict(board) if found is None else found
    confirm = confirm or f"tuilab sweep confirm {board.spec.name}"
    paragraphs = [[*_progress(board, found), *_best(found)]]
    if found.confirmation is not None:
        paragraphs.append(list(_confirmed(board, found, found.confirmation)))
    paragraphs.append([*_against_preset(found), *_flattered(board, found)])
    if found.confirmation is None:
        paragraphs.append(list(_judged(board, found, confirm)))
    paragraphs.append(list(_left_out(found)))
    return [" ".join(sentences) for sentences in paragraphs if sentences]


def points_words(difference: float) -> str:
    """Return the size of a difference: ``2.3 points``."""
    size = abs(difference)
    return f"{100 * size:.1f} points" if size >= _LEAST else "less than 0.1 points"


def _signed(value: float) -> str:
    return f"{'−' if value <= -_LEAST else ''}{abs(100 * value):.1f}"


def _progress(board: Board, found: Verdict) -> Iterator[str]:
    trials = counted(found.planned, "trial")
    done = f"{found.done:,} of {trials} {'is' if found.done == 1 else 'are'} done"
    if found.over:
        if not found.done:
            yield f"None of {trials} gave a result."
    elif sum(found.counts.get(state, 0) for state in ("done", "pruned", "failed")) >= found.planned:
        yield "The search is over; its best and the preset are still being trained with fresh seeds."
    elif board.stopped:
        yield f"The sweep is stopped; {done}."
    elif found.done:
        yield f"So far {done}."
    else:
        yield f"Nothing can be said yet: none of {trials} is done."


def _best(found: Verdict) -> Iterator[str]:
    best = found.best
    if best is None:
        return
    point = point_words(best.point)
    share = accuracy_words(best.validation)
    mean = f"{share}, the mean of {best.seeds} seeds" if best.seeds > 1 else share
    if found.all_equal:
        yield (
            f"All {counted(found.done, 'trial')} have the same validation accuracy, {share}: "
            "which of these values are taken makes no difference."
        )
    elif found.done == 1:
        yield f"The only trial to go by has {point}: its validation accuracy is {mean}."
    elif found.preset_state == "best":
        yield f"The preset's own values, {point}, are the best: their validation accuracy is {mean}."
        if found.equal:
            yield f"{_named(found.equal)} {'is' if len(found.equal) == 1 else 'are'} as good."
    elif found.equal:
        everyone = _named((best, *found.equal))
        yield f"{len(found.equal) + 1:,} trials share the best validation accuracy, {mean}: {everyone}."
    else:
        yield f"The best values are {point}: their validation accuracy is {mean}."


def _named(points: tuple[Winner, ...]) -> str:
    names = [f"({point_words(point.point)})" for point in points[:_MOST_NAMED]]
    if len(points) > _MOST_NAMED:
        names.append(f"{len(points) - _MOST_NAMED} more")
    return listed(names)


def _against_preset(found: Verdict) -> Iterator[str]:
    best, preset = found.best, found.preset
    if best is None or found.all_equal:
        return
    match found.preset_state:
        case "best":
            return
        case "absent":
            yield "No trial has the preset's own values, so there is nothing to compare that with."
        case "not done":
            yield "The preset's own values are not done yet, so there is nothing to compare that with."
        case "failed":
            yield "The preset's own values gave no result, so there is nothing to compare that with."
        case "done":
            assert preset is not None and found.against_validation is not None
            start = "The first of them is" if found.equal else "That is"
            start, was = ("In the search it was", "was") if found.confirmation else (start, "is")
            yield (
                f"{start} {points_words(found.against_validation.value)} better than the preset "
                f"({point_words(preset.point)}), which has {accuracy_words(preset.validation)}."
            )
            if found.validation_is_test:
                yield (
                    "The trials were compared on the test images themselves, so no images are left that did "
                    "not choose the best; training.validation=last-20% keeps them apart."
                )
            elif found.against_test is not None:
                yield (
                    f"On the test images it {was} {_compared(found.against_test)}: "
                    f"{accuracy_words(best.test)} against {accuracy_words(preset.test)}."
                )
        case _:
            assert_never(found.preset_state)


def _compared(difference: Difference) -> str:
    if not difference.value:
        return "as good"
    return f"{points_words(difference.value)} {'better' if difference.value > 0 else 'worse'}"


def _flattered(board: Board, found: Verdict) -> Iterator[str]:
    if found.flattery is None or found.all_equal:
        return
    by_seeds, by_images = found.flattery.seeds, found.flattery.images
    of, images = _looks_better(found.flattery), f"{board.validation_images or 0:,}"
    if by_seeds is not None:
        size = points_words(by_seeds)
        most = ""
        if by_images is not None and by_images >= max(by_seeds, _LEAST):
            most = f"; together with luck on these {images} images it is at most {points_words(by_images)}"
        yield (
            f"{of}: {size if by_seeds < _LEAST else f'about {size}'} of its validation accuracy are luck of "
            f"its seeds, which fresh seeds would not repeat{most}."
        )
    elif by_images is not None:
        yield (
            f"{of}. With one seed it is not known how much of that seeds make; luck on {images} validation "
            f"images makes up to {points_words(by_images)} of it."
        )


def _looks_better(flattery: Flattery) -> str:
    return (
        f"The best of {flattery.points:,} trials looks better than it is, because its luck was chosen as well"
    )


def _judged(board: Board, found: Verdict, confirm: str) -> Iterator[str]:
    fair = found.fair
    if fair is None or fair.interval is None or found.flattery is None:
        return
    images = f"{board.test_images:,} test images" if board.test_images and fair.images is not None else ""
    reach = points_words(fair.reach or 0.0)
    if fair.seeds is None:
        yield (
            "What another seed would change is not known with one seed: a sweep with three measures it. "
            f"{images} alone make differences of up to {reach} by chance (95 %)."
        )
    else:
        both = f"and {images} together" if images else "alone"
        yield f"Seeds {both} make differences of up to {reach} by chance (95 %)."
    taken = found.flattery.test
    without = (
        f", without the {points_words(taken)} that the choice of the best adds to it,"
        if taken >= _LEAST
        else ""
    )
    yield f"The difference on the test images{without} is {_signed(fair.value)} points: {_conclusion(found)}."
    if found.judged in ("chance", "better"):
        yield f"{confirm} trains both again with fresh seeds, which had no part in the choice."


def _conclusion(found: Verdict) -> str:
    match found.judged:
        case "better":
            return "that is more than chance"
        case "worse":
            return "the preset is better, by more than chance"
        case "chance":
            return "no more than chance, so it shows nothing yet"
        case "unknown":
            return "whether that is more than chance is not known"
        case _:
            assert_never(found.judged)


def _confirmed(board: Board, found: Verdict, fresh: Confirmation) -> Iterator[str]:
    seeds, less = counted(fresh.seeds, "fresh seed"), fresh.shrinkage
    than = f"{points_words(less)} {'less' if less > 0 else 'more'} than" if less else "as"
    yield (
        f"Trained again with {seeds}, these values have a validation accuracy of "
        f"{accuracy_words(fresh.validation)}, {than} in the search."
    )
    against = fresh.test_against
    if against is None:
        return
    if not fresh.preset_seeds:
        preset = "the preset with the search's seeds"
    elif against.paired == fresh.seeds == fresh.preset_seeds:
        preset = "the preset with the same seeds"
    else:
        preset = f"the preset with {counted(fresh.preset_seeds, 'fresh seed')}"
    yield (
        f"Against {preset} they are {_compared(against)} on the test images{_interval(board, against)}: "
        f"{_conclusion(found)}."
    )
    if found.validation_is_test:
        yield "As the test images chose these values, their luck with these images is still in that."


def _interval(board: Board, found: Difference) -> str:
    if found.interval is None:
        return ""
    seeds = ["seeds"] if found.seeds is not None else []
    images = [f"{board.test_images:,} images"] if board.test_images and found.images is not None else []
    low, high = _signed(found.interval.low), _signed(found.interval.high)
    return f" (95 % interval {low} to {high}, {listed([*seeds, *images])} counted)"


def _left_out(found: Verdict) -> Iterator[str]:
    pruned, failed = found.counts.get("pruned", 0), found.counts.get("failed", 0)
    if pruned:
        yield f"{counted(pruned, 'trial')} {'was' if pruned == 1 else 'were'} pruned early and not compared."
    if failed:
        why = [clean(problem, limit=160) for problem, _ in found.problems[:_MOST_NAMED]]
        told = f": {'; '.join(why)}" if why else ""
        yield f"{counted(failed, 'trial')} failed and {'was' if failed == 1 else 'were'} not compared{told}."
