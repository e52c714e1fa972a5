"""Runs that a command asks for and does not wait for."""

import time

import typer

from tuilab.cli.continuing import attended, resumes_from
from tuilab.cli.following import reader_of
from tuilab.cli.training import add_next_steps, conclude
from tuilab.cli.waiting import waiting_line
from tuilab.cli.wrapping import print_sentence
from tuilab.lab.queue import clients
from tuilab.machine.detaching import limit
from tuilab.runs.queue.entry import is_queued
from tuilab.runs.run import Run
from tuilab.runs.summary import summarize
from tuilab.runs.worker.death import WorkerDied
from tuilab.runs.worker.following import POLL_SECONDS
from tuilab.runs.worker.process import WorkerProcess

_BEGIN_SECONDS = 30.0
"""Time that a worker has to take its run, before nobody waits for that any more."""


def start_in_background(run: Run) -> None:
    """Print the id of a run of the queue once it is at work, or once it is known what it waits for.

    Raises:
        TuilabError: it cannot be started, or ended immediately; the sentence says why.
    """
    where = resumes_from(run)
    worker = clients.start_now(run)
    waits = _until_taken(run, worker)
    if worker is not None and worker.ended() is not None:
        _tell_end(run, worker)
    if problem := clients.problem_of(run):
        raise problem
    clients.go_on()  # nobody else may come who would find that a scheduler died
    typer.echo(run.id)
    if waits:
        print_sentence(f"{run.id} is queued, from {where}: it {waits}; {attended(run)}", err=True)
    else:
        print_sentence(f"{run.id} is training in the background, from {where}; {attended(run)}", err=True)
    if ends := limit():
        print_sentence(f"it {ends.sentence}; {ends.remedy}", err=True)


def _until_taken(run: Run, worker: WorkerProcess | None) -> str:
    """Wait until a worker takes a run, or until it is clear that it waits: return for what."""
    deadline = time.monotonic() + _BEGIN_SECONDS
    look_at = 0.0
    while is_queued(run) and time.monotonic() < deadline:
        if worker is None and time.monotonic() >= look_at:
            look_at = time.monotonic() + 0.5
            standing = clients.standing_of(run)
            if standing is not None and standing.device is None and not standing.starting:
                return waiting_line(standing)
        if worker is not None and worker.ended() is not None:
            break
        time.sleep(POLL_SECONDS)
    return ""


def _tell_end(run: Run, worker: WorkerProcess) -> None:
    """Raise what a worker ended of that was at work for a moment only, unless it is done."""
    try:
        for _ in worker.follow(reader=reader_of(run, events=False)):
            pass  # what it died of is raised at the end
    except WorkerDied as died:
        if run.journal.exists():
            add_next_steps(died, run)
        raise
    conclude(summarize(run))
