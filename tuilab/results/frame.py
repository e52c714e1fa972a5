"""Rows as a pandas frame, for analysis: in a notebook or a script.

from tuilab.results.finished import finished_rows
from tuilab.results.frame import frame
from tuilab.runs.store import list_runs

runs, damaged = finished_rows(list_runs())
frame(runs).groupby("preset").accuracy.mean()
"""

from collections.abc import Sequence

import pandas as pd

from tuilab.results.rows import FIELDS, Row

_WHOLE = ("trained_tensors", "training_images", "test_images", "limit", "split_seed")
"""Whole numbers that not every run has."""


def frame(rows: Sequence[Row]) -> pd.DataFrame:
    """Return a row a run: ``FIELDS``, then a column for each setting that any of them has."""
    table = pd.DataFrame([row.values for row in rows], columns=list(FIELDS))
    # as objects: a setting that some runs leave unset stays a whole number in the others
    settings = pd.DataFrame([row.settings for row in rows], index=table.index, dtype=object)
    return pd.concat([table.astype(dict.fromkeys(_WHOLE, "Int64")), settings], axis=1)
