"""Intervals in C: the tables that they begin with, and what they take."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from cellcolony.cells.lower.c import number
from cellcolony.export.c.tables import Table, floats, whole
from cellcolony.export.contents import Contents
from cellcolony.export.intervals import Interval


def interval_values(parts: Contents, interval: Interval | None) -> dict[str, Any]:
    """Return what the templates show of intervals; None for a file without."""
    if interval is None:
        return {"interval": None}
    steps = parts.transform.steps
    return {
        "interval": interval,
        "interval_tables": list(_tables(parts, interval)),
        "n_waiting": sum(steps),
        "rate": number(interval.adaptation.rate),
        "least": number(interval.least_error),
    }


def interval_bytes(parts: Contents, interval: Interval) -> int:
    """Return the size of what intervals keep of a series, where they follow its errors."""
    steps, window = parts.transform.steps, interval.adaptation.window
    of_errors = 8 + 4 + window * (4 + 2) + 3 * 2  # `..._errors` of the header
    n_bytes = len(steps) * (-(-of_errors // 8) * 8) + 12 * sum(steps) + 4
    return -(-n_bytes // 8) * 8


def _tables(parts: Contents, interval: Interval) -> Iterator[Table]:
    transform, outputs = parts.transform, interval.outputs
    halves = interval.halves(transform)
    yield floats("FIXED_HALVES", "How far they reach where no error is known.", halves)
    widths = transform.target_scaling.width
    yield floats("WIDTHS_OF_ERRORS", "Errors are counted in these units.", widths)
    yield whole("STEPS", "How many rows ahead each forecast is.", transform.steps)
    places = [transform.targets.index(name) for name in transform.of_outputs]
    yield whole("OF_TARGET", "The place of its truth.", places)
    yield floats("RECENT", "The recent error on validation.", [one.recent for one in outputs])
    outside = tuple(repr(one.outside) for one in outputs)
    yield Table("OUTSIDE", "The share that may lie outside.", "double", outside)
    yield whole("N_ERRORS", "How many errors are known.", [len(one.sizes) for one in outputs])
    sizes = [size for one in outputs for size in one.sizes]
    yield floats("ERRORS", "In units of the recent error, the oldest first.", sizes)
