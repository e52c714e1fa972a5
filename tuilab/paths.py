"""Where runs, data and caches live: the platform's own places, or all below ``TUILAB_HOME``."""

import os
from pathlib import Path

import platformdirs


def home() -> Path:
    """Return the folder that holds all of tuilab's own files (not created here).

    ``TUILAB_HOME`` where it is set and not empty, else the platform's data folder for a user
    (on Linux ``$XDG_DATA_HOME/tuilab``, usually ``~/.local/share/tuilab``).
    """
    override = os.environ.get("TUILAB_HOME")
    if override:
        return Path(override).expanduser().absolute()
    return Path(platformdirs.user_data_dir("tuilab", appauthor=False))


def runs() -> Path:
    """Return the folder that holds one folder a run."""
    return home() / "runs"


def downloads() -> Path:
    """Return the folder of downloaded archives and weights (``TUILAB_HOME``'s own copies)."""
    return home() / "downloads"


def keras_cache() -> Path:
    """Return Keras's cache folder: ``KERAS_HOME``, else ``~/.keras`` (as ``keras.config`` has it)."""
    override = os.environ.get("KERAS_HOME")
    return Path(override).expanduser() if override else Path.home() / ".keras"
