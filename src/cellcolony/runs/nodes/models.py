"""Who takes part in the comparison that follows a search for nodes."""

from __future__ import annotations

from dataclasses import dataclass

from cellcolony.cells import Cell
from cellcolony.layers.recipe import AS_SET, Recipe
from cellcolony.runs.nodes.stages import FinalKey, digest_of


@dataclass(frozen=True)
class Model:
    """A model of the final comparison.

    Attributes:
        title: What the model is called.
        cell: What its units compute.
        candidate: The number of the candidate whose node it is; None for a cell of the library.
        search_loss: The validation loss of its training as a candidate; None for a failure.
        recipe: How its trainings differ from the settings.
    """

    title: str
    cell: Cell
    candidate: int | None
    search_loss: float | None
    recipe: Recipe = AS_SET

    @property
    def folder(self) -> str:
        """What the folders of its final trainings begin with."""
        number = "" if self.candidate is None else f"-{self.candidate}"
        recipe = "" if self.recipe == AS_SET else f"-{digest_of(self.cell, self.recipe)[:8]}"
        return f"{self.title.replace(' ', '-')}{number}{recipe}"

    def key(self, seed: int) -> FinalKey:
        """Return which final training is its with a seed."""
        return FinalKey(self.title, seed, digest_of(self.cell, self.recipe))
