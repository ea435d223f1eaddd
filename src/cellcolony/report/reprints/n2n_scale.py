"""How large the experiments of From Nodes to Networks are: as published, or for one machine."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from cellcolony.layers.architecture import ModelSettings
from cellcolony.layers.language_training import LanguageTraining
from cellcolony.layers.recipes import recipe_named
from cellcolony.layers.schedule import Schedule
from cellcolony.search.nodes import NodeEvolution


@dataclass(frozen=True)
class Scale:
    """How large the experiments are.

    Attributes:
        preset: That of the searches.
        lines: So many lines of the training text are read; None for all.
        n_searches: How many searches for nodes there are.
        budget: When each ends.
        top: The share of each search's nodes that mixtures are made of.
        n_mixtures: How many mixtures are tried.
        evolution: The paper's method, for what the Hall of Shame adds.
        n_evolutions: With how many seeds.
        untied: The large model, and its long training.
        tied: The same with one matrix for embedding and softmax.
        rivals: The cells that large models are made of as well.
        grid: What varies before the long training.
        grid_epochs: How long each point is trained at first.
        n_seeds: With how many seeds the long training is done.
        n_marks: How long a training is that a predictor foretells, in epochs of the preset's
            schedule, which may be parts of one; it knows the first quarter.
        n_curves: How many nodes are trained so for the predictor.
        quarters: How many first quarters of a training each search with or without it may spend.
        n_savings: With how many seeds.
    """

    preset: str
    lines: int | None
    n_searches: int
    budget: str
    top: float
    n_mixtures: int
    evolution: NodeEvolution
    n_evolutions: int
    untied: LanguageTraining
    tied: LanguageTraining
    rivals: tuple[str, ...]
    grid: str
    grid_epochs: int
    n_seeds: int
    n_marks: int
    n_curves: int
    quarters: int
    n_savings: int


SMALL_MODEL = ModelSettings(hidden=32, layers=2, like="nascell", bound=0.3, cutoffs=(50, 400))
SMALL_SCHEDULE = Schedule(
    epochs=8, optimizer="adam", learning_rate=0.01, shape="cosine", clip=5.0, l2=0.0
)
SIZES: Mapping[str, Scale] = {
    "small": Scale(
        preset="lab", lines=5_000, n_searches=2, budget="80 networks", top=0.2,
        n_mixtures=40,
        evolution=NodeEvolution(population=12, generations=5), n_evolutions=2,
        untied=LanguageTraining(SMALL_MODEL, SMALL_SCHEDULE),
        tied=LanguageTraining(replace(SMALL_MODEL, tied=True), SMALL_SCHEDULE),
        rivals=("lstm", "nascell", "gru"), grid="dropout=0/0.1,learning_rate=0.005/0.01/0.02",
        grid_epochs=2, n_seeds=2, n_marks=40, n_curves=40,
        quarters=60, n_savings=2,
    ),
    "published": Scale(
        preset="paper", lines=None, n_searches=10, budget="30 generations", top=0.1,
        n_mixtures=2_000,
        evolution=NodeEvolution(population=100, generations=30), n_evolutions=2,
        untied=recipe_named("n2n-32m").over(LanguageTraining()),
        tied=recipe_named("n2n-25m-tied").over(LanguageTraining()),
        rivals=("lstm", "nascell", "rhn-10"), grid="dropout=0.2:0.6,recurrent=0.1:0.3",
        grid_epochs=5, n_seeds=1, n_marks=40, n_curves=2_000,
        quarters=3_000, n_savings=1,
    ),
}  # fmt: skip
"""The published one, and ours: one machine, some hours."""
