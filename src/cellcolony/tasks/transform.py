"""From a table's columns to a network's inputs, and from its outputs to predictions.

A run directory keeps this alone of the data: it predicts new files without the training files.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, NamedTuple

import numpy as np
import pandas as pd
from annotated_types import Ge, Le
from numpy.typing import NDArray

from cellcolony.errors import ConfigError
from cellcolony.settings import OneOf, Rule, Words, settings
from cellcolony.settings import plain as as_plain
from cellcolony.settings import record as record_of
from cellcolony.tasks.calendar import Calendar
from cellcolony.tasks.columns import Columns, check_columns
from cellcolony.tasks.findings import Findings
from cellcolony.tasks.gaps import FILLS
from cellcolony.tasks.readings import Switch, Unit, read_as
from cellcolony.tasks.recording import LARGEST, record
from cellcolony.tasks.reshaping import at_regular_times, each_series
from cellcolony.tasks.scaling import Scaling, scaled_inputs
from cellcolony.tasks.settings import ColumnNames
from cellcolony.tasks.steps import MOST_STEPS, outputs_of, steps_of
from cellcolony.tasks.tables import Table, table_of
from cellcolony.tasks.timeline import Timing
from cellcolony.tasks.training_range import Departure, TrainingRange

SMALLEST_WIDTH = 1e-150
"""A column that varies less is refused as constant before it is scaled."""
MOST_AHEAD = 10**9
"""The largest horizon, in rows."""


class Prepared(NamedTuple):
    """New data as a network reads them.

    Attributes:
        inputs: `(time, n_inputs) float32`, scaled.
        base: `(time, n_outputs) float64`, the targets' own values at each row, in their own units:
            what a residual output is added to; None where outputs are not residual.
        departures: The inputs that leave their training range, as far as that is known.
    """

    inputs: NDArray[np.float32]
    base: NDArray[np.float64] | None
    departures: tuple[Departure, ...] = ()


@dataclass(frozen=True, eq=False)
class Transform:
    """Which columns are read and predicted, and how they are scaled.

    Attributes:
        inputs: The input columns' names, in the order of the input nodes.
        targets: The target columns' names, in the order of the output nodes.
        horizon: How many rows ahead a target lies.
        input_scaling: Of the inputs, fitted on training rows.
        target_scaling: Of the outputs; the same as the input's where a target is an input.
        fill: How missing values are filled, or None.
        calendar: Which of the inputs are read from a column of dates; None for none.
        input_range: Of the inputs, on the training rows; None where an earlier version of the
            program, which did not keep it, wrote the transform.
        timing: The times that it was trained on; None where no column told them.
        series: The column that says to which series a row belongs; None where a table is one.
        units: The columns whose numbers have a unit.
        switches: The columns of two words that stand for 1 and 0.
        first: The first step of several that have an output each, of which `horizon` is the last;
            None where each target has one output.
    """

    inputs: tuple[str, ...]
    targets: tuple[str, ...]
    horizon: int
    input_scaling: Scaling
    target_scaling: Scaling
    fill: str | None = None
    calendar: Calendar | None = None
    input_range: TrainingRange | None = None
    timing: Timing | None = None
    series: str | None = None
    units: tuple[Unit, ...] = ()
    switches: tuple[Switch, ...] = ()
    first: int | None = None

    @property
    def readings(self) -> tuple[Unit | Switch, ...]:
        """How columns of texts are read as numbers."""
        return (*self.units, *self.switches)

    @property
    def outputs(self) -> tuple[str, ...]:
        """What outputs are called: the targets, or each of their steps as `y[t+1]`."""
        return outputs_of(self.targets, self.horizon, self.first)

    @property
    def steps(self) -> tuple[int, ...]:
        """How many rows ahead each output is."""
        return steps_of(self.targets, self.horizon, self.first)

    @property
    def of_outputs(self) -> tuple[str, ...]:
        """The target of each output."""
        n_each = len(self.steps) // len(self.targets)
        return tuple(target for target in self.targets for _ in range(n_each))

    def for_outputs(self, targets: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return `(time, n_targets)` values of the targets for each output, `(time, n_outputs)`."""
        n_each = len(self.steps) // len(self.targets)
        return targets if n_each == 1 else np.repeat(targets, n_each, axis=1)

    def tables(self, data: pd.DataFrame | Table) -> list[Table]:
        """Return new data as a table for each series, with regular times where they are asked for.

        Args:
            data: A frame, or a file read by `load_table`.

        Raises:
            DataError: They are no table, times cannot be read, or a unit is another one.
        """
        findings = Findings()
        table = self._read(data, findings)
        findings.raise_if_any()
        found = [table] if self.series is None else each_series(table, self.series, findings)
        timing = self.timing
        if timing is not None and timing.every is not None:
            for one in found:
                check_columns(one, timing.clock.columns, findings)
            findings.raise_if_any()
            columns = {*self.inputs, *self.targets}
            found = [
                at_regular_times(one, timing.clock, timing.every, columns.__contains__, findings)
                for one in found
            ]
        findings.raise_if_any()
        return found

    def prepare(self, data: pd.DataFrame | Table, residual: bool) -> Prepared:
        """Check new data and scale them. Every row is kept: the last predict beyond the end.

        Args:
            data: A frame, or one of the tables of `tables`, with the input columns in any order;
                other columns are not looked at. The first row begins the series.
            residual: Whether outputs are added to the targets' own values, which must then be
                among the columns even if they are not inputs.

        Raises:
            DataError: A column is missing, or a value is missing, text, infinite or too large; or
                times do not rise by the step of the training rows.
        """
        findings = Findings()
        table = data if isinstance(data, Table) else self._read(data, findings)
        findings.raise_if_any()
        if self.timing is not None:
            self.timing.check(table, findings)
            findings.raise_if_any()
        if self.calendar is not None:
            check_columns(table, self.calendar.read_from.columns, findings)
            findings.raise_if_any()
            table = self.calendar.added_to(table, findings)
            findings.raise_if_any()
        targets = self.targets if residual else ()
        columns = Columns(self.inputs, targets)
        check_columns(table, columns.used, findings)
        findings.raise_if_any()
        rows = record(table, columns, self.fill, findings, is_new=True)
        findings.raise_if_any()
        inputs = scaled_inputs(rows.values, self.inputs, self.input_scaling)
        departures = (
            ()
            if self.input_range is None
            else tuple(self.input_range.departures(rows.values, self.inputs))
        )
        base = self.for_outputs(rows.targets) if residual else None
        return Prepared(inputs, base, departures)

    def _read(self, data: pd.DataFrame | Table, findings: Findings) -> Table:
        """Return new data as a table in which the columns of texts are numbers."""
        table = data if isinstance(data, Table) else table_of(data, "frame", findings)
        findings.raise_if_any()
        assert table is not None
        return read_as(table, self.readings, findings, is_new=True)

    def unscale(
        self, outputs: NDArray[np.floating], base: NDArray[np.float64] | None
    ) -> NDArray[np.float64]:
        """Return a network's outputs as predictions, in the targets' own units.

        Args:
            outputs: `(time, n_targets)`, in scaled units; row t predicts t + horizon.
            base: The targets' own values at each row for residual outputs, else None.

        Returns:
            `(time, n_targets) float64`.
        """
        if base is None:
            return self.target_scaling.unscaled(outputs)
        return base + outputs.astype(np.float64) * self.target_scaling.width

    def to_dict(self) -> dict[str, Any]:
        """Return plain values, for TOML or JSON; `from_dict` gives an equal transform."""
        plain: dict[str, Any] = {
            "inputs": list(self.inputs),
            "targets": list(self.targets),
            "horizon": self.horizon,
            "input_offset": self.input_scaling.offset.tolist(),
            "input_width": self.input_scaling.width.tolist(),
            "target_offset": self.target_scaling.offset.tolist(),
            "target_width": self.target_scaling.width.tolist(),
        }
        if self.fill is not None:  # TOML has no null
            plain["fill"] = self.fill
        if self.calendar is not None:
            plain["calendar"] = as_plain(self.calendar)
        if self.input_range is not None:
            plain["input_lowest"] = self.input_range.lowest.tolist()
            plain["input_highest"] = self.input_range.highest.tolist()
        if self.timing is not None:
            plain["timing"] = as_plain(self.timing)
        if self.series is not None:
            plain["series"] = self.series
        if self.units:
            plain["units"] = [as_plain(one) for one in self.units]
        if self.switches:
            plain["switches"] = [as_plain(one) for one in self.switches]
        if self.first is not None:
            plain["first"] = self.first
        return plain

    @classmethod
    def from_dict(cls, plain: Mapping[str, Any]) -> Transform:
        """Return the transform that `to_dict` wrote down.

        Raises:
            ConfigError: A value is missing or cannot be, or constants are not as many as columns.
        """
        own = record_of(_Written, plain, "[transform]")
        if own.first is not None and not own.first < own.horizon < own.first + MOST_STEPS:
            raise ConfigError(
                f"The transform has outputs for the steps {own.first} to {own.horizon}: they must "
                f"rise, and be at most {MOST_STEPS:,}."
            )
        outputs = outputs_of(own.targets, own.horizon, own.first)
        for side, names in (("input", own.inputs), ("target", outputs)):
            n_offsets, n_widths = (len(getattr(own, f"{side}_{of}")) for of in ("offset", "width"))
            if not n_offsets == n_widths == len(names):
                raise ConfigError(
                    f"The transform has {len(names)} columns and {n_offsets} offsets, "
                    f"{n_widths} widths: there must be as many of each."
                )
        return cls(
            own.inputs,
            own.targets,
            own.horizon,
            Scaling.of_lists(own.input_offset, own.input_width),
            Scaling.of_lists(own.target_offset, own.target_width),
            own.fill,
            own.calendar,
            _range_of(own),
            own.timing,
            own.series,
            own.units,
            own.switches,
            own.first,
        )


