"""What a battery found: tables for a person and for programs, and a plot."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from rich.console import RenderableType

from cellcolony.report.battery.configurations import configuration_tables
from cellcolony.report.battery.levels import level_tables
from cellcolony.report.battery.plot import plot_battery
from cellcolony.report.battery.table import Table
from cellcolony.report.blocks import Heading, Paragraph
from cellcolony.report.terminal import render
from cellcolony.runs.battery.folder import RESULTS
from cellcolony.runs.battery.plan import Battery
from cellcolony.runs.battery.record import Record
from cellcolony.runs.battery.summary import summaries
from cellcolony.runs.significance import FEWEST_PAIRS
from cellcolony.store.files import write_file
from cellcolony.wording import count, names

PLOT = "battery.svg"
MOST_FAILURES = 10
"""Configurations whose failures are told; of more only the first."""
LEVEL = 0.05
"""Of significance."""


def battery_tables(
    battery: Battery, records: Sequence[Record], split: str = "valid"
) -> tuple[Table, ...]:
    """Return the tables of a battery's finished runs; none without a run.

    Args:
        battery: What was run.
        records: The finished runs.
        split: By whose errors configurations are ranked: "valid" or "test".
    """
    found = summaries(battery, records)
    if not found:
        return ()
    title = battery.title
    levels = level_tables(found, split, title)
    return (*levels, *configuration_tables(found, battery.baseline, title))


def battery_report(
    battery: Battery, records: Sequence[Record], tables: Sequence[Table]
) -> RenderableType:
    """Return what a battery found, for a terminal or a text file."""
    heading = (
        f"Battery {battery.name}: {count(len(battery.configurations), 'configuration')}, "
        f"{len(records):,} of {count(battery.n_runs, 'run')} finished"
    )
    if not battery.budget.is_open:
        heading += f", {battery.budget} each"
    targets = battery.data.targets
    several = " (mean over the targets)" if len(targets) > 1 else ""
    subject = f"Forecast of {names(targets)}{several}" if targets else "Language models"
    lines = map(Paragraph, notes(battery, records))
    blocks = [Heading(heading), Paragraph(subject), *(table.printed for table in tables), *lines]
    return render(blocks)


def write_battery_files(
    battery: Battery, records: Sequence[Record], tables: Sequence[Table], folder: Path
) -> list[Path]:
    """Write the tables as CSV and the plot into a battery's folder; return their paths."""
    for table in tables:
        write_file(folder / table.file, table.csv())
    paths = [folder / table.file for table in tables]
    if plot_battery(summaries(battery, records), battery.baseline, folder / PLOT, battery.title):
        paths.append(folder / PLOT)
    return paths


def notes(battery: Battery, records: Sequence[Record]) -> list[str]:
    """Say what is missing, what failed, and what the numbers cannot show."""
    found = summaries(battery, records)
    failed = [one for one in found if one.failed]
    lines = [
        f"{one.label}: {len(one.failed)} of {count(len(one.records) + len(one.failed), 'run')} "
        f"failed: {one.failed[0].failure}."
        for one in failed[:MOST_FAILURES]
    ]
    if len(failed) > MOST_FAILURES:
        more = count(len(failed) - MOST_FAILURES, "more configuration")
        lines.append(f"Runs of {more} failed: {RESULTS} says why.")
    if failed:
        lines.append(f"To repeat a run that failed, delete its line in {RESULTS} and start again.")
    judged_by = {len(one.records) for one in found if one.records}
    if len(judged_by) > 1:
        lines.append(
            f"Configurations are judged by {min(judged_by)} to {max(judged_by)} runs each: who has "
            "more has more chances of a good best one."
        )
    n_left = battery.n_runs - len(records)
    if n_left:
        lines.append(f"{count(n_left, 'run')} left: start the same battery again to go on.")
    if battery.baseline is not None and battery.repeats < FEWEST_PAIRS:
        lines.append(
            f"Warning: {count(battery.repeats, 'pair')} cannot give a p below "
            f"{2.0 ** (1 - battery.repeats):.3g}: compare on {FEWEST_PAIRS} repeats or more."
        )
    elif battery.baseline is not None and (n_compared := len(battery.configurations) - 1) > 1:
        lines.append(
            f"Each p is of one comparison alone: of {n_compared:,} without any difference, up to "
            f"{LEVEL * n_compared:.2g} on average come out below {LEVEL:g} by chance."
        )
    return lines
