"""`cellcolony search`: find a network that forecasts columns of CSV files."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Literal

from cyclopts import Parameter

from cellcolony.cli.options import CsvOptions, RunOptions
from cellcolony.cli.running import new_run_path, run_search
from cellcolony.search.ants import AntSwarm


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
    scale: Literal["minmax", "zscore", "none"] | None = None,
    fill: Literal["previous", "interpolate"] | None = None,
    preset: str | None = None,
    protocol: str | None = None,
    order: Literal["arrival", "strict"] = "arrival",
    seeds: int = 1,
    against: Literal["random"] | None = None,
    run: RunOptions = RunOptions(),
    csv: CsvOptions = CsvOptions(),
    ants: Annotated[AntSwarm, Parameter(name="*", group="Ant colony")] = AntSwarm(),
) -> None:
    """Search for a recurrent network that forecasts columns of CSV or Parquet files.

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
        scale: How columns are scaled, fitted on the training rows. Without, as the preset says, or
            zscore.
        fill: How missing values are filled. Without, they are refused.
        preset: Settings under a name, such as paper, or a TOML file of your own: those of the
            colony, the protocol and the scale that the command line does not give. `cellcolony list
            presets` tells the names.
        protocol: How networks are trained: modern, or paper as published. Without, as the preset
            says, or modern.
        order: How results are told to the colony; strict is the same for any number of workers.
        seeds: How many searches, with the seeds --seed, --seed + 1 and so on; each has the whole
            budget. More than one are written to folders seed-0, seed-1 ... of --out.
        against: Afterwards let random search over the same superstructure try as many networks.
        run: How long to search, and where to.
        csv: How the files are written.
        ants: The settings of the colony.
    """
    from cellcolony.runs.budget import Budget
    from cellcolony.runs.directory import refuse_existing
    from cellcolony.search.presets import preset as preset_named
    from cellcolony.tasks.forecast import Forecast

    limits = Budget.parse(run.budget or "200 networks")
    out = new_run_path() if run.out is None else run.out
    refuse_existing(out)
    start = preset_named(preset or "default")  # the colony has its settings: see `cli/preset.py`
    task = Forecast.from_csv(
        files,
        target,
        inputs=inputs,
        valid=valid or (),
        test=test or (),
        horizon=horizon,
        scale=scale or start.scale or "zscore",
        ignore=ignore or (),
        time=time,
        fill=fill,
        **asdict(csv),
    )
    run_search(
        task,
        ants,
        run,
        seeds,
        budget=limits,
        out=out,
        protocol=protocol or start.protocol,
        order=order,
        against=against,
    )
