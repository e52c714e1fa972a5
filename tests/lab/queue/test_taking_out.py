"""What is taken out of the queue can be put back: a fork with its checkpoint, a run as it was."""

from checkpoint_folders import written
from finished_runs import finished_run
from records import epoch

from tuilab.experiment.overrides import with_overrides
from tuilab.lab.fork import fork_as
from tuilab.lab.plan import PlannedRun
from tuilab.lab.queue import clients
from tuilab.lab.queue.taking_out import put_back, take_out
from tuilab.runs import store
from tuilab.runs.queue import changes
from tuilab.runs.run import Run


def parent() -> Run:
    run = finished_run("bn-l2", epochs=[epoch(1), epoch(2)])
    written(run.checkpoints, 1, history=(epoch(1),))
    return run


def test_a_fork_that_is_put_back_goes_on_from_the_same_checkpoint() -> None:
    origin = parent()
    experiment = with_overrides(origin.experiment(), {"optimizer.learning_rate": 0.0001})
    [fork] = clients.enqueue([fork_as(origin, 1, experiment, name="milder")])
    before = fork.manifest()
    taken = take_out(fork)
    assert not taken.kept and not fork.folder.exists() and store.list_runs() == [origin]
    [again] = put_back(taken)
    after = again.manifest()
    assert again.experiment() == experiment
    assert (after.name, after.parent, after.forked_at) == ("milder", origin.id, 1)
    assert after.forked_digest == before.forked_digest and any(again.checkpoints.iterdir())
    assert [one.id for one in changes.queue()] == [again.id]


def test_a_run_that_was_trained_before_keeps_its_folder() -> None:
    run = finished_run("bn", epochs=[epoch(1)], last=None)
    run.lease.unlink()
    clients.enqueue_again(run)
    taken = take_out(run)
    assert taken.kept and run.folder.is_dir() and changes.queue() == []
    assert put_back(taken) == [run]
    assert [one.id for one in changes.queue()] == [run.id]


def test_a_run_that_shares_a_training_is_put_back_as_one() -> None:
    leader = finished_run("bn", {"training.probes": ["batch-statistics"]})
    experiment = with_overrides(leader.experiment(), {"model.bn_momentum": 0.6})
    [sharer] = clients.enqueue([PlannedRun(experiment, "bn", shares_with=leader)])
    [again] = put_back(take_out(sharer))
    assert again.manifest().shares == leader.id
    assert [one.entry.shares for one in changes.queue()] == [leader.id]
