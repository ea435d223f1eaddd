"""A grid of settings: what each model did best by, and how much depends on them."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

import numpy as np

from cellcolony.report.blocks import Block, Column, Paragraph, TableBlock
from cellcolony.report.sections import section
from cellcolony.runs.grid_file import Tried
from cellcolony.runs.result import Result
from cellcolony.wording import count, name, number


@section("grid", "Settings tried before the long training", order=12)
def grid(result: Result) -> list[Block]:
    """Return a table of the first rung by model, and one of the last."""
    if not result.grid:
        return []
    by_model = [(model, [*some]) for model, some in groupby(result.grid, lambda one: one.model)]
    return [_sensitivity(by_model), _best(by_model), *map(Paragraph, _of_rungs(by_model))]


def _sensitivity(by_model: list[tuple[str, list[Tried]]]) -> TableBlock:
    """Return how far the points of the first rung lie apart, of each model the same points."""
    cells: dict[Column | str, list[str]] = {Column("model", "name"): []}
    heads = ("points", "failed", "best", "lower quartile", "median", "upper quartile", "worst")
    cells |= {head: [] for head in heads}
    for model, tried in by_model:
        first = [one for one in tried if one.rung == 0]
        known = [one.perplexity for one in first if one.perplexity is not None]
        told = ["-"] * 5
        if known:
            told = [number(float(one)) for one in np.quantile(known, (0, 0.25, 0.5, 0.75, 1))]
        row = (name(model), f"{len(first):,}", f"{len(first) - len(known):,}", *told)
        for head, cell in zip(cells, row, strict=True):
            cells[head].append(cell)
    epochs = count(by_model[0][1][0].epochs, "epoch")
    return TableBlock.of(cells, f"How much depends on the settings: perplexity after {epochs}")


def _best(by_model: list[tuple[str, list[Tried]]]) -> TableBlock:
    """Return what each model did best by, on the highest rung."""
    cells: dict[Column | str, list[str]] = {
        Column("model", "name"): [], Column("settings", "text"): [], "epochs": [],
        "valid perplexity": [],
    }  # fmt: skip
    for model, tried in by_model:
        sound = [one for one in tried if one.valid is not None]
        best = min(sound, key=lambda one: (-one.rung, one.valid), default=None)
        row = (name(model), "all failed", "-", "-")
        if best is not None:
            row = name(model), name(best.settings), f"{best.epochs:,}", number(best.perplexity)
        for head, cell in zip(cells, row, strict=True):
            cells[head].append(cell)
    return TableBlock.of(cells, "What each did best by, on validation")


def _of_rungs(by_model: list[tuple[str, list[Tried]]]) -> Iterator[str]:
    tried = by_model[0][1]
    rungs = [[*some] for _, some in groupby(tried, lambda one: one.rung)]
    steps = "; ".join(
        f"{count(len(some), 'point')} for {count(some[0].epochs, 'epoch')}" for some in rungs
    )
    yield f"Each model was trained at {steps}, each time anew; by the best it is trained for long."
