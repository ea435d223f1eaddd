"""What was understood of the data, as the first lines of a report."""

from __future__ import annotations

from pathlib import Path

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from cellcolony.tasks.summary import FileSummary, Summary
from cellcolony.wording import count, name, names

SPLITS = {"train": "train on", "valid": "choose on", "test": "test on"}


def data_table(data: Summary) -> RenderableType:
    """Return what a report says first, one fact a line."""
    table = Table.grid(padding=(0, 2))
    for label, fact in facts(data):
        table.add_row(Text(label), Text(fact))
    return table


def facts(data: Summary) -> list[tuple[str, str]]:
    """Return labels and facts on the files, the columns and the splits."""
    step = f", {data.step} apart" if data.step else ""
    scaled = f"scaled by {data.scale}" if data.scale != "none" else "not scaled"
    inputs = f"{count(len(data.inputs), 'column')}: {names(data.inputs)}"
    found = [
        ("data", f"{count(len(data.files), 'file')}, {count(data.n_rows, 'row')}{step}"),
        ("forecast", f"{names(data.targets)}, {count(data.horizon, 'row')} ahead"),
        ("from", f"{inputs}; {scaled}"),
    ]
    if data.left_out:
        found.append(("left out", names(data.left_out)))
    if data.time:
        found.append(("time", name(data.time)))
    if data.missing:
        share = f"{100 * data.missing:.2f} %"
        found.append(("missing", f"{share} of the values, filled by {data.fill}"))
    for split, purpose in SPLITS.items():
        files = [file for file in data.files if split in file.splits]
        rows = count(data.n_scored[split], "row")
        found.append((purpose, f"{rows}: {_place(files, split)}"))
    return found


def _place(files: list[FileSummary], split: str) -> str:
    shown = names([Path(file.name).name for file in files])
    if all(file.splits[split] == (0, file.n_rows) for file in files):
        return shown
    if len(files) == 1:
        start, stop = files[0].splits[split]
        return f"rows {start:,} to {stop - 1:,} of {shown}"
    return f"a part of each of {shown}"
