"""Presets of a search for nodes: search, models and trainings under a name, one TOML file each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from cellcolony.layers.architecture import ModelSettings
from cellcolony.layers.schedule import Schedule
from cellcolony.search.nodes.settings import NodeEvolution
from cellcolony.toml_library import TomlLibrary
from cellcolony.toml_table import TEXT, TEXT_LIST, WHOLE, settings_from

LIBRARY = TomlLibrary("preset", Path(__file__).parent / "library")
DEFAULT = "small"
RIVALS = ("lstm", "gru", "nascell")
"""The cells that an evolved node has to beat."""
_TABLES = ("search", "model", "training", "final_model", "final_training")
_KEYS = (
    "summary",
    "source",
    "tokens",
    "vocabulary",
    "budget",
    "rivals",
    "tuned",
    "n_seeds",
    *_TABLES,
)


@dataclass(frozen=True)
class NodePreset:
    """Settings of a search for nodes under a name.

    Attributes:
        name: What it is called: the name of its file.
        summary: What it is, in one line.
        source: Where its settings come from.
        search: The settings of the evolution.
        model: The language model that a candidate fills.
        training: How that is trained.
        final_model: What is otherwise in the model of the final comparison.
        final_training: What is otherwise in its training.
        tokens: How a text is cut.
        vocabulary: How many tokens a model knows.
        rivals: The cells to compare with.
        tuned: Those of them that get as many trainings as the evolution.
        n_seeds: With how many seeds everybody is trained in the end.
        budget: When the search ends; none where its generations alone end it.
    """

    name: str
    summary: str
    source: str
    search: NodeEvolution
    model: ModelSettings
    training: Schedule
    final_model: Mapping[str, Any]
    final_training: Mapping[str, Any]
    tokens: str
    vocabulary: int
    rivals: tuple[str, ...]
    tuned: tuple[str, ...]
    n_seeds: int
    budget: tuple[str, ...]

    def final(self, model: ModelSettings, training: Schedule) -> tuple[ModelSettings, Schedule]:
        """Return the final model and its training, where candidates are judged by these."""
        return replace(model, **self.final_model), replace(training, **self.final_training)


def node_preset_names() -> tuple[str, ...]:
    """Return the names of the presets that come with the program, sorted."""
    return LIBRARY.names()


def node_preset(name: str) -> NodePreset:
    """Return the preset called `name`.

    Args:
        name: A preset that comes with the program, or the path of a TOML file of your own.

    Raises:
        ConfigError: There is none, or its file has a fault; the message names the nearest one.
    """
    table = LIBRARY.table(name)
    table.check_keys(_KEYS)
    tables = {key: table.table(key) for key in _TABLES}
    model = settings_from(tables["model"], ModelSettings())
    training = settings_from(tables["training"], Schedule())
    settings_from(tables["final_model"], model)  # so that a fault is told by its place
    settings_from(tables["final_training"], training)
    return NodePreset(
        name=Path(name).stem,
        summary=table.take("summary", TEXT),
        source=table.take("source", TEXT),
        search=settings_from(tables["search"], NodeEvolution()),
        model=model,
        training=training,
        final_model=tables["final_model"].values,
        final_training=tables["final_training"].values,
        tokens=table.take("tokens", TEXT, "lines"),
        vocabulary=table.take("vocabulary", WHOLE, 10_000),
        rivals=tuple(table.take("rivals", TEXT_LIST, list(RIVALS))),
        tuned=tuple(table.take("tuned", TEXT_LIST, [])),
        n_seeds=table.take("n_seeds", WHOLE, 3),
        budget=tuple(table.take("budget", TEXT_LIST, [])),
    )


__all__ = ["DEFAULT", "RIVALS", "NodePreset", "node_preset", "node_preset_names"]
