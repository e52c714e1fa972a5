"""What a sweep is and what comes of it: settings to try, trials, heat map, ranking, verdict, exports.

Without Optuna, Textual or Typer. ``tuilab.lab.sweeps`` makes trials and trains them.
"""
