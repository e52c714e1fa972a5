"""What explains the differences on a grid, against an analysis of variance by hand and by regression."""

from itertools import product

import boards
import numpy as np
import pytest
from scipy import stats

from tuilab.sweeps.board import Board
from tuilab.sweeps.importance import grid_importance, importance_words
from tuilab.sweeps.spec import Choice


def grid(levels: tuple[int, ...], values: np.ndarray) -> Board:
    """Return a grid's board; ``values``: a row a point, a column a seed, of four digits."""
    axes = [Choice(key=f"model.{'abc'[n]}", values=tuple(range(size))) for n, size in enumerate(levels)]
    spec = boards.sweep(axes, seeds=range(values.shape[1]))
    points = boards.grid_points(spec)
    return boards.board(spec, [boards.trial(n, p, list(values[n])) for n, p in enumerate(points)])


def test_a_table_by_hand_is_decomposed_into_its_parts() -> None:
    # rows differ by 0.2, columns by 0.1, no interaction, no seeds
    found = grid_importance(grid((2, 2), np.array([[0.5, 0.5], [0.6, 0.6], [0.7, 0.7], [0.8, 0.8]])))
    assert found is not None
    shares = {effect.keys: effect.share for effect in found.effects}
    assert shares["model.a",] == pytest.approx(0.04 / 0.05) and shares["model.b",] == pytest.approx(
        0.01 / 0.05
    )
    assert shares["model.a", "model.b"] == pytest.approx(0) and found.seeds == pytest.approx(0)


def test_it_is_the_analysis_of_variance_with_replications() -> None:
    """Against nested linear models, which know nothing of how a balanced table falls apart."""
    random = np.random.default_rng(3)
    values = 0.5 + 0.05 * random.standard_normal((12, 3)) + np.repeat([0, 0.1, 0.05], 4)[:, None]
    values = values.round(4)
    found = grid_importance(grid((3, 4), values))
    assert found is not None and found.trials == 12
    places = np.repeat(np.array(list(product(range(3), range(4)))), 3, axis=0)
    y = values.ravel()

    def residual(*groups: np.ndarray) -> float:
        columns = [np.ones(len(y))]
        columns += [(group == level).astype(float) for group in groups for level in np.unique(group)]
        design = np.stack(columns, axis=1)
        return float(((y - design @ np.linalg.lstsq(design, y, rcond=None)[0]) ** 2).sum())

    a, b, cell = places[:, 0], places[:, 1], places[:, 0] * 4 + places[:, 1]
    total, within = residual(), residual(cell)
    squares = {
        ("model.a",): total - residual(a),
        ("model.b",): total - residual(b),
        ("model.a", "model.b"): residual(a, b) - within,
    }
    freedom = {("model.a",): 2, ("model.b",): 3, ("model.a", "model.b"): 6}
    for effect in found.effects:
        assert effect.share == pytest.approx(squares[effect.keys] / total)
        ratio = squares[effect.keys] / freedom[effect.keys] / (within / 24)
        assert effect.chance == pytest.approx(stats.f.sf(ratio, freedom[effect.keys], 24))
    assert found.seeds == pytest.approx(within / total)
    assert sum(effect.share for effect in found.effects) + (found.seeds or 0) == pytest.approx(1)


def test_one_setting_agrees_with_a_one_way_analysis() -> None:
    values = np.random.default_rng(5).normal(0.8, 0.02, (4, 3)).round(4)
    found = grid_importance(grid((4,), values))
    assert found is not None
    assert found.effects[0].chance == pytest.approx(stats.f_oneway(*values).pvalue)


def test_three_settings_leave_a_rest_and_everything_adds_up() -> None:
    values = np.random.default_rng(6).normal(0.8, 0.02, (8, 2))
    found = grid_importance(grid((2, 2, 2), values))
    assert found is not None and len(found.effects) == 6 and found.rest > 0
    assert sum(e.share for e in found.effects) + found.rest + (found.seeds or 0) == pytest.approx(1)


def test_a_grid_with_a_gap_or_a_range_is_not_decomposed() -> None:
    assert grid_importance(boards.half_done()) is None and grid_importance(boards.pruned()) is None


def test_where_nothing_differs_it_says_so() -> None:
    found = grid_importance(grid((2, 2), np.full((4, 2), 0.5)))
    assert found is not None
    assert importance_words(found, ("model.a", "model.b")) == [
        "All trials have the same accuracy: nothing explains it."
    ]


def test_the_words_name_the_largest_first_and_what_is_no_more_than_chance() -> None:
    board = boards.finished()
    found = grid_importance(board)
    assert found is not None
    assert importance_words(found, board.spec.keys) == [
        "What explains the differences in validation accuracy: bn_momentum 98 %, l2 1 %, bn_momentum and l2 "
        "together under 1 %, seeds 1 %.",
        "That is exact, by analysis of variance of 16 trials.",
        '"Together" counts what two settings do beyond what each does by itself.',
        "No more than seeds make by chance (F test, 5 %): bn_momentum and l2.",
    ]
    one = grid_importance(grid((2, 2), np.array([[0.5], [0.6], [0.7], [0.8]])))
    assert one is not None and one.seeds is None and one.effects[0].chance is None
    assert "With one seed it is not known what seeds do; it is in that." in importance_words(
        one, ("model.a", "model.b")
    )
