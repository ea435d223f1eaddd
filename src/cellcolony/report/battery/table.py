"""Tables that are printed for people and written as CSV for programs."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass

from rich.table import Table as Printed

from cellcolony.report.tables import plain_table
from cellcolony.wording import number

Cell = str | int | float | None


@dataclass(frozen=True)
class Table:
    """A table of names and numbers.

    Attributes:
        file: The name of its CSV file.
        title: What it shows, as a line above it.
        columns: What heads each column; the first `n_names` hold names.
        rows: A cell for each column; None where there is nothing to say.
        n_names: How many columns hold names.
        printed_columns: What heads each column of the printed form, where it is another one.
        printed_rows: The rows of that form.
    """

    file: str
    title: str
    columns: tuple[str, ...]
    rows: Sequence[tuple[Cell, ...]]
    n_names: int = 1
    printed_columns: tuple[str, ...] = ()
    printed_rows: Sequence[tuple[Cell, ...]] = ()

    def printed(self) -> Printed:
        """Return the table for a terminal, numbers with four digits that count."""
        table = plain_table(*(self.printed_columns or self.columns))
        for column in table.columns[: self.n_names]:
            column.justify, column.no_wrap, column.overflow = "left", False, "fold"
        for row in self.printed_rows if self.printed_columns else self.rows:
            table.add_row(*(shown(cell) for cell in row))
        return table

    def csv(self) -> str:
        """Return the table as CSV, numbers in full."""
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(self.columns)
        writer.writerows(["" if cell is None else cell for cell in row] for row in self.rows)
        return text.getvalue()


def shown(cell: Cell) -> str:
    """Return a cell for a person: whole numbers in full, measures with four digits that count."""
    if isinstance(cell, str):
        return cell
    return f"{cell:,}" if isinstance(cell, int) else number(cell)
