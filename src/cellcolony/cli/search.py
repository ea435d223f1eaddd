"""`cellcolony search`: find a network that forecasts columns of CSV files."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from cyclopts import App

from cellcolony.cli.cells import name_cells
from cellcolony.cli.choosing import METHOD, at_commas, with_settings
from cellcolony.cli.options import CsvOptions, RunOptions, SeriesOptions
from cellcolony.cli.preset import fill_in_preset
from cellcolony.cli.running import place_for, run_study


def _search(
    files: list[str],
    /,
    *,
    series: SeriesOptions,
    preset: str | None = None,
    method: str = METHOD,
    judge: str | None = None,
    protocol: str | None = None,
    draws: int | None = None,
    control: str | None = None,
    rivals: list[str] | None = None,
    start_from: tuple[str, ...] = (),
    run: RunOptions = RunOptions(),
    csv: CsvOptions = CsvOptions(),
    settings: Any = None,
    judge_settings: Any = None,
) -> None:
    """Search for a recurrent network that forecasts columns of CSV or Parquet files.

    Args:
        files: Training files, or patterns in quotes: one series each, with a header.
        series: What is forecast, from what.
        preset: Settings under a name, such as paper, or a TOML file of your own: those of the
            method, the protocol and the scale that the command line does not give. `cellcolony list
            presets` tells the names.
        method: The method of search; its settings are options too: see `--method NAME --help`, and
            `cellcolony list methods`.
        judge: How much training a candidate gets: see `cellcolony list judges`. Without, what suits
            the method: one whole training, or none where the method evolves the weights.
        protocol: How networks are trained: modern, or paper as published. Without, as the preset
            says, or modern.
        draws: From how many draws of first weights each network is trained, side by side; the best
            on validation counts. For a protocol of whole series, as --protocol paper: eight draws
            of a small network take less than twice the time of one.
        control: random: afterwards let random search over the same space have as much time, or try
            as many candidates where the budget counts them. off, for the method taps: the same
            with the search off. Both with a comma between.
        rivals: Whom to compare with, by name, such as ridge,GRU or examm,neat,fixed. Other methods
            of search get as much training as the search, and stand beside all of `cellcolony list
            rivals`, the usual ones. May be repeated.
        start_from: Begin with the best network of another run, such as runs/a; with its 20 best as
            runs/a:20; or with a file such as runs/a/champions/12/genome.json. Columns are told by
            their names. May be repeated.
        run: How long to search, and where to.
        csv: How the files are written.
        settings: The settings of the method.
        judge_settings: The settings of the judge.
    """
    from cellcolony.networks.protocol import Protocol
    from cellcolony.networks.protocol import protocol as protocol_named
    from cellcolony.runs.studies import study_of
    from cellcolony.search.presets import preset as preset_named

    out = place_for(run.out, run.seeds)
    start = preset_named(preset or "default")  # the method has its settings: see `cli/preset.py`
    usual = start.training if preset or method == METHOD else Protocol()
    training = usual if protocol in (None, usual.name) else protocol_named(protocol)
    if draws is not None:
        training = replace(training, draws=draws)
    task = series.read(
        files, csv, start.scale or "zscore", start.calendar, holds_out_test=start.holds_out_test
    )
    study = study_of(
        task,
        settings,
        training=training,
        judge=judge_settings,
        control=control,
        rivals=at_commas(rivals or ()),
        start_from=start_from,
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
    command.default(with_settings(_search, words))
    return command
