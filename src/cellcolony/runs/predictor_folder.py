"""Write a predictor that was fitted into a folder: itself, all errors, and the curves.

predictor.json, predictor.safetensors   the predictor that serves: see `judges/meta/saved.py`
errors.csv                              how far each predictor is off
curves.csv                              the curves, with the split of each
"""

from __future__ import annotations

from pathlib import Path

from cellcolony.judges.meta.compare import Comparison
from cellcolony.judges.meta.split import TEST, VALID
from cellcolony.runs.curve_lines import curves_csv
from cellcolony.runs.directory import refuse_existing
from cellcolony.runs.scores import table_csv
from cellcolony.store.files import write_folder

CURVES, ERRORS = "curves.csv", "errors.csv"
_COLUMNS = ("predictor", "split", "curves", "mean", "median", "p90", "rank", "serves")


def write_predictor(folder: Path, comparison: Comparison) -> None:
    """Write the folder, whole or not at all.

    Args:
        folder: Nothing may stand there.
        comparison: What has come of fitting predictors.

    Raises:
        RunError: Something stands there, or it cannot be written.
    """
    refuse_existing(folder)
    files = {
        **comparison.saved.files(),
        ERRORS: errors_csv(comparison),
        CURVES: curves_csv(comparison.curves, comparison.splits),
    }
    write_folder(folder, files)


def errors_csv(comparison: Comparison) -> str:
    """Return the errors of every predictor on validation, and of the one that serves on test."""
    serves = comparison.saved.name
    lines = [(name, VALID, one) for name, one in sorted(comparison.valid.items())]
    if (test := comparison.saved.test) is not None:
        lines.append((serves, TEST, test))
    rows = [
        [name, split, one.n, one.mean, one.median, one.p90, one.rank, int(name == serves)]
        for name, split, one in lines
    ]
    return table_csv([*_COLUMNS], rows)
