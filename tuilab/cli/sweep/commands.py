"""All commands of ``tuilab sweep``: each module adds its own to the one group."""

from tuilab.cli.sweep import changing, exporting, show, work
from tuilab.cli.sweep.start import sweep_app

__all__ = ["changing", "exporting", "show", "sweep_app", "work"]
