"""`cellcolony predict`: forecast a file with a network of a run."""

from __future__ import annotations

from dataclasses import asdict
from io import StringIO
from pathlib import Path
from typing import Literal

from cellcolony.cli.options import CsvOptions
from cellcolony.cli.printing import print_text, range_warnings_told
from cellcolony.errors import ConfigError


def predict(
    run: Path,
    file: Path,
    /,
    *,
    out: Path | None = None,
    network: int | Literal["ensemble"] | None = None,
    steps: int | None = None,
    known: tuple[str, ...] = (),
    interval: float | None = None,
    csv: CsvOptions = CsvOptions(),
) -> None:
    """Forecast every row of a CSV file with the best network of a run.

    The output has a line for each row: its number, from 0, its time where the run was given
    `--time`, and in the column `y[t+1]` what `y` is
    expected to be 1 row later, in its own units. The last line forecasts beyond the end. Columns
    that leave the range of the training rows are warned of on standard error.

    Args:
        run: The run directory.
        file: A file with the columns that the run was trained on; its first row begins a series.
        out: The file to write, over what it held. Without, standard output.
        network: The number of another network of the front, or ensemble: the mean of several.
        steps: Forecast so many rows beyond the file's end instead, each from the forecasts before
            it. Every input must be a target, of the calendar, or known. The output has a line for
            each row, counted on from the file's, with its time where the run was given `--time`.
            Where it was given `--series`, each series goes on, and its rows are counted.
        known: An input whose values beyond the last row are known, such as a price or a plan: the
            file has rows for them at its end, whose targets are empty. May be repeated.
        interval: The share of what comes that is to lie between the columns y_low and y_high,
            such as 0.9. Intervals come from the errors on validation, and follow those that the
            file's own rows tell.
        csv: How the file is written.
    """
    from cellcolony.report.forecasts import write_forecasts, write_future
    from cellcolony.runs.open import open_run
    from cellcolony.tasks.table_files import load_table
    from cellcolony.tasks.tables import CsvFormat

    if out is not None and out.exists() and out.samefile(file):
        raise ConfigError(f"`out` must be another file than the one that is read. Got {out}.")
    result = open_run(run)
    table = load_table(file, CsvFormat(**asdict(csv)))
    to = StringIO() if out is None else out
    with range_warnings_told():
        if steps is None:
            timing, times = result.transform.timing, None
            forecasts = result.predict(table, network, interval)
            if timing is not None and timing.every is not None:
                forecasts = forecasts.reset_index()  # lines are no rows of the file
            elif timing is not None:
                times = timing.clock.written_in(table)
            write_forecasts(forecasts, to, times)
        else:
            write_future(result.forecast(table, steps, network, known, interval), to)
    if isinstance(to, StringIO):
        print_text(to.getvalue())
