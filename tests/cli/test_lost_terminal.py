"""A real training in a real terminal, whose server is killed."""

from pathlib import Path

import psutil
import pytest
from command_line import call, command
from leases import end_workers
from stand_in import Running, has_ended, until
from terminals import TUILAB, Tmux
from test_detached_training import SMALL

from tuilab.files import paths
from tuilab.runs import store
from tuilab.runs.summary import summarize
from tuilab.runs.worker.lease import liveness, read_lease

pytestmark = pytest.mark.slow


def test_a_run_whose_terminal_is_killed_goes_on_and_is_attached_to_again(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    home = {"TUILAB_HOME": str(paths.home()), "CUDA_VISIBLE_DEVICES": "", "TMUX": ""}
    tmux = Tmux(tmp_path, 100, 30, " ".join([*TUILAB, *SMALL, "--epochs", "400"]), home)
    try:
        tmux.until(lambda shown: "epoch   1/400" in shown, 120)
        (run,) = store.list_runs()
        lease = read_lease(run.lease)
        assert lease is not None
        ours = psutil.Process(lease.pid).ppid()
        tmux.kill()
        until(lambda: has_ended(ours))
        before = len(summarize(run).epochs)
        until(lambda: len(summarize(run).epochs) > before + 1)
        assert liveness(run.lease) == "alive"

        attached = Running(command("attach", "latest"))
        attached.until_err(f"epoch {before + 1:3}/400")
        ended = call(capsys, "stop", run.id)
        assert ended.code == 0 and f"tuilab resume {run.id} continues from " in ended.out
        code, _, err = attached.end()
        assert code == 130 and f"{run.id}: asked to stop (SIGTERM); it stopped after " in err
    finally:
        tmux.kill()
        end_workers()
