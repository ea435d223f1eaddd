"""A table that a benchmark fills line by line, so that one that is stopped goes on where it was."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path


def rows_of(table: Path) -> list[dict[str, str]]:
    """Return the lines of a table with a header; none where the file does not exist yet."""
    if not table.exists():
        return []
    with table.open(newline="") as file:
        return list(csv.DictReader(file))


def add_row(table: Path, header: Sequence[str], row: Sequence[object]) -> None:
    """Add a line, the header before the first, and print it."""
    is_new = not table.exists()
    with table.open("a", newline="") as file:
        csv.writer(file).writerows([header, row] if is_new else [row])
    print(*row, flush=True)
