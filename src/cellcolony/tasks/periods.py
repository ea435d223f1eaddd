"""Find the periods of a column in its training rows, by its autocorrelation.

A period is a lag at which the autocorrelation has a peak that stands out, in both halves of the
rows: what chance makes in one half it does not make at the same lag in the other. A longer period
counts beside a shorter one only where it tells more: each multiple of a day is a peak of hourly
counts too, and of these the week alone rises above the day.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.polynomial import Polynomial
from numpy.typing import NDArray

SHORTEST_PERIOD = 4
"""In rows. The menu of lags holds all that is shorter."""
LONGEST_PERIOD = 1_500
"""In rows: a day of minutes, a week of quarters of an hour."""
MOST_PERIODS = 2
"""A day and a week."""
FEWEST_CYCLES = 5
"""A period must come back so often within each half of the longest file's training rows."""
LEAST_CORRELATION = 0.1
"""Of a column with itself one period later, after the trend is taken out."""
LEAST_PROMINENCE = 0.05
"""How far a peak of the autocorrelation must stand out from what lies around it."""
LEAST_GAIN = 0.1
"""By which share of what is left to 1 a longer period must rise above a shorter one."""
TOLERANCE = 0.02
"""By which share of a period its peaks in the two halves may lie apart; at least by a row."""
N_ERRORS = 3
"""A peak must be as many standard errors high."""
MOST_MULTIPLES = 6
"""Of a period, whose peaks tell where it lies."""


def find_periods(files: Sequence[NDArray[np.float64]], longest: int) -> tuple[int, ...]:
    """Return the periods of one column, rising, in rows; none where nothing recurs.

    Args:
        files: Its training rows, `(rows,)` for each file.
        longest: The longest period that is of use.
    """
    halves = [[half for rows in files for half in np.array_split(rows, 2)[i : i + 1]]
              for i in (0, 1)]  # fmt: skip
    longest = min(longest, LONGEST_PERIOD, max(map(len, halves[0])) // FEWEST_CYCLES)
    if longest < SHORTEST_PERIOD:
        return ()
    n_lags = min(MOST_MULTIPLES * longest, max(map(len, halves[0])) // 2)
    whole, *parts = (autocorrelation(part, n_lags) for part in (files, *halves))
    n_rows = sum(map(len, files))
    found: list[int] = []
    for lag in _peaks(whole, longest):
        if whole[lag] < N_ERRORS * _standard_error(whole, lag, n_rows):
            continue
        if not all(_stands_out(one, lag) for one in (whole, *parts)):
            continue
        best = max((whole[one] for one in found), default=0.0)
        if whole[lag] - best >= LEAST_GAIN * (1 - best):
            found.append(lag)
    periods = sorted({_refined(whole, lag) for lag in found})
    # Of more than that the first is kept, and the one that tells most: the longest.
    return tuple(periods if len(periods) <= MOST_PERIODS else [periods[0], periods[-1]])


def autocorrelation(files: Sequence[NDArray[np.float64]], n_lags: int) -> NDArray[np.float64]:
    """Return the correlation of a column with itself 0, 1, ... rows later, `(n_lags + 1,)`.

    Pairs within a file count, of all files together. Each file's straight trend is taken out.
    """
    products, squares = np.zeros(n_lags + 1), np.zeros(n_lags + 1)
    for rows in files:
        if len(rows) < 2:
            continue
        at = np.arange(len(rows))
        flat = rows - Polynomial.fit(at, rows, 1)(at)  # (rows,)
        size = 1 << (len(flat) + n_lags).bit_length()  # longer than both: nothing comes round
        power = np.abs(np.fft.rfft(flat, size)) ** 2
        products += np.fft.irfft(power, size)[: n_lags + 1]
        ends = np.concatenate([[0.0], np.cumsum(flat**2)])
        kept = np.maximum(len(flat) - np.arange(n_lags + 1), 0)  # pairs at each lag
        squares += (ends[kept] + ends[-1] - ends[len(flat) - kept]) / 2
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.nan_to_num(products / squares)


def _peaks(correlation: NDArray[np.float64], longest: int) -> list[int]:
    """Return the lags whose correlation is the highest of all lags of about the same length."""
    return [
        lag
        for lag in range(SHORTEST_PERIOD, longest + 1)
        if correlation[lag] >= LEAST_CORRELATION
        and correlation[lag] == correlation[3 * lag // 4 : 4 * lag // 3 + 1].max()
    ]


def _standard_error(correlation: NDArray[np.float64], lag: int, n_rows: int) -> float:
    """Return that of a correlation at a lag if nothing recurs (Bartlett 1946).

    What the column remembers of the rows just before makes chance peaks higher; that memory is
    taken from the lags below half of this one.
    """
    memory = np.square(correlation[1 : (lag + 1) // 2]).sum()
    return float(np.sqrt((1 + 2 * memory) / n_rows))


def _stands_out(correlation: NDArray[np.float64], lag: int) -> bool:
    """Say whether there is a peak at a lag, or next to it, with a trough on either side."""
    reach = max(1, int(TOLERANCE * lag))
    height = correlation[lag - reach : lag + reach + 1].max()
    before, after = correlation[lag // 2 : lag].min(), correlation[lag : 3 * lag // 2 + 1].min()
    return bool(height - max(before, after) >= LEAST_PROMINENCE)


def _refined(correlation: NDArray[np.float64], lag: int) -> int:
    """Return a period to the row, from the peaks at its multiples: noise shifts these as far."""
    period = float(lag)
    for k in range(2, MOST_MULTIPLES + 1):
        reach = max(int(period / (2 * k)), 1)
        start, stop = round(k * period) - reach, round(k * period) + reach + 1
        if stop > len(correlation) or correlation[start:stop].max() < correlation[lag] / 2:
            break
        period = (start + int(correlation[start:stop].argmax())) / k
    return round(period)
