"""What was typed into the form, as the core takes it, and what it comes to in words."""

import boards
import pytest

from tuilab.errors import UsageError
from tuilab.tui.screens.sweeps.asked import Asked, in_the_form, plan_words, wanted
from tuilab.tui.sweep_source import Plan


def test_values_and_ranges_are_told_apart_and_empty_lines_count_for_nothing() -> None:
    typed = Asked(
        (" model.l2=0,1e-3 ", "", "optimizer.learning_rate=1e-4..1e-1:log"), trials="20", name=" n "
    )
    found = wanted(typed, "bn", {"training.epochs": 2})
    assert (found.grids, found.ranges) == (
        ("model.l2=0,1e-3",),
        ("optimizer.learning_rate=1e-4..1e-1:log",),
    )
    assert (found.seeds, found.trials, found.search, found.pruning) == (3, 20, None, None)
    assert (found.preset, found.given, found.name) == ("bn", {"training.epochs": 2}, "n")


@pytest.mark.parametrize("text", ["0", "-1", "1.5", "x", "", "101", "9" * 50, "²"])
def test_seeds_that_are_no_number_are_refused(text: str) -> None:
    with pytest.raises(UsageError, match="it must be a whole number from 1 to 100"):
        wanted(Asked(("model.l2=0,1",), seeds=text), "bn", {})


def test_a_plan_says_what_is_shared_and_what_it_takes() -> None:
    spec = boards.sweep()
    words = plan_words(Plan(spec, 48, 12, 2), ())
    assert words.startswith("16 points, 3 seeds: 48 runs that share 12 trainings. About ")
    assert "on 2 GPUs, a guess" in words
    assert "16 points and the preset itself" in plan_words(Plan(spec, 51, 51), ())


def test_options_of_the_command_line_are_lines_of_the_form() -> None:
    said = "--grid 'model.l2=' is not allowed: --search random needs --trials N"
    assert in_the_form(said) == "'model.l2=' is not allowed: search random needs trials N"
