"""All commands of ``tuilab sweep``: each module adds its own to the one group."""

from tuilab.cli.sweep import changing, show, work
from tuilab.cli.sweep.start import sweep_app

__all__ = ["changing", "show", "sweep_app", "work"]
