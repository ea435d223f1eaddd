"""Forecast new rows with a trained network: one ahead of each row, or many beyond the last."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cellcolony.errors import ConfigError, DataError, RunError
from cellcolony.networks.genome import Network
from cellcolony.networks.stepper import Stepper
from cellcolony.networks.train import predict
from cellcolony.runs.conformal.adaptive import half_widths
from cellcolony.runs.conformal.residuals import Calibration
from cellcolony.runs.departures import warn_of
from cellcolony.tasks.findings import shown
from cellcolony.tasks.tables import Table
from cellcolony.tasks.transform import Prepared, Transform

MOST_NAMED = 5
"""Columns that an error names."""

Relied = Callable[[], Mapping[str, float]]
"""Returns by what share the validation error rises when a column is shuffled, by column."""


@dataclass(frozen=True)
class Asked:
    """The intervals that are wanted beside forecasts.

    Attributes:
        level: The share of what comes that is to lie within.
        calibration: The network's errors on validation.
        history: How many rows of a series pass before the network's errors count.
    """

    level: float
    calibration: Calibration
    history: int


def forecast_rows(
    network: Network,
    transform: Transform,
    residual: bool,
    data: pd.DataFrame | Table,
    relied: Relied = dict,
    asked: Asked | None = None,
) -> pd.DataFrame:
    """Forecast every row of a table that begins a series: see `Result.predict`."""
    tables, found = transform.tables(data), []
    for table in tables:
        prepared = transform.prepare(table, residual)
        _warn_of_departures(network, prepared, relied)
        outputs = predict(network, np.ascontiguousarray(prepared.inputs))
        own = transform.unscale(outputs, prepared.base)
        found.append(own if asked is None else _with_ends(own, transform, table, asked))
    forecasts = np.concatenate(found)
    columns = ahead(transform) if asked is None else with_ends(ahead(transform), transform.targets)
    timing = transform.timing
    if timing is not None and timing.every is not None:
        times = pd.concat([table.column(timing.clock.column) for table in tables])
        return pd.DataFrame(forecasts, index=pd.Index(times), columns=columns)
    if len(tables) > 1:  # back to the order of the rows
        places = [table.rows for table in tables if table.rows is not None]
        forecasts = forecasts[np.argsort(np.concatenate(places))]
    index = data.frame.index if isinstance(data, Table) else data.index
    return pd.DataFrame(forecasts, index=index, columns=columns)


def _with_ends(
    forecasts: NDArray[np.float64], transform: Transform, table: Table, asked: Asked
) -> NDArray[np.float64]:
    """Return forecasts of every row of a series, each target's followed by its interval's ends.

    The errors that the rows themselves tell count too, `horizon` rows after their forecast, where
    the target stands in the table and was measured.

    Args:
        forecasts: `(rows, n_targets)`; row t predicts t + horizon.
        transform: What is forecast, and how far ahead.
        table: The rows.
        asked: The intervals.

    Returns:
        `(rows, 3 * n_targets)`.
    """
    horizon, n_rows = transform.horizon, len(forecasts)
    rows, columns = np.arange(horizon, horizon + n_rows), []
    for i, target in enumerate(transform.targets):
        own, width = forecasts[:, i], float(transform.target_scaling.width[i])
        errors = np.full(n_rows, np.nan)
        if target in table.frame.columns and n_rows > horizon:
            errors[:-horizon] = (table.numbers(target)[horizon:] - own[:-horizon]) / width
        errors[: asked.history] = np.nan
        calibration = asked.calibration.residuals[:, i].astype(np.float64)
        half = half_widths(calibration, errors, rows, horizon, asked.level).half * width
        columns += [own, own - half, own + half]
    return np.stack(columns, 1)


def with_ends(columns: Sequence[str], targets: Sequence[str]) -> list[str]:
    """Return the names of columns, each with those of its interval's ends: `y_low`, `y_high`."""
    pairs = zip(columns, targets, strict=True)
    return [
        name for column, target in pairs for name in (column, f"{target}_low", f"{target}_high")
    ]


