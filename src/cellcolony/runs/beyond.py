"""Forecast the rows that follow a table with a trained network, many steps beyond the last."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cellcolony.errors import ConfigError, DataError, RunError
from cellcolony.networks.genome import Network
from cellcolony.networks.stepper import Stepper
from cellcolony.runs.conformal.adaptive import half_widths
from cellcolony.runs.forecasting import Asked, Relied, known_errors, warn_where_read, with_ends
from cellcolony.tasks.findings import shown
from cellcolony.tasks.next_times import next_times
from cellcolony.tasks.tables import Table
from cellcolony.tasks.transform import Prepared, Transform
from cellcolony.wording import count

MOST_NAMED = 5
"""Columns that an error names."""


class Feed(NamedTuple):
    """What a network is fed beyond the last row.

    Attributes:
        network: A trained network.
        transform: Which columns it reads and predicts.
        residual: Whether its outputs are added to the targets' own values.
    """

    network: Network
    transform: Transform
    residual: bool


def forecast_beyond(
    feed: Feed,
    data: pd.DataFrame | Table,
    n_steps: int,
    known: Sequence[str] = (),
    relied: Relied = dict,
    asked: Asked | None = None,
) -> pd.DataFrame:
    """Forecast the rows that follow a table: predictions are fed back as if they were measured.

    Row i is what the network predicts from row i - horizon, whether that was measured or is itself
    predicted. A network with an output for each step predicts as many rows at once. Inputs that are
    no targets go on as calendars do, or are known beforehand.

    Args:
        feed: The network.
        data: The rows so far; the first begins the series. Of several series each goes on. Where
            columns are known beforehand, the rows behind the last one that has all targets hold
            their values.
        n_steps: How many rows to forecast.
        known: The inputs that are known beforehand.
        relied: Is asked how much the network relies on columns that leave their training range.
        asked: The intervals that are wanted.

    Returns:
        A line for each row that follows: which series it belongs to and its time, in columns of
        those names, where the network was trained with such; then each target in its own units,
        and for intervals `y_low` and `y_high` behind each. The index counts on from the rows of the
        table, or of the series.

    Raises:
        ConfigError: `n_steps` is less than 1, an input that is read beyond is neither a target nor
            of the calendar nor known, what is known is no such input, or columns are known and the
            data hold several series.
        DataError: The data cannot be used, a series has fewer rows than the horizon, or there are
            too few values of what is known.
        RunError: The forecasts leave the range of numbers, or no errors are kept from which such
            intervals are made.
    """
    if isinstance(n_steps, bool) or not isinstance(n_steps, int) or n_steps < 1:
        raise ConfigError(f"`steps` must be a whole number of at least 1. Got {n_steps!r}.")
    transform = feed.transform
    n_read = n_rows_read(transform, n_steps)
    _check_inputs(transform, known, n_read)
    tables = transform.tables(data)
    if known and len(tables) > 1:
        raise ConfigError(
            f"`known` tells of one series, and the data hold {len(tables):,}, told apart by "
            f"{shown(transform.series)}. Give the rows of one of them."
        )
    nearest, found = nearest_step(transform), []
    for table in tables:
        now, values = table, dict[str, NDArray[np.float64]]()
        if known:
            now, values = _known_values(table, transform, known, n_steps)
        prepared = transform.prepare(now, feed.residual)
        if len(prepared.inputs) < nearest:
            which = "The data have" if table.series is None else f"Series {table.series} has"
            raise DataError(
                [f"{which} {len(prepared.inputs)} rows. Give at least {nearest}, the horizon."]
            )
        warn_where_read(feed.network, prepared, relied)
        found.append(_following(feed, now, prepared, values, n_steps, asked))
    return pd.concat(found) if len(found) > 1 else found[0]


def _following(
    feed: Feed,
    table: Table,
    prepared: Prepared,
    values: dict[str, NDArray[np.float64]],
    n_steps: int,
    asked: Asked | None,
) -> pd.DataFrame:
    """Return the lines of the rows that follow one series: see `forecast_beyond`.

    Args:
        feed: The network.
        table: The rows so far.
        prepared: The same, as the network reads them.
        values: The inputs that are known beforehand, `(n_steps,)` each.
        n_steps: How many rows follow.
        asked: The intervals that are wanted.
    """
    transform, nearest = feed.transform, nearest_step(feed.transform)
    times = None if transform.timing is None else next_times(transform.timing, table, n_steps)
    if transform.calendar is not None and times is not None:
        values = values | transform.calendar.values(times)
    stepper = Stepper(feed.network)
    measured = transform.unscale(stepper.run(prepared.inputs), prepared.base)
    future = Walk(feed, stepper, measured[-nearest:], values).steps(n_steps)
    wrong = ~np.isfinite(future).all(1)
    if wrong.any():
        raise RunError(
            f"The forecasts leave the range of numbers after {int(wrong.argmax())} steps: "
            f"this network cannot be fed its own predictions for {n_steps} steps."
        )
    columns = list(transform.targets)
    if asked is not None:
        half = _reach(feed, table, measured, n_steps, asked)
        future = np.stack([future, future - half, future + half], 2).reshape(n_steps, -1)
        columns = with_ends(columns, columns)
    beside: dict[str, object] = {}
    if transform.series is not None:
        beside[transform.series] = table.series
    if transform.timing is not None and times is not None:
        beside[transform.timing.clock.column] = times.to_numpy(object)
    lines = pd.DataFrame(future, columns=columns)
    lines = pd.concat([pd.DataFrame(beside, index=lines.index), lines], axis=1)
    n_rows = len(prepared.inputs)
    return lines.set_axis(pd.RangeIndex(n_rows, n_rows + n_steps))


def _reach(
    feed: Feed, table: Table, measured: NDArray[np.float64], n_steps: int, asked: Asked
) -> NDArray[np.float64]:
    """Return how far the intervals beyond a table reach, `(n_steps, n_targets)`, in own units.

    Args:
        feed: The network.
        table: The rows so far.
        measured: `(rows, n_outputs)`: what it forecast from each of them.
        n_steps: How many steps beyond.
        asked: The intervals.
    """
    transform, nearest = feed.transform, nearest_step(feed.transform)
    reach = asked.calibration.half_beyond(asked.level, n_steps)
    rows = np.arange(nearest, nearest + len(measured))
    n_each = len(transform.steps) // len(transform.targets)
    for i, target in enumerate(transform.targets):
        output = i * n_each
        width = float(transform.target_scaling.width[output])
        errors = known_errors(measured[:, output], table, target, nearest, asked.history) / width
        calibration = asked.calibration.residuals[:, output].astype(np.float64)
        recent = half_widths(calibration, errors, rows, nearest, ()).recent[-1]
        reach[:, i] *= recent * width
    return reach


def n_rows_read(transform: Transform, n_steps: int) -> int:
    """Return how many of the rows beyond the last are read themselves to forecast so many."""
    before = (n_steps - 1) // transform.horizon * transform.horizon
    n = n_steps - before
    return before + min(n - nearest_step(transform), 0) if before else 0


def nearest_step(transform: Transform) -> int:
    """Return how many rows ahead the nearest output is: from so many rows back one reads it."""
    return transform.horizon if transform.first is None else transform.first


@dataclass
class Walk:
    """A network that goes on beyond the last measured row.

    Attributes:
        feed: The network.
        stepper: It, after the last measured row.
        outputs: `(nearest_step, n_outputs)`: what it forecast from the last measured rows, in own
            units; rows are added as they are fed.
        values: The inputs beyond that are no targets: `(n_steps,)` each.
    """

    feed: Feed
    stepper: Stepper
    outputs: NDArray[np.float64]
    values: dict[str, NDArray[np.float64]]

    def steps(self, n_steps: int) -> NDArray[np.float64]:
        """Return the forecasts of the rows beyond, `(n_steps, n_targets)`; they may not be finite.

        Rows are forecast in blocks as long as the horizon: those of a block come from the rows
        before it alone.
        """
        transform = self.feed.transform
        nearest, horizon = nearest_step(transform), transform.horizon
        future, n_fed = np.empty((0, len(transform.targets))), 0
        with np.errstate(over="ignore", invalid="ignore"):  # what is not finite is the caller's
            for before in range(0, n_steps, horizon):
                n = min(n_steps - before, horizon)
                read = before + min(n - nearest, 0)  # the last row that this block is made from
                if read > n_fed:
                    self._feed(future[n_fed:read], n_fed)
                    n_fed = read
                future = np.concatenate([future, list(self._block(before, n, nearest))])
        return future

    def _block(self, before: int, n: int, nearest: int) -> Iterator[NDArray[np.float64]]:
        """Yield the forecasts of `n` rows behind the first `before`, `(n_targets,)` each."""
        n_targets = len(self.feed.transform.targets)
        for ahead in range(1, n + 1):
            row = before + min(ahead - nearest, 0)  # rows count from 1 beyond the last measured
            outputs = self.outputs[row + nearest - 1].reshape(n_targets, -1)
            yield outputs[:, max(ahead - nearest, 0) if outputs.shape[1] > 1 else 0]

    def _feed(self, targets: NDArray[np.float64], first: int) -> None:
        """Take in rows whose targets were forecast; `first` is the place of the first of them."""
        transform = self.feed.transform
        rows = slice(first, first + len(targets))
        columns = [
            targets[:, transform.targets.index(name)] if name in transform.targets
            else self.values[name][rows]
            for name in transform.inputs
        ]  # fmt: skip
        inputs = transform.input_scaling.scaled(np.stack(columns, 1)).astype(np.float32)
        base = transform.for_outputs(targets) if self.feed.residual else None
        outputs = transform.unscale(self.stepper.run(inputs), base)
        self.outputs = np.concatenate([self.outputs, outputs])


def _check_inputs(transform: Transform, known: Sequence[str], n_read: int) -> None:
    calendar = () if transform.calendar is None else transform.calendar.columns
    if transform.timing is None:  # who made that transform did not keep the step
        calendar = ()
    own = {*transform.targets, *calendar}
    for name in known:
        if name not in transform.inputs or name in own:
            why = "goes on by itself" if name in own else "is no input of the network"
            others = [one for one in transform.inputs if one not in own]
            cure = f"Known may be: {_named(others)}." if others else "Leave `known` out."
            raise ConfigError(f"`known` names {shown(name)}, which {why}. {cure}")
    others = [name for name in transform.inputs if name not in own and name not in known]
    if others and n_read:
        raise ConfigError(
            "`steps` feeds predictions back, so every input must be a target, and "
            f"{_named(others)} {'is none' if len(others) == 1 else 'are none'}. If their values "
            "beyond the last row are known, put them into rows whose targets are empty, and name "
            "them with `--known`. Else search with those as `--target` too, or with fewer "
            "`--inputs`."
        )


def _most_steps(transform: Transform, n_known: int, n_steps: int) -> int:
    """Return how many steps, fewer than so many, read no more rows than are known."""
    return next(n for n in range(n_steps, 0, -1) if n_rows_read(transform, n) <= n_known)


def _named(names: Sequence[str]) -> str:
    named = ", ".join(shown(name) for name in names[:MOST_NAMED])
    more = f" and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else ""
    return f"{named}{more}"


def _known_values(
    table: Table, transform: Transform, known: Sequence[str], n_steps: int
) -> tuple[Table, dict[str, NDArray[np.float64]]]:
    """Return the rows up to the last that has all targets, and what is known beyond.

    Raises:
        DataError: A column is missing, no row has all targets, or a value is missing beyond.
    """
    lacking = [one for one in (*transform.targets, *known) if one not in table.frame.columns]
    if lacking:
        raise DataError([f"The data lack the column {_named(lacking)}."])
    measured = np.logical_and.reduce([np.isfinite(table.numbers(one)) for one in transform.targets])
    if not measured.any():
        raise DataError([f"No row has a value of {_named(transform.targets)}: there is no last."])
    n_rows = len(measured) - int(measured[::-1].argmax())
    n_read, values = n_rows_read(transform, n_steps), {}
    for name in known:
        own = table.numbers(name)[n_rows : n_rows + n_read]
        n_known = int((~np.isfinite(own)).argmax()) if not np.isfinite(own).all() else len(own)
        if n_known < n_read:
            raise DataError(
                [
                    f"{shown(name)} is known in {count(n_known, 'row')} behind row {n_rows - 1:,}, "
                    f"the last that has {_named(transform.targets)}, and {count(n_steps, 'step')} "
                    f"need {n_read:,}. Add rows, with empty targets, or ask for at most "
                    f"{count(_most_steps(transform, n_known, n_steps), 'step')}."
                ]
            )
        values[name] = own
    rows = np.arange(n_rows, dtype=np.int64)
    return table.of_rows(rows, table.name), values
