"""What a method of search must know of the task."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

Tap: TypeAlias = tuple[int, int]
"""An input column some rows back: its place, and the lag, 0 for the row itself."""


@dataclass(frozen=True)
class LinearStart:
    """A linear model of taps, fitted on the training rows: a network may start from it.

    Attributes:
        taps: What it reads.
        weights: Of each tap, one for each output, in scaled units.
        bias: One for each output.
    """

    taps: tuple[Tap, ...]
    weights: tuple[tuple[float, ...], ...]
    bias: tuple[float, ...]


@dataclass(frozen=True)
class LinearView:
    """What linear regression on the training rows says about taps; see `tasks/linear_view.py`.

    Attributes:
        lags: How many lags were looked at of each input column, rising from 0.
        path: The taps in the order in which forward selection takes them.
        starts: Linear models, the best on validation first; none where none is better than nothing.
        visibility: The taps that explain most of the target alone, with their shares.
        pairs: The pairs of taps whose products explain most of what `path` leaves.
    """

    lags: tuple[int, ...]
    path: tuple[Tap, ...] = ()
    starts: tuple[LinearStart, ...] = ()
    visibility: tuple[tuple[int, int, float], ...] = ()
    pairs: tuple[tuple[Tap, Tap], ...] = ()


@dataclass(frozen=True)
class Problem:
    """What a method of search must know of the task.

    Attributes:
        inputs: The names of the input columns, in the data's order; none for a text.
        outputs: The names of the targets, in the data's order; none for a text.
        output_cell: What output nodes compute.
        linear: What linear regression says about taps, where the study's methods ask for it.
        forecast: The names of the columns that are forecast, where outputs are several steps of
            them and so have other names; none where they have the same.
    """

    inputs: tuple[str, ...] = ()
    outputs: tuple[str, ...] = ()
    output_cell: str = "linear"
    linear: LinearView | None = None
    forecast: tuple[str, ...] = ()

    @property
    def own(self) -> tuple[int, ...]:
        """The places of the inputs that are forecast; of all inputs where none of them is."""
        names = self.forecast or self.outputs
        own = tuple(place for place, name in enumerate(self.inputs) if name in names)
        return own or tuple(range(len(self.inputs)))
