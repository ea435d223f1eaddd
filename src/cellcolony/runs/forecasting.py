"""Forecast new rows with a trained network: one ahead of each row, or many beyond the last."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cellcolony.errors import ConfigError, DataError, RunError
from cellcolony.networks.genome import Network
from cellcolony.networks.stepper import Stepper
from cellcolony.networks.train import predict
from cellcolony.runs.departures import warn_of
from cellcolony.tasks.findings import shown
from cellcolony.tasks.next_times import next_times
from cellcolony.tasks.tables import Table
from cellcolony.tasks.transform import Prepared, Transform

MOST_NAMED = 5
"""Columns that an error names."""

Relied = Callable[[], Mapping[str, float]]
"""Returns by what share the validation error rises when a column is shuffled, by column."""


def forecast_rows(
    network: Network,
    transform: Transform,
    residual: bool,
    data: pd.DataFrame | Table,
    relied: Relied = dict,
) -> pd.DataFrame:
    """Forecast every row of a table that begins a series: see `Result.predict`."""
    tables, found = transform.tables(data), []
    for table in tables:
        prepared = transform.prepare(table, residual)
        _warn_of_departures(network, prepared, relied)
        outputs = predict(network, np.ascontiguousarray(prepared.inputs))
        found.append(transform.unscale(outputs, prepared.base))
    forecasts = np.concatenate(found)
    timing = transform.timing
    if timing is not None and timing.every is not None:
        index = pd.Index(pd.concat([table.column(timing.clock.column) for table in tables]))
        if transform.series is not None:
            which = np.repeat(
                np.array([table.series for table in tables], object), [len(one) for one in found]
            )
            index = pd.MultiIndex.from_arrays([which, index], names=[transform.series, index.name])
        return pd.DataFrame(forecasts, index=index, columns=ahead(transform))
    if len(tables) > 1:  # back to the order of the rows
        places = [table.rows for table in tables if table.rows is not None]
        forecasts = forecasts[np.argsort(np.concatenate(places))]
    index = data.frame.index if isinstance(data, Table) else data.index
    return pd.DataFrame(forecasts, index=index, columns=ahead(transform))


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
        data: The rows so far; the first begins the series. Of several series each goes on.
        n_steps: How many rows to forecast.
        relied: Is asked how much the network relies on columns that leave their training range.

    Returns:
        A line for each row that follows: which series it belongs to and its time, in columns of
        those names, where the network was trained with such; then each target in its own units.
        The index counts on from the rows of the table, or of the series.

    Raises:
        ConfigError: `n_steps` is less than 1, or an input is neither a target nor known in advance.
        DataError: The data cannot be used, or a series has fewer rows than the horizon.
        RunError: The forecasts leave the range of numbers.
    """
    if isinstance(n_steps, bool) or not isinstance(n_steps, int) or n_steps < 1:
        raise ConfigError(f"`steps` must be a whole number of at least 1. Got {n_steps!r}.")
    _check_inputs(transform)
    found = []
    for table in transform.tables(data):
        prepared = transform.prepare(table, residual)
        n_rows = len(prepared.inputs)
        if n_rows < transform.horizon:
            which = "The data have" if table.series is None else f"Series {table.series} has"
            raise DataError(
                [f"{which} {n_rows} rows. Give at least {transform.horizon}, the horizon."]
            )
        _warn_of_departures(network, prepared, relied)
        times = None if transform.timing is None else next_times(transform.timing, table, n_steps)
        future = _fed_back(network, transform, residual, prepared, n_steps, times)
        beside: dict[str, object] = {}
        if transform.series is not None:
            beside[transform.series] = table.series
        if transform.timing is not None and times is not None:
            beside[transform.timing.clock.column] = times.to_numpy(object)
        lines = pd.DataFrame(future, columns=list(transform.targets))
        lines = pd.concat([pd.DataFrame(beside, index=lines.index), lines], axis=1)
        found.append(lines.set_axis(pd.RangeIndex(n_rows, n_rows + n_steps)))
    return pd.concat(found) if len(found) > 1 else found[0]


def _fed_back(
    network: Network,
    transform: Transform,
    residual: bool,
    prepared: Prepared,
    n_steps: int,
    times: pd.Series | None,
) -> NDArray[np.float64]:
    """Return the targets in the rows that follow, `(n_steps, n_targets)`, in their own units.

    Args:
        network: A trained network.
        transform: Which columns it reads and predicts.
        residual: Whether its outputs are added to the targets' own values.
        prepared: The rows so far.
        n_steps: How many rows follow.
        times: Their times; where the network reads a calendar, they are dates.

    Raises:
        RunError: The forecasts leave the range of numbers.
    """
    horizon, calendar = transform.horizon, transform.calendar
    in_advance: dict[str, NDArray[np.float64]] = {}
    if calendar is not None and times is not None:
        in_advance = calendar.values(times)
    stepper = Stepper(network)
    known = transform.unscale(stepper.run(prepared.inputs), prepared.base)
    future = known[-horizon:]  # (rows so far, n_targets)
    fed = 0
    with np.errstate(over="ignore", invalid="ignore"):  # what is not finite is refused below
        while len(future) < n_steps:
            rows = slice(fed, min(fed + horizon, len(future)))
            columns = [
                in_advance[name][rows] if name in in_advance
                else future[rows, transform.targets.index(name)]
                for name in transform.inputs
            ]  # fmt: skip
            inputs = transform.input_scaling.scaled(np.stack(columns, 1)).astype(np.float32)
            base = future[rows] if residual else None
            future = np.concatenate([future, transform.unscale(stepper.run(inputs), base)])
            fed = rows.stop
    wrong = ~np.isfinite(future[:n_steps]).all(1)
    if wrong.any():
        raise RunError(
            f"The forecasts leave the range of numbers after {int(wrong.argmax())} steps: "
            f"this network cannot be fed its own predictions for {n_steps} steps."
        )
    return future[:n_steps]


def _warn_of_departures(network: Network, prepared: Prepared, relied: Relied) -> None:
    """Warn where a column that the network reads leaves its training range."""
    read = {node.name for node in network.inputs if node.id in network.live}
    if departures := [one for one in prepared.departures if one.column in read]:
        # Above this function stand a forecast, the method of `Result`, and who called that.
        warn_of(departures, len(prepared.inputs), relied(), stacklevel=4)


def _check_inputs(transform: Transform) -> None:
    in_advance = () if transform.calendar is None else transform.calendar.columns
    known = {*transform.targets, *in_advance}
    others = [name for name in transform.inputs if name not in known]
    if others:
        named = ", ".join(shown(name) for name in others[:MOST_NAMED])
        more = f" and {len(others) - MOST_NAMED} more" if len(others) > MOST_NAMED else ""
        raise ConfigError(
            f"`steps` feeds predictions back, so every input must be a target, and {named}{more} "
            f"{'is none' if len(others) == 1 else 'are none'}. Search with those as `--target` "
            f"too, or with fewer `--inputs`."
        )
