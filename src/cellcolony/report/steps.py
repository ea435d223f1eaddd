"""Forecasts with an output for each step: which of them are told of alone, and how all fare."""

from __future__ import annotations

from cellcolony.report.blocks import Column, TableBlock
from cellcolony.runs.result import Result
from cellcolony.tasks.forecast_facts import ForecastFacts
from cellcolony.wording import name, number

MOST_COLUMNS = 12
"""Steps in a table; of more some in between are left out."""


def told_targets(result: Result) -> tuple[str, ...]:
    """Return what a report tells of one by one: of the steps of a target the first and the last."""
    facts = result.facts
    if not isinstance(facts, ForecastFacts) or facts.transform.first is None:
        return tuple(facts.targets)
    return tuple(one for steps in _steps(facts).values() for one in (steps[0], steps[-1]))


def steps_tables(result: Result) -> list[TableBlock]:
    """Return the table of all models by step for each target; none where each has one output."""
    facts = result.facts
    if not isinstance(facts, ForecastFacts) or facts.transform.first is None:
        return []
    split = "test" if any(one.value("test") is not None for one in result.models) else "valid"
    tables = []
    for target, outputs in _steps(facts).items():
        every = -(-len(outputs) // MOST_COLUMNS)
        shown = outputs[every - 1 :: every]
        means = {one: one.value(split) for one in result.models}
        models = [one for one in result.models if means[one] is not None]
        models.sort(key=lambda one: means[one] or 0.0)
        cells: dict[Column | str, list[str]] = {
            Column("model", "name"): [one.model for one in models],
            "mean": [number(means[one]) for one in models],
            **{output.removeprefix(target): [number(one.value(split, output)) for one in models]
               for output in shown},
        }  # fmt: skip
        title = f"{split.capitalize()} {result.measure.title} of {name(target)} by step"
        tables.append(TableBlock.of(cells, title))
    return tables


def _steps(facts: ForecastFacts) -> dict[str, list[str]]:
    """Return the outputs of each target, the nearest first."""
    found: dict[str, list[str]] = {}
    for target, output in zip(facts.transform.of_outputs, facts.targets, strict=True):
        found.setdefault(target, []).append(output)
    return found
