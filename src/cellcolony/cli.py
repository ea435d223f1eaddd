"""The command line: each command reads its options, calls the library and prints."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from cyclopts import App, CycloptsError, Parameter
from rich.console import Console, RenderableType

import cellcolony
from cellcolony.errors import CellcolonyError, ConfigError
from cellcolony.search.ants import AntSwarm

if TYPE_CHECKING:
    from cellcolony.tasks.forecast import Forecast

ERROR, INTERRUPTED = 2, 130
LOG_WIDTH = 110
"""Characters of a line of a report that goes to a file or a pipe."""

app = App(
    name="cellcolony",
    help="Evolve memory cells, and the recurrent networks that they form.",
    version=f"cellcolony {cellcolony.__version__}",
    default_parameter=Parameter(negative_iterable=()),
    result_action="return_value",
    suppress_keyboard_interrupt=False,
)


@Parameter(name="*")
@dataclass(frozen=True)
class RunOptions:
    """How long to search, and where to.

    Attributes:
        budget: When to end the search: 200networks, 10min, 90s, 2h or 'loss<0.01'. May be repeated;
            the first to be reached counts. Neither compiling nor the scores at the end do.
        seed: The same seed on one worker, or in strict order, is the same search.
        workers: How many networks train at once. Without, one for each processor core.
        out: The run directory to write; it must not exist. Without, `search` writes to runs/ with
            date and time, and `demo` writes nothing.
    """

    budget: tuple[str, ...] = ()
    seed: int = 0
    workers: int | None = None
    out: Path | None = None


@Parameter(name="*", group="Files")
@dataclass(frozen=True)
class CsvOptions:
    """How the files are written.

    Attributes:
        sep: The character between fields; tab for a tab.
        decimal: The decimal mark.
        encoding: The encoding, such as latin-1.
        na: What a missing value is written as, beside the usual. May be repeated.
    """

    sep: str = ","
    decimal: str = "."
    encoding: str = "utf-8"
    na: tuple[str, ...] = ()


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit status: 0, 2 for an error, 130 for Ctrl-C."""
    try:
        app(arguments, exit_on_error=False, print_error=False)
        sys.stdout.flush()
    except CycloptsError as error:
        return _fail(f"{error} See --help.")
    except BrokenPipeError:  # whoever read our output has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return ERROR
    except (CellcolonyError, OSError) as error:
        return _fail(str(error))
    except KeyboardInterrupt:
        print("Interrupted.", file=sys.stderr)
        return INTERRUPTED
    return 0


@app.command
def search(
    files: list[str],
    /,
    *,
    target: list[str],
    valid: list[str] | None = None,
    test: list[str] | None = None,
    inputs: list[str] | None = None,
    ignore: list[str] | None = None,
    time: str | None = None,
    horizon: int = 1,
    scale: Literal["minmax", "zscore", "none"] = "zscore",
    fill: Literal["previous", "interpolate"] | None = None,
    protocol: str = "modern",
    order: Literal["arrival", "strict"] = "arrival",
    run: RunOptions = RunOptions(),
    csv: CsvOptions = CsvOptions(),
    ants: Annotated[AntSwarm, Parameter(name="*", group="Ant colony")] = AntSwarm(),  # noqa: B008
) -> None:
    """Search for a recurrent network that forecasts columns of CSV files.

    Args:
        files: Training files, or patterns in quotes: one series each, with a header.
        target: A column to forecast. May be repeated.
        valid: A file or pattern to choose on. Without, the last 15 % of each training file. May be
            repeated.
        test: A file or pattern to touch once, at the end. Without, the last 15 % of each training
            file. May be repeated.
        inputs: A column to read. Without, all columns that hold numbers. May be repeated.
        ignore: A column not to read. May be repeated.
        time: A column of times: never an input, and its steps must be equal.
        horizon: How many rows ahead to forecast.
        scale: How columns are scaled, fitted on the training rows.
        fill: How missing values are filled. Without, they are refused.
        protocol: How networks are trained: modern, or paper as published.
        order: How results are told to the colony; strict is the same for any number of workers.
        run: How long to search, and where to.
        csv: How the files are written.
        ants: The settings of the colony.
    """
    from cellcolony.runs.budget import Budget
    from cellcolony.runs.directory import refuse_existing
    from cellcolony.tasks.forecast import Forecast

    limits = Budget.parse(run.budget or "200 networks")
    out = _new_run() if run.out is None else run.out
    refuse_existing(out)
    task = Forecast.from_csv(
        files,
        target,
        inputs=inputs,
        valid=valid or (),
        test=test or (),
        horizon=horizon,
        scale=scale,
        ignore=ignore or (),
        time=time,
        fill=fill,
        **asdict(csv),
    )
    _search(task, ants, run, budget=limits, out=out, protocol=protocol, order=order)


