"""A worker that trains in no time: it writes the journal of a run whose accuracies follow from its settings.

It takes the place of the engine's, as ``stand_in`` does, but ends by itself; equal experiments have equal
accuracies, as real ones do.
"""

import stat
import sys
from pathlib import Path

SCRIPT = """\
import os, signal, sys, time
from pathlib import Path
from tuilab.experiment.dotted import dotted
from tuilab.runs.journal.records import DatasetRecord, Done, Epoch, Evaluated, Failed, Started, Stopped
from tuilab.runs.journal.writer import JournalWriter
from tuilab.runs.queue.changes import take
from tuilab.runs.run import Run
from tuilab.runs.worker.lease_holder import take_lease

seconds, digest = float(os.environ.get("QUICK_SECONDS", "0")), os.environ.get("QUICK_DIGEST", "d1")
asked = False

def ask(number, frame):
    global asked
    asked = True

signal.signal(signal.SIGTERM, ask)
run = Run(Path([word for word in sys.argv[1:] if word.startswith("/")][0]))
held = take_lease(run.lease, take_over="--take-over" in sys.argv)
if "--queued" in sys.argv and not take(run):
    held.release()
    sys.exit(0)
journal = JournalWriter(run.journal)
journal.append(Started(pid=os.getpid(), host="h", versions={}))
images = dict(training_images=100, validation_images=100, test_images=100)
journal.append(DatasetRecord(name="digits", source="s", digest=digest, classes=["0", "1"], **images))
experiment = run.experiment()
settings = dotted(experiment)
accuracy = 0.9 - abs((settings["model.bn_momentum"] or 0) - 0.8) / 2 - settings["model.l2"] * 10
accuracy += (experiment.training.seed % 5) / 100
if settings["model.dropout"] == 0.5:
    journal.append(Failed(reason="the loss is not a number", exit_code=4, seconds=1.0))
    held.release()
    sys.exit(4)
for epoch in range(1, experiment.training.epochs + 1):
    end = time.monotonic() + seconds
    while time.monotonic() < end and not asked:
        time.sleep(0.01)
    if asked:
        journal.append(Stopped(epoch=epoch - 1, reason="asked to stop (SIGTERM)", seconds=1.0))
        held.release()
        sys.exit(130)
    reached = round(accuracy * epoch / experiment.training.epochs, 6)
    journal.append(Epoch(epoch=epoch, accuracy=reached, cross_entropy=1.0, penalty=0.0, gradient_norm=1.0,
        val_accuracy=reached, val_cross_entropy=1.0, learning_rate=0.1, seconds=seconds))
journal.append(Evaluated(test_accuracy=round(accuracy - 0.01, 6), test_cross_entropy=1.0))
journal.append(Done(seconds=seconds * experiment.training.epochs))
held.release()
"""


def python_of(place: Path) -> Path:
    """Write the script into a folder, and return what stands in the place of Python: it starts the script
    for a worker, and the real thing for all else, with workers of that kind."""
    script, python = place / "quick_trainer.py", place / "python"
    script.write_text(SCRIPT)
    for module, arguments in (("lab.queue.scheduler", ""), ("lab.sweeps.process", "sys.argv[1:]")):
        (place / f"{module}.py").write_text(
            f"import sys; sys.executable = {str(python)!r}\n"
            f"from tuilab.{module} import main\n"
            f"sys.exit(main({arguments}))\n"
        )
    python.write_text(
        "#!/bin/sh\n"
        'case "$2" in\n'
        f'tuilab.lab.queue.scheduler) exec "{sys.executable}" "{place}/lab.queue.scheduler.py";;\n'
        "tuilab.lab.sweeps.process) shift 2; "
        f'exec "{sys.executable}" "{place}/lab.sweeps.process.py" "$@";;\n'
        "tuilab.engine.standby) exit 0;;\n"
        "esac\n"
        f'exec "{sys.executable}" "{script}" "$@"\n'
    )
    python.chmod(python.stat().st_mode | stat.S_IXUSR)
    return python
