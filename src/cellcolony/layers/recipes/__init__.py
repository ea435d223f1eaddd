"""Named recipes: how the literature trains language models, for any cell. One TOML file a recipe.

A file of `library/` has a `summary`, a `source`, and the settings that differ from the program's
own in the tables `[model]` and `[schedule]`. Learning rates, clips, L2 and penalties stand there in
the unit of `layers/schedule.py`. (`layers/recipe.py` is another thing: factors by which a single
training departs from its settings, whatever these are.)
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cellcolony.layers.language_training import LanguageTraining
from cellcolony.settings import read, settings
from cellcolony.toml_library import TomlLibrary

LIBRARY = TomlLibrary("recipe", Path(__file__).parent / "library")
_TABLES = ("model", "schedule")


@settings
class _Head:
    """What stands in a recipe's file outside of tables; see `NamedRecipe`."""

    summary: str
    source: str


@dataclass(frozen=True)
class NamedRecipe:
    """Settings of a language model and its training under a name.

    Attributes:
        name: What it is called.
        summary: What it is, in one line.
        source: Where its settings come from.
        settings: What it sets, by table: "model" and "schedule".
    """

    name: str
    summary: str
    source: str
    settings: Mapping[str, Mapping[str, Any]]

    def over(self, training: LanguageTraining) -> LanguageTraining:
        """Return a training with the recipe's settings in place of its own."""
        return read(LanguageTraining, self.settings, f"the recipe {self.name}", training)


def recipe_names() -> tuple[str, ...]:
    """Return the names of the recipes that come with the program, sorted."""
    return LIBRARY.names()


def recipe_named(name: str) -> NamedRecipe:
    """Return a recipe.

    Args:
        name: One that comes with the program, or the path of a TOML file of your own.

    Raises:
        ConfigError: There is none, or its file has a fault; the message names the nearest one.
    """
    table, where = LIBRARY.values(name)
    head = read(_Head, table, where, ignore=_TABLES)
    found = {key: table[key] for key in _TABLES if key in table}
    read(LanguageTraining, found, where)  # so that a fault is told with the file's name
    return NamedRecipe(Path(name).stem, head.summary, head.source, found)
