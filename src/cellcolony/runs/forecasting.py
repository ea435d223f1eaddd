"""Forecast every row of new data with a trained network, with intervals where they are wanted."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cellcolony.networks.genome import Network
from cellcolony.networks.train import predict
from cellcolony.runs.conformal.adaptive import half_widths
from cellcolony.runs.conformal.residuals import Calibration
from cellcolony.runs.departures import warn_of
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
        warn_where_read(network, prepared, relied)
        outputs = predict(network, np.ascontiguousarray(prepared.inputs))
        own = transform.unscale(outputs, prepared.base)
        found.append(own if asked is None else _with_ends(own, transform, table, asked))
    forecasts = np.concatenate(found)
    columns = ahead(transform) if asked is None else with_ends(ahead(transform), transform.outputs)
    timing = transform.timing
    if timing is not None and timing.every is not None:
        index = pd.Index(pd.concat([table.column(timing.clock.column) for table in tables]))
        if transform.series is not None:
            which = np.repeat(
                np.array([table.series for table in tables], object), [len(one) for one in found]
            )
            index = pd.MultiIndex.from_arrays([which, index], names=[transform.series, index.name])
        return pd.DataFrame(forecasts, index=index, columns=columns)
    if len(tables) > 1:  # back to the order of the rows
        places = [table.rows for table in tables if table.rows is not None]
        forecasts = forecasts[np.argsort(np.concatenate(places))]
    index = data.frame.index if isinstance(data, Table) else data.index
    return pd.DataFrame(forecasts, index=index, columns=columns)


def _with_ends(
    forecasts: NDArray[np.float64], transform: Transform, table: Table, asked: Asked
) -> NDArray[np.float64]:
    """Return forecasts of every row of a series, each target's followed by its interval's ends.

    The errors that the rows themselves tell count too, as late as their rows come, where
    the target stands in the table and was measured.

    Args:
        forecasts: `(rows, n_outputs)`; row t predicts t + step.
        transform: What is forecast, and how far ahead.
        table: The rows.
        asked: The intervals.

    Returns:
        `(rows, 3 * n_outputs)`.
    """
    n_rows, columns = len(forecasts), []
    for i, (target, step) in enumerate(zip(transform.of_outputs, transform.steps, strict=True)):
        own, width = forecasts[:, i], float(transform.target_scaling.width[i])
        errors = known_errors(own, table, target, step, asked.history) / width
        calibration = asked.calibration.residuals[:, i].astype(np.float64)
        rows = np.arange(step, step + n_rows)
        half = half_widths(calibration, errors, rows, step, [asked.level]).half[:, 0] * width
        columns += [own, own - half, own + half]
    return np.stack(columns, 1)


def known_errors(
    forecasts: NDArray[np.float64], table: Table, target: str, step: int, history: int
) -> NDArray[np.float64]:
    """Return truth less forecast as the rows of a table tell it, `(rows,)`; NaN where they do not.

    Args:
        forecasts: Of one target, `(rows,)`; row t predicts t + step.
        table: The rows.
        target: The target.
        step: How many rows ahead.
        history: How many rows of a series pass before errors count.
    """
    errors = np.full(len(forecasts), np.nan)
    if target in table.frame.columns and len(forecasts) > step:
        errors[:-step] = table.numbers(target)[step:] - forecasts[:-step]
    errors[:history] = np.nan
    return errors


def with_ends(columns: Sequence[str], targets: Sequence[str]) -> list[str]:
    """Return the names of columns, each with those of its interval's ends: `y_low`, `y_high`."""
    pairs = zip(columns, targets, strict=True)
    return [
        name for column, target in pairs for name in (column, f"{target}_low", f"{target}_high")
    ]


def ahead(transform: Transform) -> list[str]:
    """Return the names of forecasts that stand in the rows they are made from: `y[t+1]`."""
    pairs = zip(transform.of_outputs, transform.steps, strict=True)
    return [f"{target}[t+{step}]" for target, step in pairs]


def warn_where_read(network: Network, prepared: Prepared, relied: Relied) -> None:
    """Warn where a column that the network reads leaves its training range."""
    read = {node.name for node in network.inputs if node.id in network.live}
    if departures := [one for one in prepared.departures if one.column in read]:
        # Above this function stand a forecast, the method of `Result`, and who called that.
        warn_of(departures, len(prepared.inputs), relied(), stacklevel=4)