def ahead(transform: Transform) -> list[str]:
    """Return the names of forecasts that stand in the rows they are made from: `y[t+1]`."""
    return [f"{target}[t+{transform.horizon}]" for target in transform.targets]


def forecast_beyond(
    network: Network,
    transform: Transform,
    residual: bool,
    data: pd.DataFrame | Table,
    n_steps: int,
    relied: Relied = dict,
) -> pd.DataFrame:
    """Forecast the rows that follow a table: predictions are fed back as if they were measured.

    Row i is what the network predicts from row i - horizon, whether that was measured or is itself
    predicted.

    Args:
        network: A trained network.
        transform: Which columns it reads and predicts.
        residual: Whether its outputs are added to the targets' own values.
        data: The rows so far; the first begins the series.
        n_steps: How many rows to forecast.
        relied: Is asked how much the network relies on columns that leave their training range.

    Returns:
        A column for each target in its own units; the index counts on from the table's rows.

    Raises:
        ConfigError: `n_steps` is less than 1, an input is no target, or the data hold several
            series.
        DataError: The data cannot be used, or have fewer rows than the horizon.
        RunError: The forecasts leave the range of numbers.
    """
    if isinstance(n_steps, bool) or not isinstance(n_steps, int) or n_steps < 1:
        raise ConfigError(f"`steps` must be a whole number of at least 1. Got {n_steps!r}.")
    _check_inputs(transform)
    horizon = transform.horizon
    tables = transform.tables(data)
    if len(tables) > 1:
        raise ConfigError(
            f"`steps` goes on with one series, and the data hold {len(tables):,}, told apart by "
            f"{shown(transform.series)}. Give the rows of one of them."
        )
    prepared = transform.prepare(tables[0], residual)
    if len(prepared.inputs) < horizon:
        raise DataError(
            [f"The data have {len(prepared.inputs)} rows. Give at least {horizon}, the horizon."]
        )
    _warn_of_departures(network, prepared, relied)
    stepper = Stepper(network)
    known = transform.unscale(stepper.run(prepared.inputs), prepared.base)
    future = known[-horizon:]  # (rows so far, n_targets)
    order = [transform.targets.index(name) for name in transform.inputs]
    fed = 0
    with np.errstate(over="ignore", invalid="ignore"):  # what is not finite is refused below
        while len(future) < n_steps:
            block = future[fed : fed + horizon]
            inputs = transform.input_scaling.scaled(block[:, order]).astype(np.float32)
            outputs = transform.unscale(stepper.run(inputs), block if residual else None)
            future = np.concatenate([future, outputs])
            fed += len(block)
    wrong = ~np.isfinite(future[:n_steps]).all(1)
    if wrong.any():
        raise RunError(
            f"The forecasts leave the range of numbers after {int(wrong.argmax())} steps: "
            f"this network cannot be fed its own predictions for {n_steps} steps."
        )
    n_rows = len(tables[0].frame)
    index = pd.RangeIndex(n_rows, n_rows + n_steps)
    return pd.DataFrame(future[:n_steps], index=index, columns=list(transform.targets))


def _warn_of_departures(network: Network, prepared: Prepared, relied: Relied) -> None:
    """Warn where a column that the network reads leaves its training range."""
    read = {node.name for node in network.inputs if node.id in network.live}
    if departures := [one for one in prepared.departures if one.column in read]:
        # Above this function stand a forecast, the method of `Result`, and who called that.
        warn_of(departures, len(prepared.inputs), relied(), stacklevel=4)


def _check_inputs(transform: Transform) -> None:
    others = [name for name in transform.inputs if name not in transform.targets]
    if others:
        named = ", ".join(shown(name) for name in others[:MOST_NAMED])
        more = f" and {len(others) - MOST_NAMED} more" if len(others) > MOST_NAMED else ""
        raise ConfigError(
            f"`steps` feeds predictions back, so every input must be a target, and {named}{more} "
            f"{'is none' if len(others) == 1 else 'are none'}. Search with those as `--target` "
            f"too, or with fewer `--inputs`."
        )
