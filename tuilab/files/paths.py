"""Where runs, data and caches live: the platform's own places, or all below ``TUILAB_HOME``."""

import os
from pathlib import Path

import platformdirs

from tuilab.errors import UsageError
from tuilab.terminal import clean

KERAS_HOME_BEFORE = "TUILAB_KERAS_HOME"
"""The variable that remembers ``KERAS_HOME``; empty if that was not set."""


def home() -> Path:
    """Return the folder that holds all of tuilab's own files (not created here).

    ``TUILAB_HOME`` where it is set and not empty, else the platform's data folder for a user
    (on Linux ``$XDG_DATA_HOME/tuilab``, usually ``~/.local/share/tuilab``).
    """
    override = os.environ.get("TUILAB_HOME")
    if override:
        return _expanded("TUILAB_HOME", override).absolute()
    return Path(platformdirs.user_data_dir("tuilab", appauthor=False))


def runs() -> Path:
    """Return the folder that holds one folder a run."""
    return home() / "runs"


def downloads() -> Path:
    """Return the folder of downloaded archives and weights (``TUILAB_HOME``'s own copies)."""
    return home() / "downloads"


def features() -> Path:
    """Return the folder of frozen features: ``TUILAB_HOME``'s, or the platform's cache folder for a user."""
    if os.environ.get("TUILAB_HOME"):
        return home() / "cache" / "features"
    return Path(platformdirs.user_cache_dir("tuilab", appauthor=False)) / "features"


def config() -> Path:
    """Return the folder of a person's own settings and presets (not created here).

    ``TUILAB_HOME/config`` where that is set, else the platform's configuration folder for a user
    (on Linux ``$XDG_CONFIG_HOME/tuilab``, usually ``~/.config/tuilab``).
    """
    if os.environ.get("TUILAB_HOME"):
        return home() / "config"
    return Path(platformdirs.user_config_dir("tuilab", appauthor=False))


def state() -> Path:
    """Return the folder of what the app remembers of its last session (not created here).

    ``TUILAB_HOME/state`` where that is set, else the platform's state folder for a user
    (on Linux ``$XDG_STATE_HOME/tuilab``, usually ``~/.local/state/tuilab``).
    """
    if os.environ.get("TUILAB_HOME"):
        return home() / "state"
    return Path(platformdirs.user_state_dir("tuilab", appauthor=False))


def keras_cache() -> Path:
    """Return Keras's cache folder: ``KERAS_HOME``, else ``~/.keras`` (as ``keras.config`` has it).

    Where Keras is kept from its settings (``tuilab.machine.environment``), what ``KERAS_HOME`` was before.
    """
    override = os.environ.get("KERAS_HOME")
    if override == os.devnull:
        override = os.environ.get(KERAS_HOME_BEFORE)
    return _expanded("KERAS_HOME", override) if override else Path.home() / ".keras"


def _expanded(name: str, text: str) -> Path:
    try:
        return Path(text).expanduser()
    except RuntimeError as error:  # ~somebody who is not there
        raise UsageError(f"{name} = '{clean(text)}' is not allowed: there is no user of that name") from error
