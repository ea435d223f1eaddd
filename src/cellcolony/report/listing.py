"""What there is to choose from, by name: cells, species, pheromone schemes, presets, batteries."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterator
from typing import TypeAlias

from rich.table import Table

from cellcolony import cells
from cellcolony.cells import CELLS
from cellcolony.report.tables import plain_table
from cellcolony.runs.battery.plan import battery_names, battery_summary
from cellcolony.search.ants.pheromones import SCHEMES
from cellcolony.search.ants.species import SPECIES
from cellcolony.search.presets import TASKS, preset, preset_names

Row: TypeAlias = tuple[str, ...]
_CITED = re.compile(r"\(([^()]*\b(?:19|20)\d\d[^()]*)\)")
"""Authors and year in brackets, as in "Minimal gated unit (Zhou et al. 2016)"."""


def listing(what: str) -> Table:
    """Return the table of all members of a kind, one of `KINDS`."""
    columns, rows = KINDS[what]
    table = plain_table("name", *columns)
    for column, title in zip(table.columns[1:], columns, strict=True):
        if title != "weights":
            column.justify, column.no_wrap, column.overflow = "left", False, "fold"
    table.columns[0].no_wrap = True
    for row in rows():
        table.add_row(*row)
    return table


def _cells() -> Iterator[Row]:
    for name in cells.names():
        summary, source = _described(inspect.getmodule(CELLS[name]))
        yield name, str(len(cells.get(name).weights())), summary, source


def _described(module: object) -> tuple[str, str]:
    """Return the first line of a module's docstring, and the source that the docstring gives."""
    paragraphs = [" ".join(part.split()) for part in (inspect.getdoc(module) or "").split("\n\n")]
    named = [part.removeprefix("Source: ") for part in paragraphs if part.startswith("Source: ")]
    return paragraphs[0], "; ".join(named or _CITED.findall(paragraphs[0])) or "-"


def _species() -> Iterator[Row]:
    for name in SPECIES.names():
        yield name, SPECIES[name].summary, SPECIES[name].source


def _pheromones() -> Iterator[Row]:
    for name in SCHEMES.names():
        yield name, SCHEMES[name].summary, SCHEMES[name].source


def _presets() -> Iterator[Row]:
    for task in TASKS:
        for name in preset_names(task):
            found = preset(name, task)
            yield name, task, found.summary, found.source


def _batteries() -> Iterator[Row]:
    for name in battery_names():
        yield name, battery_summary(name)


_DESCRIBED = ("summary", "source")
KINDS: dict[str, tuple[Row, Callable[[], Iterator[Row]]]] = {
    "cells": (("weights", *_DESCRIBED), _cells),
    "species": (_DESCRIBED, _species),
    "pheromones": (_DESCRIBED, _pheromones),
    "presets": (("task", *_DESCRIBED), _presets),
    "batteries": (("summary",), _batteries),
}
"""The columns after the name, and the rows, of each kind."""
