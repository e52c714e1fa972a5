"""How long a detached worker lives: as a rule until it is done, but some machines end it before."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tuilab.terminal import clean

_JOBS = {"SLURM_JOB_ID": "Slurm", "PBS_JOBID": "PBS", "LSB_JOBID": "LSF", "FLUX_JOB_ID": "Flux"}
_LOGIND = tuple(map(Path, ("/usr/lib/systemd", "/run/systemd", "/etc/systemd")))
"""Where ``logind.conf`` and ``logind.conf.d`` lie; what comes later counts."""


@dataclass(frozen=True)
class Limit:
    """What ends a detached worker before it is done.

    Attributes:
        sentence: what, in a clause that follows "it".
        remedy: what can be done about it.
    """

    sentence: str
    remedy: str


def limit(
    environment: Mapping[str, str] = os.environ,
    *,
    logind: tuple[Path, ...] = _LOGIND,
    proc: Path = Path("/proc"),
) -> Limit | None:
    """Return what ends a detached worker early on this machine; None if it shows nothing that does."""
    for variable, scheduler in _JOBS.items():
        if job := environment.get(variable):
            return Limit(
                f"ends with {scheduler} job {clean(job, limit=40)}, in which it runs",
                "ask for enough time for the whole training, and resume what the job's end interrupts",
            )
    if _in_session(proc) and _kills_at_logout(logind):
        return Limit(
            "ends when you log out (systemd's KillUserProcesses=yes)",
            "loginctl enable-linger once, then start it outside the session: "
            "systemd-run --user --scope tuilab ...",
        )
    return None


def _in_session(proc: Path) -> bool:
    """Return whether this process belongs to a login session, all of whose processes end with it."""
    try:
        groups = (proc / "self" / "cgroup").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return False
    return "/session-" in groups and ".scope" in groups and os.geteuid() != 0


def _kills_at_logout(folders: tuple[Path, ...]) -> bool:
    files = [folder / "logind.conf" for folder in folders]
    more = [path for folder in folders for path in _listed(folder / "logind.conf.d")]
    # a file of the same name in a later folder stands for an earlier one
    files += sorted({path.name: path for path in more}.values(), key=lambda path: path.name)
    kills = False
    for file in files:
        for line in _lines(file):
            key, equals, value = line.partition("=")
            if equals and key.strip() == "KillUserProcesses":
                kills = value.strip().lower() in {"yes", "true", "on", "1", "y", "t"}
    return kills


def _listed(folder: Path) -> list[Path]:
    try:
        return sorted(folder.glob("*.conf"))
    except OSError:
        return []


def _lines(file: Path) -> list[str]:
    try:
        return file.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return []
