"""What was understood of the data, as the first lines of a report."""

from __future__ import annotations

from pathlib import Path

from cellcolony.report.blocks import Block, Column, Facts, Folded, Paragraph, TableBlock
from cellcolony.report.sections import section
from cellcolony.runs.result import Result
from cellcolony.tasks.summary import FileSummary, Summary
from cellcolony.wording import count, name, names

MOST_COLUMNS = 300
"""Column names that are listed."""
SPLITS = {"train": "train on", "valid": "choose on", "test": "test on"}


@section("data", "Data", order=80, on=("page", "show"))
def data(result: Result) -> list[Block]:
    """Return what was understood of the data; files and columns fold away."""
    summary = result.data
    listed = ", ".join(name(column) for column in summary.inputs[:MOST_COLUMNS])
    more = len(summary.inputs) - MOST_COLUMNS
    listed += f" and {more:,} more" if more > 0 else ""
    return [
        Facts(facts(summary)),
        Folded(f"The {count(len(summary.inputs), 'input')}", [Paragraph(listed)]),
        Folded(f"The {count(len(summary.files), 'file')}", [_files(summary)]),
    ]


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


def _files(summary: Summary) -> TableBlock:
    columns = [Column("file", "name"), "rows"]
    columns += [Column(title, "text") for title in ("train", "validation", "test")]
    rows = [
        [Path(file.name).name, f"{file.n_rows:,}", *(_part(file, split) for split in SPLITS)]
        for file in summary.files
    ]
    return TableBlock(columns, rows)


def _part(file: FileSummary, split: str) -> str:
    if split not in file.splits:
        return ""
    start, stop = file.splits[split]
    return "all" if (start, stop) == (0, file.n_rows) else f"{start:,} to {stop - 1:,}"
