"""When runs were made.

Their names do not tell: they hold the time of whatever zone a run was made in, and a clock is set back once a
year. So each run's manifest is asked, once in the life of a process: when a run was made never changes.
"""

import time
from pathlib import Path

from pydantic_core import from_json

from tuilab.files.regular import read_regular
from tuilab.files.small import LARGEST

_known: dict[tuple[Path, int], float] = {}


def created(folder: Path, inode: int) -> float:
    """Return when a run was made, in seconds since 1970; where its manifest does not tell, by its name.

    Args:
        folder: the run's.
        inode: the folder's, so that another folder of that name is told from it.
    """
    if (folder, inode) not in _known:
        try:
            _known[folder, inode] = float(from_json(read_regular(folder / "run.json", LARGEST))["created"])
        except (OSError, ValueError, KeyError, TypeError):
            return _by_name(folder.name)
    return _known[folder, inode]


def _by_name(name: str) -> float:
    try:
        return time.mktime(time.strptime(name[:15], "%Y%m%d-%H%M%S"))
    except (ValueError, OverflowError):
        return 0.0
