"""`cellcolony search`: find a network that forecasts columns of CSV files."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any, Literal

from cyclopts import App

from cellcolony.cli.cells import name_cells
from cellcolony.cli.choosing import METHOD, at_commas, method_of_search, with_settings
from cellcolony.cli.options import CsvOptions, RunOptions
from cellcolony.cli.preset import fill_in_preset
from cellcolony.cli.running import place_for, run_study


def _search(
    files: list[str],
    /,
    *,
    target: list[str],
    valid: list[str] | None = None,
    test: list[str] | None = None,
    inputs: list[str] | None = None,
    ignore: list[str] | None = None,
    time: str | None = None,
    calendar: bool | None = None,
    horizon: int = 1,
    scale: Literal["minmax", "zscore", "unit", "none"] | None = None,
    fill: Literal["previous", "interpolate"] | None = None,
    preset: str | None = None,
    method: str = METHOD,
    judge: str | None = None,
    protocol: str | None = None,
    control: str | None = None,
    rivals: list[str] | None = None,
    run: RunOptions = RunOptions(),
    csv: CsvOptions = CsvOptions(),
    settings: Any = None,
    judge_settings: Any = None,
) -> None:
    """Search for a recurrent network that forecasts columns of CSV or Parquet files.

    Args:
        files: Training files, or patterns in quotes: one series each, with a header.
        target: A column to forecast. May be repeated.
        valid: A file or pattern to choose on. Without, the last 15 % of each training file. May be
            repeated.
        test: A file or pattern to touch once, at the end. Without, the last 15 % of each training
            file; under a preset that holds out none, such as paper, there is then no test where
            `--valid` is given. May be repeated.
        inputs: A column to read. Without, all columns that hold numbers. May be repeated.
        ignore: A column not to read. May be repeated.
        time: A column of times: never an input, and its steps must be equal.
        calendar: Read hour, weekday and month of the row that is forecast from the column of times.
            Without, as the preset says, or yes, if it holds dates at most a day apart.
        horizon: How many rows ahead to forecast.
        scale: How columns are scaled, fitted on the training rows; unit leaves columns that all lie
            in [0, 1] as they are, and is minmax for others. Without, as the preset says, or zscore.
        fill: How missing values are filled. Without, they are refused.
        preset: Settings under a name, such as paper, or a TOML file of your own: those of the
            method, the protocol and the scale that the command line does not give. `cellcolony list
            presets` tells the names.
        method: The method of search; its settings are options too: see `--method NAME --help`, and
            `cellcolony list methods`.
        judge: How much training a candidate gets: see `cellcolony list judges`. Without, what suits
            the method: one whole training, or none where the method evolves the weights.
        protocol: How networks are trained: modern, or paper as published. Without, as the preset
            says, or modern.
        control: random: afterwards let random search over the same space have as much time, or try
            as many candidates where the budget counts them. off, for the method taps: the same
            with the search off. Both with a comma between.
        rivals: Whom to compare with, by name, such as ridge,GRU or examm,neat,fixed. Other methods
            of search get as much training as the search, and stand beside all of `cellcolony list
            rivals`, the usual ones. May be repeated.
        run: How long to search, and where to.
        csv: How the files are written.
        settings: The settings of the method.
        judge_settings: The settings of the judge.
    """
    from cellcolony.networks.protocol import Protocol
    from cellcolony.runs.studies import study_of
    from cellcolony.search.presets import preset as preset_named
    from cellcolony.tasks.forecast import Forecast

    out = place_for(run.out, run.seeds)
    start = preset_named(preset or "default")  # the method has its settings: see `cli/preset.py`
    usual = start.training if preset or method == METHOD else Protocol()
    task = Forecast.from_csv(
        files,
        target,
        inputs=inputs,
        valid=valid or (),
        test=test or (),
        horizon=horizon,
        scale=scale or start.scale or "zscore",
        holds_out_test=start.holds_out_test,
        calendar=start.calendar if calendar is None else calendar,
        ignore=ignore or (),
        time=time,
        fill=fill,
        **asdict(csv),
    )
    study = study_of(
        task,
        settings,
        training=protocol or usual,
        judge=judge_settings,
        control=control,
        rivals=at_commas(rivals or ()),
        **run.of_study,
    )
    run_study(study, out=out, **run.of_run(start.budget))


def search(words: Sequence[str]) -> App:
    """Return the command, with the options of the method and the judge that the words name.

    Where they name no method, it is that of the preset.

    Raises:
        ConfigError: There is no such method, judge or preset.
    """
    command = App(
        name="search", help_format="markdown", config=(fill_in_preset, name_cells)
    )  # fmt: skip
    command.default(with_settings(_search, words, method_of_search(words)))
    return command