@app.command
def show(run: Path, /) -> None:
    """Show what a run found, and how it compares with plain rivals.

    Args:
        run: The run directory, of a run that has ended or not.
    """
    from cellcolony.report.data import data_table
    from cellcolony.report.final import final_report
    from cellcolony.runs.stored import open_run

    result = open_run(run)
    _print(data_table(result.data), final_report(result))


@app.command
def predict(
    run: Path,
    file: Path,
    /,
    *,
    out: Path | None = None,
    network: int | None = None,
    csv: CsvOptions = CsvOptions(),
) -> None:
    """Forecast every row of a CSV file with the best network of a run.

    The output has a line for each row: its number, from 0, and in the column `y[t+1]` what `y` is
    expected to be 1 row later, in its own units. The last line forecasts beyond the end.

    Args:
        run: The run directory.
        file: A file with the columns that the run was trained on; its first row begins a series.
        out: The file to write, over what it held. Without, standard output.
        network: The number of another network of the front.
        csv: How the file is written.
    """
    from cellcolony.report.forecasts import write_forecasts
    from cellcolony.runs.stored import open_run
    from cellcolony.tasks.tables import CsvFormat, load_table

    if out is not None and out.exists() and out.samefile(file):
        raise ConfigError(f"`out` must be another file than the one that is read. Got {out}.")
    result = open_run(run)
    table = load_table(file, CsvFormat(**asdict(csv)))
    forecasts = result.predict(table, network)
    write_forecasts(forecasts, result.transform.horizon, sys.stdout if out is None else out)


@app.command
def demo(*, run: RunOptions = RunOptions()) -> None:
    """Search on a chaotic series made on the spot, in less than a minute; needs no file.

    Args:
        run: How long to search, and where to.
    """
    from cellcolony.runs.budget import Budget
    from cellcolony.runs.demonstration import BUDGET, demonstration
    from cellcolony.runs.directory import refuse_existing

    limits = Budget.parse(run.budget or BUDGET)
    if run.out is not None:
        refuse_existing(run.out)
    task, ants, training = demonstration(run.seed)
    _search(task, ants, run, budget=limits, out=run.out, protocol=training)


def _search(task: Forecast, ants: AntSwarm, run: RunOptions, **settings: Any) -> None:
    from cellcolony.report.data import data_table
    from cellcolony.report.final import final_report
    from cellcolony.report.watch import watch
    from cellcolony.runs.evolve import evolve

    workers = _n_cores() if run.workers is None else run.workers
    _print(data_table(task.summary()))
    with watch() as shown:
        result = evolve(
            task, ants, seed=run.seed, workers=workers, on_event=shown.observe, **settings
        )
    _print(final_report(result))


def _print(*parts: RenderableType) -> None:
    width = None if sys.stdout.isatty() else LOG_WIDTH
    console = Console(width=width, markup=False, emoji=False, highlight=False)
    for part in parts:
        console.print(part)
    sys.stdout.flush()  # before what the log writes next


def _fail(message: str) -> int:
    print(f"Error: {message}", file=sys.stderr)
    return ERROR


def _n_cores() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _new_run() -> Path:
    return Path("runs") / f"{datetime.now():%Y-%m-%d_%H-%M-%S}"
