"""What ends a detached worker before it is done: a scheduler's job, or systemd at logout."""

import os
from pathlib import Path

import pytest

from tuilab.machine.detaching import limit

SCOPE = "0::/user.slice/user-1000.slice/session-3.scope\n"


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """One on which a person is logged in, and logind says nothing."""
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    (tmp_path / "proc" / "self").mkdir(parents=True)
    (tmp_path / "proc" / "self" / "cgroup").write_text(SCOPE)
    return tmp_path


def sentence(machine: Path, **environment: str) -> str | None:
    folders = (machine / "usr", machine / "etc")
    found = limit(environment, logind=folders, proc=machine / "proc")
    return None if found is None else found.sentence


def write(machine: Path, name: str, text: str) -> None:
    (machine / name).parent.mkdir(parents=True, exist_ok=True)
    (machine / name).write_text(text)


@pytest.mark.parametrize(
    ("variable", "job"),
    [("SLURM_JOB_ID", "Slurm job 42"), ("PBS_JOBID", "PBS job 42"), ("LSB_JOBID", "LSF job 42")],
)
def test_in_a_job_it_ends_with_the_job(machine: Path, variable: str, job: str) -> None:
    assert sentence(machine, **{variable: "42"}) == f"ends with {job}, in which it runs"
    assert "\x1b" not in str(sentence(machine, **{variable: "4\x1b[2J"}))


def test_elsewhere_nothing_ends_it(machine: Path) -> None:
    assert sentence(machine) is None
    assert sentence(machine, SLURM_JOB_ID="") is None


@pytest.mark.parametrize(
    ("files", "kills"),
    [
        ({"etc/logind.conf": "[Login]\nKillUserProcesses=yes\n"}, True),
        ({"etc/logind.conf": "[Login]\n#KillUserProcesses=yes\n"}, False),
        ({"etc/logind.conf": "[Login]\nKillUserProcesses = no\n"}, False),
        ({"usr/logind.conf.d/50.conf": "KillUserProcesses=true\n"}, True),
        (
            {"usr/logind.conf.d/50.conf": "KillUserProcesses=true\n", "etc/logind.conf.d/50.conf": "\n"},
            False,
        ),
        (
            {
                "etc/logind.conf": "KillUserProcesses=no\n",
                "etc/logind.conf.d/9.conf": "KillUserProcesses=1",
            },
            True,
        ),
    ],
)
def test_at_logout_where_systemd_is_told_so(machine: Path, files: dict[str, str], kills: bool) -> None:
    for name, text in files.items():
        write(machine, name, text)
    said = "ends when you log out (systemd's KillUserProcesses=yes)"
    assert sentence(machine) == (said if kills else None)


def test_outside_a_session_and_for_root_logout_ends_nothing(
    machine: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(machine, "etc/logind.conf", "KillUserProcesses=yes\n")
    write(machine, "proc/self/cgroup", "0::/user.slice/user-1000.slice/user@1000.service/app.slice/a.scope\n")
    assert sentence(machine) is None
    write(machine, "proc/self/cgroup", SCOPE)
    assert sentence(machine) is not None
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    assert sentence(machine) is None
