"""What was understood of the data, and all settings of the run."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from cellcolony.cells import label
from cellcolony.report.data import facts as data_facts
from cellcolony.report.html.elements import facts, folded, named, paragraph, table, text
from cellcolony.runs.result import Result
from cellcolony.tasks.summary import FileSummary, Summary
from cellcolony.wording import count, duration

MOST_COLUMNS = 300
"""Column names that are listed."""
SPLITS = ("train", "valid", "test")


def data(result: Result) -> str:
    """Return what was understood of the data; files and columns fold away."""
    summary = result.data
    shown = facts((label, text(fact)) for label, fact in data_facts(summary))
    listed = ", ".join(named(column) for column in summary.inputs[:MOST_COLUMNS])
    more = len(summary.inputs) - MOST_COLUMNS
    listed += f" and {more:,} more" if more > 0 else ""
    return "\n".join(
        [
            shown,
            folded(f"The {count(len(summary.inputs), 'input')}", f"<p>{listed}</p>"),
            folded(f"The {count(len(summary.files), 'file')}", _files(summary)),
        ]
    )


def _files(summary: Summary) -> str:
    header = ["file", " rows", "train", "validation", "test"]
    rows = [
        [
            named(Path(file.name).name),
            f"{file.n_rows:,}",
            *(text(_part(file, split)) for split in SPLITS),
        ]
        for file in summary.files
    ]
    return table(header, rows)


def _part(file: FileSummary, split: str) -> str:
    if split not in file.splits:
        return ""
    start, stop = file.splits[split]
    return "all" if (start, stop) == (0, file.n_rows) else f"{start:,} to {stop - 1:,}"


def settings(result: Result) -> str:
    """Return how the run was made, and every setting of the search and of training."""
    config, outcome = result.config, result.outcome
    run = [
        ("seed", str(config.seed)),
        ("order", config.order),
        ("version", config.version),
        ("data", str(config.data.get("fingerprint", ""))),
    ]
    if outcome is not None:
        run += [
            ("budget", outcome.budget),
            ("workers", str(outcome.workers)),
            ("ended because", outcome.reason),
            ("networks", f"{result.n_done:,}, of which {result.n_failed:,} failed"),
            ("compiling", duration(outcome.compile_seconds)),
            ("search", duration(outcome.search_seconds)),
            ("rivals and scores", duration(outcome.scoring_seconds)),
        ]
    return "\n".join(
        [
            facts((label, text(value)) for label, value in run),
            folded("Settings of the search", _settings(config.search)),
            folded("Settings of training", _settings(config.protocol)),
            paragraph(
                "config.toml in the run directory holds the same, and the scaling.", "remark"
            ),
        ]
    )


def _settings(values: Mapping[str, Any]) -> str:
    return facts((label, text(_plain(value))) for label, value in values.items())


def _plain(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, str):
        return label(value)
    if not isinstance(value, Iterable):
        return str(value)
    if isinstance(value, Mapping):
        return ", ".join(f"{key}: {_plain(member)}" for key, member in value.items())
    return ", ".join(_plain(member) for member in value)
