"""A PostgreSQL server of Debian's package, started on loopback for one test."""

import contextlib
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest


def _programs() -> Path | None:
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/pg_ctl"))
    if found:
        return found[-1].parent
    there = shutil.which("pg_ctl")
    return Path(there).parent if there else None


class Server:
    """One server; a superuser ``lab`` without a password owns the database ``lab``."""

    def __init__(self, programs: Path, place: Path) -> None:
        self._programs, self._data = programs, place / "data"
        self._as: dict[str, object] = {}
        if os.geteuid() == 0:  # it refuses to run as root
            person = pwd.getpwnam("postgres")
            os.chown(place, person.pw_uid, person.pw_gid)
            self._as = {"user": person.pw_uid, "group": person.pw_gid, "extra_groups": []}
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.url = f"postgresql://lab@127.0.0.1:{self.port}/lab"
        self._run("initdb", "-D", self._data, "-U", "lab", "-A", "trust", "--no-sync")
        self.start()
        self._run("createdb", "-h", "127.0.0.1", "-p", str(self.port), "-U", "lab", "lab")

    def start(self) -> None:
        options = f"-p {self.port} -k {self._data} -c listen_addresses=127.0.0.1 -c fsync=off"
        self._run(
            "pg_ctl", "-D", self._data, "-o", options, "-l", self._data / "log", "-w", "-t", "60", "start"
        )

    def stop(self) -> None:
        """End it at once, as a crash does."""
        self._run("pg_ctl", "-D", self._data, "-m", "immediate", "-w", "stop")

    def _run(self, program: str, *words: str | Path) -> None:
        command = [str(self._programs / program), *map(str, words)]
        done = subprocess.run(
            command,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            cwd="/",
            timeout=120,
            **self._as,  # type: ignore[call-overload]
        )
        assert done.returncode == 0, f"{program}: {done.stderr}"


@contextlib.contextmanager
def postgres() -> Iterator[Server]:
    """Start a server; the test is skipped where there is none to start."""
    programs = _programs()
    if programs is None:
        pytest.skip("no PostgreSQL server is installed: apt-get install postgresql")
    place = Path(tempfile.mkdtemp(prefix="tuilab-postgres-"))
    try:
        server = Server(programs, place)
        try:
            yield server
        finally:
            with contextlib.suppress(AssertionError):
                server.stop()
    finally:
        shutil.rmtree(place, ignore_errors=True)
