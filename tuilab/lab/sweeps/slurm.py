"""A SLURM array job that trains the trials of a sweep, one GPU a task."""

import shlex
import sys

from tuilab.errors import UsageError
from tuilab.files import paths
from tuilab.lab.sweeps.folders import NAME
from tuilab.terminal import clean


def array_job(study: str, storage: str, *, tasks: int, hours: int) -> str:
    """Return the script.

    Args:
        study: what the sweep is called.
        storage: where its study is kept, for all nodes.
        tasks: how many workers.
        hours: time limit of each.

    Raises:
        UsageError: a name that no sweep can have, or a storage that is no single line.
    """
    if not NAME.fullmatch(study):
        raise UsageError(f"'{clean(study, limit=80)}' cannot be a sweep's name")
    if clean(storage) != storage:
        raise UsageError(f"--storage '{clean(storage, limit=80)}' is not allowed: it has control characters")
    home = shlex.quote(str(paths.home()))
    return f"""\
#!/bin/bash
#SBATCH --job-name=tuilab-{study}
#SBATCH --array=1-{tasks}
#SBATCH --gres=gpu:1
#SBATCH --cpus-per-task=4
#SBATCH --mem=16G
#SBATCH --time={hours}:00:00
#SBATCH --signal=TERM@120
#SBATCH --requeue
#SBATCH --output=tuilab-{study}-%a.log
# A task that ends early gives its trials back; the others, or its next start, train them.
set -eu
# Images and weights that were fetched before the job are found by every task.
export KERAS_HOME="${{KERAS_HOME:-$HOME/.keras}}"
# A store for each task: two of them on one node do not share a queue.
base={home}
export TUILAB_HOME="$base/slurm/{study}-$SLURM_ARRAY_TASK_ID"
mkdir -p "$TUILAB_HOME"
if [ -d "$base/downloads" ] && [ ! -e "$TUILAB_HOME/downloads" ]; then
    ln -s "$base/downloads" "$TUILAB_HOME/downloads"
fi
exec {shlex.quote(sys.executable)} -m tuilab sweep work --storage {shlex.quote(storage)} {study}
"""
