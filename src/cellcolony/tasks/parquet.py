"""Parquet files; pyarrow, which reads them, is an extra."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from cellcolony.tasks.findings import Finding, Findings
from cellcolony.tasks.tables import Table, table_of


def read_parquet(path: Path, findings: Findings) -> Table | None:
    """Return the rows of one Parquet file, or None with the reason among the findings.

    Findings speak of its rows, from 0. An index that has a name is a column like the others.
    """
    name = str(path)
    try:
        frame = pd.read_parquet(path, engine="pyarrow")
    except ImportError:
        cure = "Install it: pip install 'cellcolony[parquet]'. Or give the file as CSV."
        findings.add(Finding(name, "cannot be read without pyarrow", cure))
        return None
    except OSError as error:
        findings.add(unreadable(name, error))
        return None
    except ValueError as error:  # what pyarrow raises is one
        lines = str(error).splitlines() or ["for no reason that pyarrow gives"]
        findings.add(Finding(name, f"is no Parquet file: {lines[0]}", "Write it anew."))
        return None
    if any(level is not None for level in frame.index.names):
        frame = frame.reset_index()
    if len(frame) == 0:
        findings.add(Finding(name, "has no rows", "Give a file that has some."))
        return None
    return table_of(frame, name, findings)


def unreadable(name: str, error: Exception) -> Finding:
    """Return the finding that a file cannot be read."""
    reason = (getattr(error, "strerror", None) or str(error)).lower()
    return Finding(name, f"cannot be read: {reason}", "Check the path and its permissions.")
