"""Forecasts beside what came: the last steps of the test split, and the worst ones."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from cellcolony.report.blocks import Block, Heading, Paragraph, Picture
from cellcolony.report.charts.panel import BOTTOM, TOP, Panel, across, chart
from cellcolony.report.charts.scale import Scale, padded
from cellcolony.report.sections import section
from cellcolony.report.steps import told_targets
from cellcolony.runs.conformal.adaptive import fewest
from cellcolony.runs.conformal.testing import reach
from cellcolony.runs.predictions import LARGEST, ScoredSeries
from cellcolony.runs.result import Result
from cellcolony.runs.scores import EVOLVED
from cellcolony.tasks.forecast_facts import ForecastFacts
from cellcolony.wording import count, name, number

N_STEPS = 500
LONGEST_TIME = 24
"""Characters of a time on an axis."""
WITHOUT_SECONDS = re.compile(r"\d:\d\d:00$")
MOST_TARGETS = 12
"""Targets whose forecasts are drawn."""
HEIGHT, ERROR_HEIGHT, BETWEEN = 380, 74, 16
LEVEL = 0.9
"""The share that the intervals of a chart are made for."""


class Span(NamedTuple):
    """Consecutive scored rows of one file.

    Attributes:
        file: The file.
        rows: `(n,)`, the rows that are forecast.
        truth: `(n,)`, one target there.
        predicted: `(n,)`, what was forecast.
        times: The time of each row; empty where it is not known.
        half: `(n,)`, how far the interval of each row reaches; None where that is not known.
    """

    file: str
    rows: NDArray[np.int64]
    truth: NDArray[np.float64]
    predicted: NDArray[np.float64]
    times: tuple[str, ...] = ()
    half: NDArray[np.float64] | None = None

    @property
    def error(self) -> NDArray[np.float64]:
        """The absolute error at each row."""
        return np.abs(self.truth - self.predicted)


@section("forecasts", "Forecast and truth", order=20, on=("page",))
def forecasts(result: Result) -> list[Block]:
    """Return charts of each target; nothing for a study that has not ended."""
    if not isinstance(result.facts, ForecastFacts):
        return []
    whole = {
        target: error
        for target in result.facts.targets
        for model in result.models
        if model.role == EVOLVED
        and not model.is_ensemble
        and (error := model.value("test", target)) is not None
    }
    if not whole:  # a study that was killed at its end may have predictions, and no scores yet
        return []
    series = tuple(
        _with_intervals(result, one) for one in result.test_predictions() if len(one.rows)
    )
    if not series:
        return []
    about = (
        f"What network {result.chosen.number} forecast on the test split, which the search never "
        f"saw, {result.data.ahead} ahead."
    )
    blocks: list[Block] = [Paragraph(about, "pale")]
    told = told_targets(result)
    for target in told[:MOST_TARGETS]:
        i = result.facts.targets.index(target)
        last, worst = last_span(series, i), worst_span(series, i)
        spans = [("The last", last), ("The worst", worst)]
        if last.file == worst.file and np.array_equal(last.rows, worst.rows):
            spans = [("The last and worst" if len(last.rows) == N_STEPS else "All", last)]
        for title, span in spans:
            heading = Heading(f"{title} {len(span.rows)} steps of {name(target)}")
            blocks += [heading, span_chart(span, whole[target], result.measure.title)]
    left_out = len(told) - MOST_TARGETS
    if left_out > 0:
        blocks.append(Paragraph(f"{count(left_out, 'more target')}: see test_predictions.csv."))
    return blocks


def last_span(series: tuple[ScoredSeries, ...], target: int) -> Span:
    """Return the last 500 scored rows of the last file."""
    return _span(series[-1], target, max(len(series[-1].rows) - N_STEPS, 0))


def worst_span(series: tuple[ScoredSeries, ...], target: int) -> Span:
    """Return the 500 scored rows, following each other in one file, of the largest mean error."""
    worst, where = -1.0, (series[0], 0)
    for one in series:
        n = min(N_STEPS, len(one.rows))
        if n:
            sums = np.cumsum(np.abs(one.truth[:, target] - one.predicted[:, target]))
            means = (sums[n - 1 :] - np.concatenate([[0.0], sums[:-n]])) / n
            if means.max() > worst:
                worst, where = float(means.max()), (one, int(means.argmax()))
    return _span(where[0], target, where[1])


def _span(one: ScoredSeries, target: int, begin: int) -> Span:
    part = slice(begin, begin + N_STEPS)
    rows, truth, predicted = one.rows[part], one.truth[part, target], one.predicted[part, target]
    half = None if one.half is None else one.half[part, target]
    return Span(one.file, rows, truth, predicted, one.times[part], half)


def _with_intervals(result: Result, series: ScoredSeries) -> ScoredSeries:
    """Return rows of the test with the reach of their intervals, where the run can tell it."""
    calibration = result.calibration()
    if calibration is None or len(calibration.residuals) < fewest(LEVEL):
        return series
    transform = result.transform
    width = transform.target_scaling.width
    half = reach(series, calibration.residuals, width, transform.horizon, [LEVEL])
    return replace(series, half=half[:, :, 0])


def _short(times: tuple[str, ...]) -> list[str]:
    """Return times as an axis shows them, without seconds where all of them are 0."""
    if all(WITHOUT_SECONDS.search(time) for time in times):
        times = tuple(time.removesuffix(":00") for time in times)
    return [time[:LONGEST_TIME] for time in times]


def _side(span: Span, away: NDArray[np.float64]) -> list[tuple[float, float]]:
    """Return one side of the intervals, at the rows that have a finite one."""
    ends = span.predicted + away
    known = np.abs(ends) <= LARGEST
    return list(zip(span.rows[known].tolist(), ends[known].tolist(), strict=True))


def span_chart(span: Span, whole: float, measure: str = "MAE") -> Picture:
    """Return the chart of a span; its caption says where it lies.

    Args:
        span: At least one row.
        whole: The measure over the whole test split.
        measure: What it is called.
    """
    rows, truth, predicted = (array.tolist() for array in span[1:4])
    error = np.nan_to_num(span.error, nan=0.0, posinf=0.0).tolist()
    band = None if span.half is None else (_side(span, -span.half), _side(span, span.half))
    ends = [y for side in band or () for _, y in side]
    finite = [value for value in truth + predicted + ends if np.isfinite(value)]
    y_ends = padded(finite)
    x_ends = (rows[0], max(rows[-1], rows[0] + 1))
    middle = HEIGHT - BOTTOM - ERROR_HEIGHT - BETWEEN
    times = dict(zip(rows, _short(span.times), strict=False))
    letters = max(map(len, times.values()), default=0)

    def draw(width: int) -> list[Panel]:
        x = across(*x_ends, width)
        upper = Panel(x, Scale(*y_ends, middle, TOP))
        upper.axes("", "value")
        if band is not None:
            lower_side, upper_side = band
            upper.band(lower_side, upper_side, "band")
        upper.line(list(zip(rows, truth, strict=True)), "truth")
        upper.line([p for p in zip(rows, predicted, strict=True) if np.isfinite(p[1])], "predicted")
        top = max(error) or 1.0
        lower = Panel(x, Scale(0, top * 1.05, HEIGHT - BOTTOM, middle + BETWEEN))
        if times:
            lower.axes("time", "error", lambda row: times.get(round(row), ""), letters)
        else:
            lower.axes("row", "error")
        lower.area(list(zip(rows, error, strict=True)), "error")
        return [upper, lower]

    where = f"Rows {rows[0]:,} to {rows[-1]:,} of {name(Path(span.file).name)}"
    here = f"MAE here {number(float(span.error.mean()))}; {measure} of all of test {number(whole)}"
    keys = [("truth", "measured"), ("predicted", "forecast"), ("error", "absolute error")]
    keys += [("band", f"interval of {100 * LEVEL:g} %")] if band is not None else []
    return chart("forecast and truth", HEIGHT, draw, keys, f"{where}; {here}.")
