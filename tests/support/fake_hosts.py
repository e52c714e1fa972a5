"""Processes that take this machine for another host: ``platform.node`` answers what a variable says."""

import os
from pathlib import Path

_SITE = """\
import os, platform
if "FAKE_HOST" in os.environ:
    platform.node = lambda: os.environ["FAKE_HOST"]
"""


def on_host(name: str, place: Path) -> dict[str, str]:
    """Return the environment of a process, and of all that it starts, on a host of that name.

    Args:
        place: a folder for what tells Python so.
    """
    site = place / "host-site"
    site.mkdir(exist_ok=True)
    (site / "sitecustomize.py").write_text(_SITE)
    before = filter(None, [os.environ.get("PYTHONPATH")])
    return {**os.environ, "FAKE_HOST": name, "PYTHONPATH": os.pathsep.join([str(site), *before])}
