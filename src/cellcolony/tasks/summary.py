"""What was understood of the data, for the first screen and the report."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

from cellcolony.settings import Amount, Count, Rule, Words, record, settings
from cellcolony.tasks.lags import LagMenu
from cellcolony.tasks.recording import Recording
from cellcolony.tasks.settings import ForecastSettings
from cellcolony.tasks.splits import HISTORY_ROWS, SPLITS, Splits
from cellcolony.tasks.steps import told
from cellcolony.wording import count

Rows = Annotated[tuple[Count, Count], Words("the first row and the row after the last")]


@settings
class FileSummary:
    """One file, or one series of a file that holds several.

    Attributes:
        name: The file or frame.
        n_rows: Its rows.
        splits: For each split that it takes part in, the first of its rows and the row after the
            last, counted from 0 below the header.
        series: Which series of the file it is, where one holds several; the name then ends in it.
    """

    name: str
    n_rows: Count
    splits: Annotated[Mapping[str, Rows], Rule(set(SPLITS).issuperset, "name splits")]
    series: str | None = None

    @property
    def file(self) -> str:
        """The name of the file that it stands in."""
        return self.name if self.series is None else self.name.removesuffix(f", {self.series}")

    @property
    def label(self) -> str:
        """What it is called among others: its series, or its file without the folders."""
        return Path(self.name).name if self.series is None else self.series


@settings
class Summary:
    """A forecast task in numbers and names.

    Attributes:
        files: Every file, training first, then validation, then test.
        n_rows: The rows of all files.
        inputs: The columns that are read.
        targets: The columns that are predicted.
        left_out: The columns that are not used.
        horizon: How many rows ahead a target lies.
        first: How many the first of several does that have an output each; None for one.
        time: The column of times, or None.
        step: The time from one row to the next, or None where no column tells it.
        missing: The share of missing values among the used columns, before they were filled.
        fill: How they were filled, or None.
        scale: How columns are scaled.
        n_scored: How many rows are trained on ("train") and scored ("valid", "test").
        periods: After how many rows the targets come back to about the same, as found in the
            training rows.
        history: How many earlier rows a scored row has.
        remarks: What a user should know of the data, although it is no fault.
    """

    files: tuple[FileSummary, ...]
    n_rows: Count
    inputs: tuple[str, ...]
    targets: tuple[str, ...]
    left_out: tuple[str, ...]
    horizon: Count
    missing: Amount
    scale: str
    n_scored: Annotated[
        Mapping[str, Count], Rule(set(SPLITS).issubset, f"count the rows of {', '.join(SPLITS)}")
    ]
    time: str | None = None
    step: str | None = None
    fill: str | None = None
    periods: tuple[Count, ...] = ()
    history: Count = HISTORY_ROWS
    remarks: tuple[str, ...] = ()
    first: Count | None = None

    @property
    def ahead(self) -> str:
        """How far ahead is forecast: "1 row", "1 to 12 rows"."""
        return told(self.horizon, self.first)

    @property
    def n_series(self) -> str:
        """How many series there are, and in how many files: "3 files", "12 series of 2 files"."""
        n_files = count(len({file.file for file in self.files}), "file")
        if all(file.series is None for file in self.files):
            return n_files
        return f"{len(self.files):,} series of {n_files}"

    @staticmethod
    def from_dict(plain: Mapping[str, Any], where: str) -> Summary:
        """Read what `dataclasses.asdict` made of a summary; what is None is left out.

        Args:
            plain: Plain values, with lists for tuples.
            where: What they are called in an error.

        Raises:
            ConfigError: A value is missing, or cannot be.
        """
        return record(Summary, plain, where)


def summarize(
    recordings: Sequence[Recording],
    splits: Splits,
    settings: ForecastSettings,
    step: str | None,
    n_scored: dict[str, int],
    lags: LagMenu,
    remarks: tuple[str, ...] = (),
) -> Summary:
    """Return the summary of a task."""
    columns = recordings[0].columns
    files = tuple(
        FileSummary(
            recording.name,
            recording.n_rows,
            {
                split: (piece.start, piece.stop)
                for split in SPLITS
                for piece in splits[split]
                if piece.recording == i
            },
            recording.series,
        )
        for i, recording in enumerate(recordings)
    )
    n_rows = sum(recording.n_rows for recording in recordings)
    n_missing = sum(int(gaps.sum()) for r in recordings for gaps in r.was_missing.values())
    return Summary(
        files=files,
        n_rows=n_rows,
        inputs=columns.inputs,
        targets=columns.targets,
        left_out=columns.left_out,
        horizon=settings.horizon,
        time=columns.time,
        step=step,
        missing=n_missing / (n_rows * len(columns.used)),
        fill=settings.fill,
        scale=settings.scale,
        n_scored=n_scored,
        periods=lags.periods,
        history=lags.history,
        remarks=remarks,
        first=settings.first,
    )
