"""What a search minimises, as people read it: a scaled loss, or a perplexity."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from cellcolony.cells.tree import Tree
from cellcolony.layers.epoch import perplexity
from cellcolony.networks.genome import Network
from cellcolony.runs.genomes import KINDS
from cellcolony.wording import number


@dataclass(frozen=True)
class Measure:
    """How the losses of a search are shown.

    Attributes:
        kind: What its genomes are.
        word: What a loss is called, in one word.
        where: On what it was measured.
        sentence: Both, in a sentence.
        value: From a loss to what is shown.
    """

    kind: str
    word: str
    where: str
    sentence: str
    value: Callable[[float], float] = float

    @property
    def noun(self) -> str:
        """What a genome is called."""
        return KINDS[self.kind].noun

    @property
    def unit(self) -> str:
        """What a genome's size counts."""
        return KINDS[self.kind].unit

    def text(self, loss: float | None) -> str:
        """Return a loss as it is shown; a dash for none."""
        return number(None if loss is None else self.value(loss))


MEASURES = {
    Network.kind: Measure(Network.kind, "loss", "validation, scaled", "scaled validation loss"),
    Tree.kind: Measure(
        Tree.kind, "perplexity", "of the search, on validation",
        "search perplexity on validation", perplexity,
    ),
}  # fmt: skip
"""By the kind of a search's genomes."""
