"""Everything about this machine that decides whether and how well training runs, as findings."""

import os
import platform
import re
import sys
from pathlib import Path

from tuilab.files import paths
from tuilab.machine import filesystem
from tuilab.machine.detaching import limit
from tuilab.machine.finding import Finding, State, gib
from tuilab.machine.gpu_findings import gpu_findings
from tuilab.machine.hardware import cpu_model, usable_cores
from tuilab.machine.importing import tensorflow_problem
from tuilab.machine.installed import TENSORFLOWS, version
from tuilab.machine.source_findings import source_findings
from tuilab.machine.terminal_facts import terminal_facts

ROOM = 5 * 2**30
"""Bytes below which free space is a warning: CIFAR-10, the weights and a dozen runs' checkpoints."""
MEMORY = 4 * 2**30
"""Bytes below which available memory is a warning: TensorFlow, the images and their frozen features."""
SMALLEST = (80, 24)
"""Columns and rows that the app needs."""


def diagnose(quick: bool = False) -> list[Finding]:
    """Return the findings, in the order of the report.

    Args:
        quick: do not try to import TensorFlow (a process of its own that takes 3-60 s); the rest takes
            well under a second.
    """
    return [*_python(quick), *gpu_findings(), *source_findings(), *_files(), *_terminal(), *_machine()]


def training_possible(findings: list[Finding]) -> bool:
    """Return whether no finding rules training out."""
    return not any(finding.blocks_training for finding in findings)


def _python(quick: bool) -> list[Finding]:
    group = "Python and TensorFlow"
    install = "pip install --upgrade tuilab"
    findings = [
        Finding(group, "Python", "ok", f"{platform.python_version()}, {sys.executable or 'path unknown'}")
    ]
    for what, names, least in (
        ("TensorFlow", TENSORFLOWS, (2, 20)),
        ("Keras", ("keras",), (3, 15, 1)),
    ):
        found = version(*names)
        wanted = ".".join(map(str, least))
        if found is None:
            findings.append(Finding(group, what, "missing", "not installed", install, True))
        elif _numbers(found) < least:
            findings.append(Finding(group, what, "warn", f"{found}; tuilab needs {wanted} or newer", install))
        else:
            findings.append(Finding(group, what, "ok", found))
    if quick:
        return findings
    problem = tensorflow_problem()
    if problem is None:
        return [*findings, Finding(group, "TensorFlow imports", "ok", "yes, in a separate process")]
    state: State = "missing" if problem.certain else "warn"
    return [
        *findings,
        Finding(group, "TensorFlow imports", state, problem.sentence, problem.remedy, problem.certain),
    ]


def _files() -> list[Finding]:
    group = "Files"
    home = paths.home()
    elsewhere = "set TUILAB_HOME to a folder that you can write to"
    origin = " (TUILAB_HOME)" if os.environ.get("TUILAB_HOME") else ""
    yet = "" if home.is_dir() else ", created by the first run"
    findings = [Finding(group, "home folder", "ok", f"{home}{origin}{yet}")]
    problem = filesystem.write_problem(home)
    if problem is None:
        findings.append(Finding(group, "writable", "ok", "yes"))
    else:
        findings.append(Finding(group, "writable", "missing", problem, elsewhere, True))
    findings.append(_locks(home, group))
    free = filesystem.free_bytes(home)
    if free is None:
        findings.append(Finding(group, "free space", "warn", "unknown: the system does not report it"))
    elif free < ROOM:
        remedy = "make room, or set TUILAB_HOME to a folder on a larger disk"
        detail = f"{gib(free)}; the data and a dozen runs need {gib(ROOM)}"
        findings.append(Finding(group, "free space", "warn", detail, remedy))
    else:
        findings.append(Finding(group, "free space", "ok", gib(free)))
    mount = filesystem.mount_of(home)
    if mount is None:
        findings.append(Finding(group, "file system", "warn", "unknown: the system lists no mount for it"))
    elif mount.network:
        remedy = "works, but slower; TUILAB_HOME on a local disk keeps checkpoints off the network"
        detail = f"{mount.type}, over the network from {mount.source}"
        findings.append(Finding(group, "file system", "warn", detail, remedy))
    else:
        findings.append(Finding(group, "file system", "ok", f"{mount.type}, on this machine"))
    return findings


def _locks(home: Path, group: str) -> Finding:
    problem = filesystem.lock_problem(home)
    if problem is None:
        return Finding(group, "locks", "ok", "yes")
    return Finding(
        group,
        "locks",
        "warn",
        f"this disk has none (flock: {problem}); a lock on this machine is used instead",
        "fine on one machine; if several share this folder, never resume a run from two at the same "
        "time, or set TUILAB_HOME to a disk with locks",
    )


def _terminal() -> list[Finding]:
    group = "Terminal"
    facts = terminal_facts()
    few = facts.colours in {"none", "16"} and facts.colours_from != "NO_COLOR"
    names = {"none": "none", "16": "16", "256": "256", "truecolor": "24-bit"}
    findings = [
        Finding(
            group,
            "colours",
            "warn" if few else "ok",
            f"{names[facts.colours]} ({facts.colours_from})",
            "the app is readable without; for more, set TERM=xterm-256color if the terminal supports it"
            if few
            else None,
        )
    ]
    if facts.columns is None or facts.rows is None:
        findings.append(
            Finding(group, "size", "ok", "no terminal here; the app needs one, the commands do not")
        )
    else:
        small = facts.columns < SMALLEST[0] or facts.rows < SMALLEST[1]
        wish = "the app needs {} x {}, and shows everything at once from 140 x 40".format(*SMALLEST)
        findings.append(
            Finding(
                group,
                "size",
                "warn" if small else "ok",
                f"{facts.columns} x {facts.rows}",
                f"enlarge the window: {wish}" if small else None,
            )
        )
    findings.append(
        Finding(
            group,
            "Unicode",
            "ok" if facts.unicode else "warn",
            f"{'yes' if facts.unicode else 'no'} ({facts.encoding})",
            None if facts.unicode else "set LANG=C.UTF-8, or your language's UTF-8 locale",
        )
    )
    inside = [f"inside {facts.multiplexer}"] if facts.multiplexer else []
    inside += ["over SSH"] if facts.ssh else []
    findings.append(Finding(group, "session", "ok", ", ".join(inside) or "local, no multiplexer"))
    return findings


def _machine() -> list[Finding]:
    import psutil

    group = "Machine"
    usable = usable_cores()
    physical = psutil.cpu_count(logical=False)
    cores = f"{usable} usable" + (f", {physical} physical" if physical else "")
    memory = psutil.virtual_memory()
    little = memory.available < MEMORY
    return [
        Finding(group, "CPU", "ok", cpu_model()),
        Finding(group, "cores", "ok", cores),
        _detached(group),
        Finding(
            group,
            "memory",
            "warn" if little else "ok",
            f"{gib(memory.available)} of {gib(memory.total)} available",
            f"training on the full data needs {gib(MEMORY)}; close other programs" if little else None,
        ),
    ]


def _numbers(text: str) -> tuple[int, ...]:
    return tuple(int(number) for number in re.findall(r"\d+", text)[:3])


def _detached(group: str) -> Finding:
    ends = limit()
    if ends is None:
        return Finding(group, "detached runs", "ok", "continue after you log out, as far as can be seen")
    return Finding(group, "detached runs", "warn", f"a detached run {ends.sentence}", ends.remedy)
