"""Small files for the tests of tasks."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from cellcolony.errors import DataError


def frame(n_rows: int = 40, seed: int = 0, columns: Sequence[str] = ("x", "y")) -> pd.DataFrame:
    """Return a table of noise without a fault."""
    rng = np.random.default_rng(seed)
    return pd.DataFrame(rng.normal(size=(n_rows, len(columns))).round(6), columns=list(columns))


def write(path: Path, n_rows: int = 40, seed: int = 0, columns: Sequence[str] = ("x", "y")) -> Path:
    """Write such a table and return its path."""
    frame(n_rows, seed, columns).to_csv(path, index=False)
    return path


def replace_line(path: Path, line: int, text: str) -> Path:
    """Put other text in one line of a file, counted from 1."""
    lines = path.read_text().split("\n")
    lines[line - 1] = text
    path.write_text("\n".join(lines))
    return path


def findings_of(build: Callable[[], object]) -> tuple[str, ...]:
    """Return what the data are refused for."""
    with pytest.raises(DataError) as caught:
        build()
    return caught.value.findings
