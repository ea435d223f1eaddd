"""What linear regression says of taps, to and from a run's `config.toml`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from cellcolony.contract import LinearStart, LinearView, Tap
from cellcolony.errors import ConfigError
from cellcolony.settings import MOST

MOST_STARTS = 8
MOST_TAPS = 5_000
"""What a view may hold: networks are made of it."""


def to_dict(view: LinearView) -> dict[str, Any]:
    """Return a view as plain values."""
    return {
        "lags": list(view.lags),
        "path": [list(tap) for tap in view.path],
        "visibility": [list(one) for one in view.visibility],
        "pairs": [[list(tap) for tap in pair] for pair in view.pairs],
        "starts": [
            {
                "taps": [list(tap) for tap in one.taps],
                "weights": [list(row) for row in one.weights],
                "bias": list(one.bias),
            }
            for one in view.starts
        ],
    }


def from_dict(data: Any, n_inputs: int, n_outputs: int) -> LinearView:
    """Read what `to_dict` wrote, which somebody else may have made.

    Raises:
        ConfigError: A value is missing or cannot be.
    """
    try:
        lags = tuple(_whole(n, 1, 100_000) for n in data["lags"])
        if len(lags) != n_inputs or sum(lags) > 100_000:
            raise ValueError("it is of other columns")
        path = tuple(_tap(one, lags) for one in data["path"])
        visibility = tuple(
            (*_tap(one[:2], lags), _number(one[2], 0.0)) for one in data["visibility"]
        )
        pairs = tuple((_tap(a, lags), _tap(b, lags)) for a, b in data["pairs"])
        starts = tuple(_start(one, lags, n_outputs) for one in data["starts"])
        if len(starts) > MOST_STARTS or max(map(len, (path, pairs, visibility))) > MOST_TAPS:
            raise ValueError("it holds more than anybody looks at")
    except (KeyError, TypeError, ValueError, IndexError, OverflowError) as error:
        raise ConfigError(f"[task.linear] cannot be: {error}.") from error
    return LinearView(lags, path, starts, visibility, pairs)


def _start(data: Mapping[str, Any], lags: Sequence[int], n_outputs: int) -> LinearStart:
    taps = tuple(_tap(one, lags) for one in data["taps"])
    weights = tuple(_numbers(row, n_outputs) for row in data["weights"])
    if not 0 < len(taps) == len(weights) == len(set(taps)) <= MOST_TAPS:
        raise ValueError(f"a start has a weight for each of its taps, {MOST_TAPS:,} at most")
    return LinearStart(taps, weights, _numbers(data["bias"], n_outputs))


def _tap(data: Any, lags: Sequence[int]) -> Tap:
    column, lag = data
    column = _whole(column, 0, len(lags) - 1)
    return column, _whole(lag, 0, lags[column] - 1)


def _numbers(data: Any, n: int) -> tuple[float, ...]:
    found = tuple(_number(one, -1e6) for one in data)
    if len(found) != n:
        raise ValueError(f"there are {n} outputs")
    return found


def _number(value: Any, least: float) -> float:
    if type(value) not in (int, float) or not least <= value <= MOST:
        raise ValueError(f"a number is missing, or {value!r}")
    return float(value)


def _whole(value: Any, least: int, most: int) -> int:
    if type(value) is not int or not least <= value <= most:
        raise ValueError(f"{value!r} must be a whole number from {least} to {most}")
    return value
