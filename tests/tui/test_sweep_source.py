"""What the app asks of the store's sweeps."""

import pytest

from tuilab.errors import UsageError
from tuilab.tui.sweep_source import SweepSource, Wanted


def test_without_sweeps_there_are_no_names_and_an_unknown_one_is_said() -> None:
    source = SweepSource()
    assert source.names() == []
    with pytest.raises(UsageError, match="there is no sweep 'mine'"):
        source.board("mine")


def test_a_sweep_that_was_made_is_found_with_its_board_and_nobody_works_on_it() -> None:
    pytest.importorskip("optuna")
    from tuilab.lab.sweeps.starting import create

    source = SweepSource()
    wanted = Wanted("bn", {"data.source": "digits"}, ("model.l2=0,1e-3",), seeds=2, name="mine")
    plan = source.plan(wanted)
    assert plan.spec.points == 2 and plan.runs >= 4
    create(plan.spec)
    assert source.names() == ["mine"] and not source.alive("mine")
    assert source.board("mine").spec == plan.spec
    with pytest.raises(UsageError, match="already a sweep 'mine'"):
        source.plan(wanted)