Offsets = Annotated[
    tuple[float, ...],
    Rule(lambda own: all(abs(one) <= LARGEST for one in own), f"be at most {LARGEST:g} each"),
]
Widths = Annotated[
    tuple[float, ...],
    Rule(
        lambda own: all(SMALLEST_WIDTH <= one <= 2 * LARGEST for one in own),
        f"be from {SMALLEST_WIDTH:g} to {2 * LARGEST:g} each",
    ),
]


@settings
class _Written:
    """What `Transform.to_dict` writes."""

    inputs: ColumnNames
    targets: ColumnNames
    horizon: Annotated[int, Ge(1), Le(MOST_AHEAD), Words(f"from 1 to {MOST_AHEAD:,}")]
    input_offset: Offsets
    input_width: Widths
    target_offset: Offsets
    target_width: Widths
    fill: Annotated[str, OneOf(FILLS)] | None = None
    calendar: Calendar | None = None
    input_lowest: Offsets | None = None
    input_highest: Offsets | None = None
    timing: Timing | None = None
    series: str | None = None
    units: tuple[Unit, ...] = ()
    switches: tuple[Switch, ...] = ()
    first: Annotated[int, Ge(1)] | None = None


def _range_of(own: _Written) -> TrainingRange | None:
    """Return the range of the inputs on the training rows; None where it was not written.

    Raises:
        ConfigError: One of its ends is missing, is not there for each input, or lies beyond the
            other.
    """
    if own.input_lowest is None and own.input_highest is None:
        return None
    lowest, highest = own.input_lowest or (), own.input_highest or ()
    if not len(lowest) == len(highest) == len(own.inputs):
        raise ConfigError(
            f"The transform has {len(own.inputs)} inputs, and {len(lowest)} lowest, "
            f"{len(highest)} highest values of them: there must be as many of each."
        )
    if any(low > high for low, high in zip(lowest, highest, strict=True)):
        raise ConfigError("The lowest training value of an input must not be above the highest.")
    return TrainingRange(np.array(lowest, np.float64), np.array(highest, np.float64))
