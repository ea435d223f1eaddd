"""What there is to choose from, by name: members of registries, presets, recipes, batteries."""

from __future__ import annotations

import importlib
import importlib.util
import inspect
import re
from collections.abc import Callable, Iterable
from functools import partial
from types import ModuleType
from typing import Any, TypeAlias

from rich.console import RenderableType

from cellcolony.registry import Registry
from cellcolony.report.blocks import Column, TableBlock
from cellcolony.report.terminal import render

Row: TypeAlias = tuple[str, ...]
_CITED = re.compile(r"\(([^()]*\b(?:19|20)\d\d[^()]*)\)")
"""Authors and year in brackets, as in "Minimal gated unit (Zhou et al. 2016)"."""
REGISTRIES: dict[str, tuple[str, ...]] = {
    "cells": ("cellcolony.cells:CELLS",),
    "operations": ("cellcolony.cells.operation:OPERATIONS",),
    "methods": ("cellcolony.search.methods:METHODS",),
    "judges": ("cellcolony.judges:JUDGES",),
    "predictors": ("cellcolony.judges.meta.predictors:PREDICTORS",),
    "tasks": ("cellcolony.tasks:TASKS",),
    "stages": ("cellcolony.runs.stage:STAGES",),
    "executors": ("cellcolony.runs.executors:EXECUTORS",),
    "species": ("cellcolony.search.ants.species:SPECIES",),
    "pheromones": ("cellcolony.search.ants.pheromones:SCHEMES",),
    "exports": ("cellcolony.export:EXPORTS",),
    "observers": ("cellcolony.runs.observers:OBSERVERS",),
    "rivals": ("cellcolony.tasks.rivals:RIVALS", "cellcolony.tasks.rivals:NETWORKS"),
    "tokenizers": ("cellcolony.tasks.text.tokenizers:TOKENIZERS",),
}
"""What is listed from registries, and where those are; they are imported when asked for."""
OURS = "-"
"""Stands where a member is not from another package."""


def listing(what: str) -> RenderableType:
    """Return the table of all members of a kind, one of `KINDS`, to be printed by rich."""
    titles, rows = KINDS[what]()
    columns = [Column(one, "number" if one == "weights" else "text") for one in ("name", *titles)]
    return render([TableBlock(columns, list(rows))])


Listed: TypeAlias = tuple[Row, Iterable[Row]]
"""The columns after the name, and the rows."""


def _members(what: str) -> Listed:
    """Return the members of a kind's registries, with the packages of those that are not ours."""
    registries = [_registry(place) for place in REGISTRIES[what]]
    rows = [
        (name, *_described(registry, name), _package(registry, name))
        for registry in registries
        for name in registry.names()
    ]
    if all(row[-1] == OURS for row in rows):
        return ("summary", "source"), [row[:-1] for row in rows]
    return ("summary", "source", "package"), rows


def names_of(what: str) -> tuple[str, ...]:
    """Return the names of all members of a kind, one of `REGISTRIES`."""
    return tuple(name for place in REGISTRIES[what] for name in _registry(place).names())


def source_of(what: str, name: str) -> str:
    """Return where a member of a kind is from, in its own words; empty where there is none such."""
    for place in REGISTRIES[what]:
        registry = _registry(place)
        if name in registry:
            return _described(registry, name)[1]
    return ""


def _registry(place: str) -> Registry[Any]:
    module, _, name = place.partition(":")
    return getattr(importlib.import_module(module), name)


def _package(registry: Registry[Any], name: str) -> str:
    origin = registry.origin(name)
    return OURS if origin is None else " ".join(origin)


def _described(registry: Registry[Any], name: str) -> tuple[str, str]:
    """Return what a member is, and its source: as it says itself, or as its docstring does."""
    member = registry[name]
    is_defined = inspect.isroutine(member) or inspect.isclass(member)
    own = _paragraphs(member) if is_defined else []
    file = _paragraphs(_file_of(registry, name))
    about = file or own or [OURS]
    texts = file or (_paragraphs(inspect.getmodule(member)) if is_defined else [])
    said = [getattr(member, key, "") for key in ("summary", "source")]
    summary, source = (text if isinstance(text, str) else "" for text in said)
    named = [part.removeprefix("Source: ") for part in texts if part.startswith("Source: ")]
    cited = named or _CITED.findall(texts[0] if texts else "")
    return summary or about[0], source or "; ".join(cited) or "-"


def _paragraphs(documented: object) -> list[str]:
    text = inspect.getdoc(documented) if documented is not None else None
    return [" ".join(part.split()) for part in (text or "").split("\n\n") if part.strip()]


def _file_of(registry: Registry[Any], name: str) -> ModuleType | None:
    """Return the file of a member: of the registry's folder by its name, or of another package."""
    file = name.replace("-", "_").lower()
    module = registry.module_of(name) or f"{registry.package}.{file}"
    return importlib.import_module(module) if importlib.util.find_spec(module) else None


def _cells() -> Listed:
    from cellcolony import cells

    (*columns,), rows = _members("cells")
    sizes = [str(len(cells.get(row[0]).weights())) for row in rows]
    sized = [(row[0], size, *row[1:]) for row, size in zip(rows, sizes, strict=True)]
    return ("weights", *columns), sized


def _presets() -> Listed:
    from cellcolony.search.presets import TASKS, preset, preset_names

    found = [preset(name, task) for task in TASKS for name in preset_names(task)]
    rows = [(one.name, one.task, one.summary, one.source) for one in found]
    return ("task", "summary", "source"), rows


def _recipes() -> Listed:
    from cellcolony.layers.recipes import recipe_named, recipe_names

    found = [recipe_named(name) for name in recipe_names()]
    return ("summary", "source"), [(one.name, one.summary, one.source) for one in found]


def _batteries() -> Listed:
    from cellcolony.runs.battery.plan import battery_names, battery_summary

    return ("summary",), [(name, battery_summary(name)) for name in battery_names()]


KINDS: dict[str, Callable[[], Listed]] = {
    **{what: partial(_members, what) for what in REGISTRIES},
    "cells": _cells,
    "presets": _presets,
    "recipes": _recipes,
    "batteries": _batteries,
}
"""What can be listed."""
