"""Partial responses: what a network forecasts in the mean where a column has one value throughout.

The partial dependence of Friedman 2001 ("Greedy function approximation", Annals of Statistics 29,
section 8.2) on the validation rows: all else stays as it was. A column of a series is read at
several lags and remembered, so it is held at the value at every step; what comes out is where the
forecast settles, in the mean over the scored rows.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields
from typing import Annotated, Any

import numpy as np

from cellcolony.contract import StopFlag
from cellcolony.errors import RunError, brief
from cellcolony.networks.genome import Network
from cellcolony.runs.importance.probe import SHARES, Probe, Substitute
from cellcolony.runs.importance.reliance import SHUFFLED, Reliance
from cellcolony.runs.scores import LARGEST, rows_of, table_csv
from cellcolony.settings import Rule, record, settings
from cellcolony.store.reading import readable
from cellcolony.tasks.forecast import Forecast

MOST_COLUMNS = 12
"""Columns whose responses are kept: those that matter most, and fewer where the data are long."""

Finite = Annotated[float, Rule(lambda value: abs(value) <= LARGEST, f"be at most {LARGEST:g}")]


@settings
class Response:
    """A point of a partial response.

    Attributes:
        column: The input column.
        target: The column that is forecast.
        value: What the input is held at, in own units.
        forecast: The mean forecast of the target, in own units.
    """

    column: str
    target: str
    value: Finite
    forecast: Finite


_COLUMNS = tuple(one.name for one in fields(Response))


def responses(
    task: Forecast,
    network: Network,
    residual: bool,
    found: Sequence[Reliance],
    stop: StopFlag | None = None,
) -> tuple[Response, ...]:
    """Return the partial responses to the columns that a network relies on most.

    Args:
        task: The data, of whose validation rows the forecasts are.
        network: A trained network.
        residual: Whether its outputs are added to the target at t.
        found: How much it relies on each column.
        stop: While it is not 0, nothing is computed.

    Returns:
        Column by column, target by target, values rising; a forecast that is no finite number is
        left out.

    Raises:
        GenomeError: The network has no weights, or an output that no input reaches.
        CancelledError: The stop flag ended it.
    """
    ranked = [one.column for one in found if one.kind == SHUFFLED and one.relative is not None]
    if not ranked:
        return ()
    probe = Probe.of(task, network, residual)
    n_columns = min(MOST_COLUMNS, probe.passes // len(SHARES))
    places = [probe.names.index(column) for column in ranked[:n_columns]]
    asked = [(place, float(value)) for place in places for value in probe.grids[place]]
    forecasts = probe.forecasts(
        [{Substitute(place, held=value): probe.sources == place} for place, value in asked], stop
    )  # (values of all columns, n_targets)
    offset, width = task.transform.input_scaling.offset, task.transform.input_scaling.width
    points = [
        (place, target, value * width[column] + offset[column], float(forecast))
        for (place, value), own in zip(asked, forecasts, strict=True)
        for column in [probe.columns[place]]
        for target, forecast in zip(task.outputs, own, strict=True)
        if np.isfinite(forecast)
    ]
    return tuple(
        Response(probe.names[place], target, float(value), forecast)
        for place in places
        for target in task.outputs
        for where, of, value, forecast in points
        if (where, of) == (place, target)
    )


def responses_csv(found: Iterable[Response]) -> str:
    """Return responses as CSV, a point a line."""
    return table_csv(_COLUMNS, ([getattr(one, name) for name in _COLUMNS] for one in found))


def read_responses(
    content: bytes, where: str, inputs: Sequence[str], targets: Sequence[str]
) -> tuple[Response, ...]:
    """Read what `responses_csv` wrote.

    Args:
        content: The file.
        where: What an error calls it.
        inputs: The columns that there are.
        targets: The columns that are forecast.

    Raises:
        RunError: A line cannot be, or names another column.
    """
    where = f"{where}: the partial responses"
    with readable(where):
        text = content.decode("utf-8")
    found = rows_of(text, Response, where)
    for one in found:
        if one.column not in inputs or one.target not in targets:
            name = one.column if one.column not in inputs else one.target
            raise RunError(f"{where} cannot be read: there is no column {brief(name)}.")
    return found


def kept_responses(kept: Mapping[str, Any]) -> tuple[Response, ...]:
    """Read the responses of a line of a journal that somebody else may have written.

    Raises:
        ConfigError, KeyError, TypeError, ValueError: It cannot be.
    """
    lines = [dict(zip(_COLUMNS, map(str, line), strict=True)) for line in kept.get("responses", ())]
    return tuple(record(Response, line, "a line", lax=True) for line in lines)


def to_keep(found: Iterable[Response]) -> dict[str, Any]:
    """Return responses as plain values for a journal."""
    values = ([getattr(one, name) for name in _COLUMNS] for one in found)
    return {"responses": [[*map(str, line)] for line in values]}
