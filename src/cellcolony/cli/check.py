"""`cellcolony check`: look at files, train nothing."""

from __future__ import annotations

import shlex
import sys
from dataclasses import asdict

from cellcolony.cli.options import CsvOptions, SeriesOptions
from cellcolony.cli.printing import print_parts, print_text


def check(
    files: list[str],
    /,
    *,
    series: SeriesOptions,
    csv: CsvOptions = CsvOptions(),
) -> None:
    """Look at files as a search would, and say what was understood of them; nothing is trained.

    It prints a line for each column of the first file: what it is, how much of it is missing, its
    range, and its course, each sign the mean of as many rows. Then follow what was found with its
    cure, or, where nothing was, the command to run next.

    Args:
        files: Files as `cellcolony search` takes them.
        series: What would be forecast, from what.
        csv: How the files are written.
    """
    from cellcolony.report.blocks import Facts
    from cellcolony.report.raw_columns import raw_columns
    from cellcolony.report.sections.data import forecast_facts
    from cellcolony.report.terminal import render
    from cellcolony.tasks.findings import Findings
    from cellcolony.tasks.patterns import expand
    from cellcolony.tasks.readings import find_readings, read_as
    from cellcolony.tasks.table_files import read_table
    from cellcolony.tasks.tables import CsvFormat

    paths = expand(files, Findings())
    table = read_table(paths[0], CsvFormat(**asdict(csv)), Findings()) if paths else None
    roles = dict.fromkeys(series.target, "target")
    roles |= dict.fromkeys(series.time, "time")
    roles |= dict.fromkeys(series.ignore, "ignored")
    if table is not None:
        apart = *series.ignore, *series.time, series.series
        readings = find_readings([table], lambda name: name not in apart, Findings())
        table = read_as(table, readings, Findings())
        print_parts(render([raw_columns(table, roles)]))
    task = series.read(files, csv)
    print_parts(render([Facts(forecast_facts(task.summary()))]))
    words = shlex.join(sys.argv[2:])
    print_text(f"\nNothing was found amiss. To go on:\n  cellcolony search {words}\n")
