"""Forecast live rows: one row in, one forecast out, the network's memory kept in between."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from cellcolony.errors import ConfigError, DataError
from cellcolony.networks.genome import Network
from cellcolony.networks.stepper import Stepper, state_array
from cellcolony.runs.departures import warn_of
from cellcolony.tasks.columns import Columns
from cellcolony.tasks.findings import Findings, shown
from cellcolony.tasks.recording import LARGEST
from cellcolony.tasks.tables import table_of
from cellcolony.tasks.transform import Transform

LATEST = "latest"
"""In a state: the last row as it was used, `(columns,) float64`, where gaps are filled from it."""


class LiveStepper:
    """Forecasts row by row what `Result.predict` forecasts for all rows, to the last bit.

    Rows follow each other by the step of the training rows; of several series each needs a stepper
    of its own. Where `--every` made the training rows regular, live rows must be regular already.

    Args:
        network: A trained network; it begins with zero memory.
        transform: Which columns it reads and predicts.
        residual: Whether its outputs are added to the targets' own values.
        relied: Returns by what share the error rises when a column is shuffled, for warnings.

    Attributes:
        columns: What a row holds, in this order, where it comes without names.
        targets: What a forecast holds, in this order: the targets, or each of their steps.

    Raises:
        ConfigError: Gaps of the training rows were filled from the rows that follow them, which a
            live row does not know.
    """

    def __init__(
        self,
        network: Network,
        transform: Transform,
        residual: bool,
        relied: Callable[[], Mapping[str, float]] = dict,
    ) -> None:
        self.columns = Columns(transform.inputs, transform.targets if residual else ()).used
        self.targets = transform.outputs
        self._transform, self._relied = transform, relied
        self._base = (
            [self.columns.index(name) for name in transform.of_outputs] if residual else None
        )
        read = {node.name for node in network.inputs if node.id in network.live}
        self._watched = [name for name in transform.inputs if name in read]
        self._stepper = Stepper(network)
        self._latest = self._nothing()
        if transform.fill == "interpolate":
            raise ConfigError(
                "The training rows were filled with `--fill interpolate`, which reads the row "
                "after a gap: live rows have none yet. Search with `--fill previous`."
            )

    def step(self, row: Mapping[str, Any] | ArrayLike) -> NDArray[np.float64]:
        """Take in the next row, and forecast the targets `horizon` rows after it.

        A row that is refused is as if it had not come.

        Args:
            row: A value for each of `columns`, in its own unit: by name, others are not looked at,
                and in place of calendar columns a date may stand; or in the order of `columns`. A
                missing value is filled if those of the training rows were.

        Returns:
            `(n_targets,)`, in the targets' own units.

        Warns:
            TrainingRangeWarning: A column that the network reads leaves the range of the training
                rows, the first time that it does.

        Raises:
            DataError: A column or value is missing, is no number, infinite or too large.
        """
        values = self._filled(self._values(row))
        transform, n_inputs = self._transform, len(self._transform.inputs)
        self._warn_of_departures(values)
        with np.errstate(over="ignore"):  # as in `scaled_inputs`
            inputs = transform.input_scaling.scaled(values[:n_inputs]).astype(np.float32)
        outputs = self._stepper.run(inputs[None])  # (1, n_targets)
        self._latest = values
        base = None if self._base is None else values[None, self._base]
        return transform.unscale(outputs, base)[0]

    def state(self) -> dict[str, NDArray[np.floating]]:
        """Return all that later forecasts depend on: plain arrays, for `numpy.savez` for instance.

        See `networks.stepper.Stepper`; where gaps are filled, `latest` is the last row.
        """
        state: dict[str, NDArray[np.floating]] = {**self._stepper.state()}
        return {**state, LATEST: self._latest.copy()} if self._transform.fill else state

    def load(self, state: Mapping[str, Any]) -> None:
        """Go on from a state, which another process may have saved.

        Raises:
            ConfigError: It is no state of this network.
        """
        latest = self._nothing()
        if self._transform.fill:
            latest = state_array(state, LATEST, latest.shape)
        self._stepper.load(state)
        self._latest = latest

    def reset(self) -> None:
        """Begin a new series, with zero memory."""
        self._stepper.reset()
        self._latest = self._nothing()

    def _nothing(self) -> NDArray[np.float64]:
        return np.full(len(self.columns), np.nan)

    def _values(self, row: Mapping[str, Any] | ArrayLike) -> NDArray[np.float64]:
        """Return a row as numbers, NaN where a value is missing."""
        if isinstance(row, pd.Series):
            row = row.to_dict()
        if isinstance(row, Mapping):
            row = self._dated(row)
            missing = [name for name in self.columns if name not in row]
            if missing:
                raise DataError([f"The row has no column {shown(name)}." for name in missing])
            row = [row[name] for name in self.columns]
        try:
            given = np.asarray(row)
        except ValueError:  # lists within a list
            given = np.asarray(row, object)
        if given.shape != (len(self.columns),):
            raise DataError(
                [
                    f"A row must hold {len(self.columns)} values, in the order of `columns`. "
                    f"Got shape {given.shape}."
                ]
            )
        if given.dtype.kind in "fiu" and not (np.abs(given) > LARGEST).any():
            return given.astype(np.float64)  # as most rows are
        return np.array(list(map(_number, self.columns, np.asarray(row, object))))

    def _dated(self, row: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return a row with its calendar columns, if it holds a date in their place."""
        calendar = self._transform.calendar
        if calendar is None or set(calendar.columns) <= row.keys():
            return row
        missing = [name for name in calendar.read_from.columns if name not in row]
        if missing:
            raise DataError([f"The row has no column {shown(name)}." for name in missing])
        findings = Findings()
        frame = pd.DataFrame({name: [row[name]] for name in calendar.read_from.columns})
        table = table_of(frame, "row", findings)
        findings.raise_if_any()
        assert table is not None
        dated = calendar.added_to(table, findings).frame
        findings.raise_if_any()
        return {**row, **{name: dated[name].iloc[0] for name in calendar.columns}}

    def _filled(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        gaps = np.isnan(values)
        if gaps.any():
            if self._transform.fill == "previous":
                values = np.where(gaps, self._latest, values)
            faults = [
                f"{shown(name)} holds a missing value"
                f"{', and no row before it has one.' if self._transform.fill else '.'}"
                for name, value in zip(self.columns, values, strict=True)
                if np.isnan(value)
            ]
            if faults:
                raise DataError(faults)
        return values

    def _warn_of_departures(self, values: NDArray[np.float64]) -> None:
        known, inputs = self._transform.input_range, self._transform.inputs
        if known is None or not self._watched:
            return
        read = values[: len(inputs)]
        if not ((read < known.lowest) | (read > known.highest)).any():
            return
        by_name = {name: values[i : i + 1] for i, name in enumerate(inputs)}
        found = [one for one in known.departures(by_name, inputs) if one.column in self._watched]
        if found:
            self._watched = [n for n in self._watched if n not in {one.column for one in found}]
            warn_of(found, 1, self._relied(), stacklevel=3)


def _number(name: str, value: Any) -> float:
    """Return a field of a row; NaN for a missing value.

    Raises:
        DataError: It is no number, or infinite or beyond float32.
    """
    if value is None or value is pd.NA or value is pd.NaT:
        return np.nan
    number: float | None
    try:
        number = float(value)
    except OverflowError:  # a whole number of hundreds of digits
        number = np.inf
    except (TypeError, ValueError):
        number = None
    if number is None or isinstance(value, str | bytes):
        raise DataError([f"{shown(name)} holds {shown(value)}, which is no number."])
    if abs(number) > LARGEST:
        raise DataError(
            [f"{shown(name)} holds {shown(value)}, which is infinite or beyond float32."]
        )
    return number
