"""Tables for a terminal or a text file."""

from __future__ import annotations

from rich import box
from rich.table import Table


def plain_table(first: str, *others: str) -> Table:
    """Return an empty table: the first column holds names, the others hold numbers."""
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), show_edge=False)
    table.add_column(first, overflow="fold")
    for header in others:
        table.add_column(header, justify="right" if header else "left", no_wrap=True)
    return table
