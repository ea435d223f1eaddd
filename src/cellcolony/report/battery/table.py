"""A table of a battery: printed for people, and written as CSV for programs."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from cellcolony.report.blocks import Column, TableBlock
from cellcolony.report.tables import Cell, shown


@dataclass(frozen=True)
class Table:
    """A table of names and numbers.

    Attributes:
        file: The name of its CSV file.
        columns: What heads each column of the file.
        rows: A cell for each column; None where there is nothing to say.
        printed: The table for people, who need not be shown every column.
    """

    file: str
    columns: Sequence[str]
    rows: Sequence[tuple[Cell, ...]]
    printed: TableBlock

    def csv(self) -> str:
        """Return the table as CSV, numbers in full."""
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerows([self.columns, *self.rows])
        return text.getvalue()


def printed(
    title: str, names: Sequence[str], numbers: Iterable[str], rows: Iterable[Sequence[Cell]]
) -> TableBlock:
    """Return a table for people.

    Args:
        title: What it shows.
        names: What heads the columns of names, which come first.
        numbers: What heads the columns of numbers.
        rows: The cells.
    """
    columns = [*(Column(one, "text") for one in names), *numbers]
    return TableBlock(columns, [[*map(shown, row)] for row in rows], title=f"{title}.")
