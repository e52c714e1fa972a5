"""Opening the study that a sweep's folder belongs to."""

from tuilab.errors import UsageError
from tuilab.lab.sweeps.folders import SweepFolder
from tuilab.lab.sweeps.ledger import Ledger
from tuilab.lab.sweeps.storage import in_file, open_storage


def ledger_of(sweep: SweepFolder) -> Ledger:
    """Open a sweep's study; raises as ``Ledger`` and the storages do."""
    link = sweep.link()
    if link.storage:
        return Ledger(open_storage(link.storage), link.storage, sweep.name)
    path = sweep.path / "study.log"
    if not path.exists():
        raise UsageError(
            f"the study of the sweep {sweep.name} is gone: {path} is missing",
            [f"tuilab sweep delete {sweep.name} takes the sweep away; its runs stay"],
        )
    return Ledger(in_file(path, shared=False), str(path), sweep.name)
