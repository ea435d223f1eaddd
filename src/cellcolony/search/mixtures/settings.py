"""Settings of a race of mixtures [ours]; the paper's draw of mixtures is its control."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated

from annotated_types import Ge, Le, MinLen

from cellcolony.cells import get as cell_named
from cellcolony.layers.mixture import MOST_GROUPS, MOST_LAYERS
from cellcolony.search.race import GUIDES, check_niches
from cellcolony.search.rungs import check_rungs
from cellcolony.settings import DISTINCT, Known, OneOf, OneOrMore, Share, settings

KNOWN = ("lstm", "gru")
"""The cells of the mixtures that evolution has no part in."""
Effort = Annotated[int, Ge(1), Le(1_000)]


@settings
class Mixtures:
    """Layers of nodes from a pool, raced over rungs of training.

    It begins with layers of one node alone, the first ones of the pool, so that a mixture is no
    worse than they are. A new mixture is a mutation of one of the best of any rung, or its
    crossover with another. Who is good on a rung is trained anew, and longer, on the next.

    Attributes:
        pool: The names of the nodes, two at least, the best first: cells of the library, or trees
            (`cells.tree_name`).
        n_layers: How many layers a mixture has.
        groups: How many groups share a layer's units alike; each is of one node.
        openers: So many of the first nodes open the race, each alone.
        skips: Whether outputs may skip layers. Embedding and layers then have as many units.
        guide: Who becomes a parent: "elite" the best, "walk" any earlier mixture whatever its loss,
            "random" none: every group is drawn from the pool.
        immigrant_rate: The chance that a new mixture has no parent, and is drawn as by "random".
        niches: Whether mixtures whose line of parents begins at random race apart from those whose
            line begins with an opener: the best of each go on to the next rung in turn, breed among
            themselves, and have as many offspring.
        crossover_rate: The chance that an offspring has two parents.
        rate_factor: A mixture's learning rate is the settings' times a factor that begins at 1 and
            is varied with it, from one over this to this.
        efforts: How many times the settings' epochs a mixture is trained on each rung.
        shares: The share of all training that each rung gets at most; what others leave goes to the
            lowest.
        population: How many of the best mixtures of each rung breed.
        tournament: Of so many of them, drawn at random, the best becomes a parent.
        most_tries: After so many vain tries at one offspring another parent is drawn.

    Raises:
        ConfigError: A setting has a value that it cannot have.

    Source:
        Ours. Mixtures: Rawal & Miikkulainen 2018, section 4.3: 20 nodes, 37 groups of 20 units.
    """

    pool: Annotated[tuple[Annotated[str, Known(cell_named)], ...], MinLen(2), DISTINCT] = KNOWN
    n_layers: Annotated[int, Ge(1), Le(MOST_LAYERS)] = 2
    groups: Annotated[int, Ge(2), Le(MOST_GROUPS)] = 37
    openers: OneOrMore = 6
    skips: bool = False
    guide: Annotated[str, OneOf(GUIDES)] = "elite"
    immigrant_rate: Share = 0.0
    niches: bool = False
    crossover_rate: Share = 0.5
    rate_factor: Annotated[float, Ge(1), Le(100)] = 1.0
    efforts: Annotated[tuple[Effort, ...], MinLen(1)] = (1, 4, 16)
    shares: Annotated[tuple[Share, ...], MinLen(1)] = (0.4, 0.3, 0.3)
    population: OneOrMore = 6
    tournament: OneOrMore = 3
    most_tries: OneOrMore = 50

    def __post_init__(self) -> None:
        check_rungs(self.efforts, self.shares)
        check_niches(self)


@settings
class RandomMixtures:
    """The same race among mixtures that are drawn at random, as the paper has them.

    Attributes:
        race: Whose pool, groups, rungs and shares these are.
    """

    race: Mixtures = Mixtures()

    @property
    def raced(self) -> Mixtures:
        """The settings of the race."""
        return replace(self.race, guide="random")


@settings
class KnownMixtures:
    """The same race with no evolved node.

    Attributes:
        race: Whose groups, rungs and shares these are.
    """

    race: Mixtures = Mixtures()

    @property
    def raced(self) -> Mixtures:
        """The settings of the race."""
        return replace(self.race, pool=KNOWN)
